//! What of a table should be looked at before anything is trained on it.

use std::collections::HashMap;

use super::cells::Cells;
use super::{Exploration, Kind};
use crate::report::figure;

/// Correlation from which on two columns say the same.
const COLLINEAR: f64 = 0.9;
/// Correlation with the target, or share of its entropy, from which on a column gives it away.
const GIVES_AWAY: f64 = 0.98;
const TELLS_ALL: f64 = 0.95;
/// Rows for each pair of bins, below which a share of entropy says little.
const ROWS_A_BIN: usize = 5;
/// Share of missing values that is worth a word.
const MOSTLY_MISSING: f64 = 0.5;
/// Share of the rows of a class below which it is rare.
const RARE: f64 = 0.05;

/// One thing to look at; columns by their places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    /// The column has no value.
    Empty { column: usize },
    /// The column has one value only.
    Constant { column: usize },
    /// The column numbers the rows, or has another text for nearly each of them.
    Identifier { column: usize },
    /// The column says in all rows what another one says.
    Same { column: usize, as_column: usize },
    /// The column gives the target away.
    Leak { column: usize, how: &'static str, strength: f64 },
    /// The correlation of two columns is high.
    Collinear { first: usize, second: usize, pearson: f64 },
    /// Most rows have no value.
    MostlyMissing { column: usize },
    /// Some cells of a column of numbers hold none.
    NoNumbers { column: usize },
    /// The column has infinite values.
    Infinite { column: usize },
    /// Rows of the target are missing.
    TargetMissing { rows: u64 },
    /// A class has few rows.
    RareClass { level: String, share: f64 },
    /// Rows are there more than once.
    DoubledRows { rows: u64 },
}

impl Finding {
    /// What it is called in documents.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::Constant { .. } => "constant",
            Self::Identifier { .. } => "identifier",
            Self::Same { .. } => "same",
            Self::Leak { .. } => "leak",
            Self::Collinear { .. } => "collinear",
            Self::MostlyMissing { .. } => "mostly_missing",
            Self::NoNumbers { .. } => "no_numbers",
            Self::Infinite { .. } => "infinite",
            Self::TargetMissing { .. } => "target_missing",
            Self::RareClass { .. } => "rare_class",
            Self::DoubledRows { .. } => "doubled_rows",
        }
    }

    /// The column that should be no feature.
    pub(crate) fn leave_out(&self) -> Option<usize> {
        match *self {
            Self::Empty { column }
            | Self::Constant { column }
            | Self::Identifier { column }
            | Self::Same { column, .. }
            | Self::Leak { column, .. } => Some(column),
            _ => None,
        }
    }

    /// In a sentence, with what can be done.
    pub(crate) fn in_words(&self, of: &Exploration) -> String {
        let name = |place: usize| format!("{:?}", of.columns[place].name);
        let share = |share: f64| format!("{:.1} %", share * 100.0);
        match self {
            Self::Empty { column } => format!("{} has no value in any row: leave it out", name(*column)),
            Self::Constant { column } => {
                format!("{} has the same value in every row: leave it out", name(*column))
            }
            Self::Identifier { column } => {
                format!(
                    "{} tells rows apart, as names and ids do, and nothing can be learned from it: leave it out",
                    name(*column)
                )
            }
            Self::Same { column, as_column } => {
                format!(
                    "{} says in every row what {} says: leave one of them out",
                    name(*column),
                    name(*as_column)
                )
            }
            Self::Leak { column, how, strength } => format!(
                "{} gives the target away ({how} {}): leave it out unless it is known when a prediction is asked for",
                name(*column),
                figure(*strength)
            ),
            Self::Collinear { first, second, pearson } => format!(
                "{} and {} go together (correlation {pearson:.2}): a forest copes, but shares their importance out between them",
                name(*first),
                name(*second)
            ),
            Self::MostlyMissing { column } => {
                format!(
                    "{} is missing in {} of the rows",
                    name(*column),
                    share(of.columns[*column].missing_share())
                )
            }
            Self::NoNumbers { column } => {
                let column = &of.columns[*column];
                format!(
                    "{:?} has {} cells that are no numbers, the first {:?}: name the marks under data.missing_values or \
                     data.number_format, or drop the rows with data.bad_cells",
                    column.name,
                    column.no_numbers,
                    column.first_text.as_deref().unwrap_or_default()
                )
            }
            Self::Infinite { column } => format!("{} has infinite values", name(*column)),
            Self::TargetMissing { rows } => {
                format!("the target is missing in {rows} rows, which train nothing")
            }
            Self::RareClass { level, share: rows } => format!(
                "the class {level:?} has {} of the rows: split with stratify, and look at balanced_accuracy and f1_macro",
                share(*rows)
            ),
            Self::DoubledRows { rows } => format!(
                "{rows} rows are the same as an earlier one in every cell: held-out rows may have been trained on"
            ),
        }
    }
}

