//! How columns go with the target, as a table.

use super::{Column, Exploration};

/// How a column goes with the target.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct WithTarget {
    /// Pearson's correlation, of two columns of numbers.
    pub(crate) pearson: Option<f64>,
    /// Spearman's.
    pub(crate) spearman: Option<f64>,
    /// Pearson's correlation of the square and of the cube, when asked for.
    pub(crate) powers: [Option<f64>; 2],
    /// The share of the target's entropy that the column takes away, 0 to 1.
    pub(crate) information: f64,
}

/// The columns that tell something about the target, those first that tell most.
pub(super) fn ranked(of: &Exploration) -> Vec<(&Column, WithTarget)> {
    let mut columns: Vec<_> = of
        .columns
        .iter()
        .zip(&of.with_target)
        .filter_map(|(column, with)| Some((column, (*with)?)))
        .collect();
    columns.sort_by(|a, b| b.1.information.total_cmp(&a.1.information));
    columns
}

/// Titles and rows of what was found of them; correlations of powers where they were asked for.
pub(super) fn cells(columns: &[(&Column, WithTarget)]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let known = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let has_powers = columns.iter().any(|(_, with)| with.powers[0].is_some());
    let mut titles = vec!["column", "entropy taken", "Pearson", "Spearman"];
    if has_powers {
        titles.extend(["Pearson of square", "of cube"]);
    }
    let row = |(column, with): &(&Column, WithTarget)| {
        let mut row =
            vec![column.name.clone(), with.entropy_taken(), known(with.pearson), known(with.spearman)];
        if has_powers {
            row.extend(with.powers.map(known));
        }
        row
    };
    (titles, columns.iter().map(row).collect())
}

impl WithTarget {
    /// The share of the target's entropy, for people.
    pub(super) fn entropy_taken(&self) -> String {
        format!("{:.1} %", self.information * 100.0)
    }
}