/// Everything that is found, what weighs most first.
pub(super) fn find(of: &Exploration, cells: &[Cells]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let features = || (0..of.columns.len()).filter(|&place| Some(place) != of.target);
    findings.extend(features().filter_map(|column| leak(of, column, cells)));
    if let Some(target) = of.target {
        let column = &of.columns[target];
        findings.extend((column.missing > 0).then_some(Finding::TargetMissing { rows: column.missing }));
        let rare = column.levels.iter().filter(|(_, rows)| (*rows as f64) < RARE * column.present as f64);
        if matches!(column.kind, Kind::Category | Kind::Boolean) {
            findings.extend(rare.map(|(level, rows)| Finding::RareClass {
                level: level.clone(),
                share: *rows as f64 / column.present as f64,
            }));
        }
    }
    findings.extend((of.doubled_rows > 0).then_some(Finding::DoubledRows { rows: of.doubled_rows }));
    let same = same(of, cells);
    for place in features() {
        let column = &of.columns[place];
        let counts_rows = column.numbers.as_ref().is_some_and(|numbers| numbers.counts_rows);
        findings.extend(if column.kind == Kind::Empty {
            Some(Finding::Empty { column: place })
        } else if column.distinct == Some(1) && column.missing == 0 {
            Some(Finding::Constant { column: place })
        } else if column.kind == Kind::Text || counts_rows {
            Some(Finding::Identifier { column: place })
        } else {
            same.get(&place).map(|&as_column| Finding::Same { column: place, as_column })
        });
        findings.extend((column.no_numbers > 0).then_some(Finding::NoNumbers { column: place }));
        let infinite = column.numbers.as_ref().is_some_and(|numbers| numbers.infinite > 0);
        findings.extend(infinite.then_some(Finding::Infinite { column: place }));
        let is_missing = column.kind != Kind::Empty && column.missing_share() > MOSTLY_MISSING;
        findings.extend(is_missing.then_some(Finding::MostlyMissing { column: place }));
    }
    findings.extend(collinear(of, &same));
    findings
}

fn leak(of: &Exploration, column: usize, cells: &[Cells]) -> Option<Finding> {
    let with = of.with_target[column]?;
    for (how, strength) in [("correlation", with.pearson), ("rank correlation", with.spearman)] {
        if let Some(strength) = strength.filter(|strength| strength.abs() >= GIVES_AWAY) {
            return Some(Finding::Leak { column, how, strength });
        }
    }
    let levels = |place: usize| match of.columns[place].kind {
        Kind::Number => 20,
        _ => cells[place].texts.len(),
    };
    let can_tell = levels(column) * levels(of.target?) * ROWS_A_BIN <= of.rows;
    (can_tell && with.information >= TELLS_ALL).then_some(Finding::Leak {
        column,
        how: "share of its entropy",
        strength: with.information,
    })
}

/// The first column that says the same as each later one: its values are told apart in the same way.
fn same(of: &Exploration, cells: &[Cells]) -> HashMap<usize, usize> {
    let mut first: HashMap<blake3::Hash, usize> = HashMap::new();
    let mut same = HashMap::new();
    for (place, column) in of.columns.iter().enumerate() {
        if Some(place) == of.target || column.distinct.is_none_or(|distinct| distinct < 2) {
            continue;
        }
        let mut hasher = blake3::Hasher::new();
        match column.kind {
            Kind::Number => cells[place].numbers.iter().for_each(|number| {
                hasher.update(&number.to_bits().to_le_bytes());
            }),
            // Numbered as they come, so that other words for the same levels are the same.
            _ => cells[place].codes.iter().for_each(|code| {
                hasher.update(&code.to_le_bytes());
            }),
        }
        let earlier = *first.entry(hasher.finalize()).or_insert(place);
        if earlier != place {
            same.insert(place, earlier);
        }
    }
    same
}

/// Pairs of features whose correlation is high, the highest first.
fn collinear(of: &Exploration, same: &HashMap<usize, usize>) -> Vec<Finding> {
    let columns = &of.matrix.columns;
    let mut pairs = Vec::new();
    for a in 0..columns.len() {
        for b in a + 1..columns.len() {
            let is_target = [a, b].iter().any(|&place| Some(columns[place]) == of.target);
            if is_target || same.contains_key(&columns[b]) || same.contains_key(&columns[a]) {
                continue;
            }
            if let Some(pearson) = of.matrix.at(a, b)[0].filter(|pearson| pearson.abs() >= COLLINEAR) {
                pairs.push(Finding::Collinear { first: columns[a], second: columns[b], pearson });
            }
        }
    }
    let strength = |finding: &Finding| match finding {
        Finding::Collinear { pearson, .. } => pearson.abs(),
        _ => 0.0,
    };
    pairs.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    pairs
}
