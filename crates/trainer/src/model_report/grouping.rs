//! The groups that a column divides rows into: its levels, or the quarters of its training values; and those without a value.

use model_core::profile::Distribution;
use model_core::{Encoder, Model};

use super::Subject;
use crate::pipeline::SideColumn;
use crate::report::{cell, value};

/// Most different numbers that are a group each.
const SINGLE: usize = 6;

/// Groups of rows by one column.
pub(super) struct Grouping {
    /// The column.
    pub(super) column: String,
    names: Vec<String>,
    /// The group of each row of the report, a place in `names`.
    of_row: Vec<usize>,
}

impl Grouping {
    /// By a feature of the model; nothing where training saw no value of it.
    pub(super) fn of_feature(subject: &Subject, feature: usize) -> Option<Self> {
        let encoder = subject.model.encoder();
        let values: Vec<f32> = subject.rows.rows().map(|row| row[feature]).collect();
        let column = encoder.schema().features[feature].name.clone();
        match &subject.model.profile().features[feature] {
            Distribution::Numeric(numeric) if numeric.quantiles.len() == 21 => {
                let cuts = [5, 10, 15].map(|place| numeric.quantiles[place]);
                Some(Self::by_numbers(column, encoder, feature, cuts, &values))
            }
            Distribution::Numeric(_) => None,
            Distribution::Levels { counts, .. } => {
                Some(Self::by_levels(column, encoder, feature, counts.len(), &values))
            }
        }
    }

    /// By a column that is no feature; `rows` are the places of the report's rows.
    pub(super) fn of_column(column: &SideColumn, rows: &[usize]) -> Self {
        let values: Vec<f32> = rows.iter().map(|&row| column.values[row]).collect();
        let (name, encoder, position) = (column.name.clone(), &column.encoder, column.position);
        match column.levels {
            Some(levels) => Self::by_levels(name, encoder, position, levels, &values),
            None => {
                let mut sorted: Vec<f32> =
                    column.values.iter().copied().filter(|value| !value.is_nan()).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                let cut = |share: usize| {
                    sorted.get(sorted.len().saturating_sub(1) * share / 4).map_or(0.0, |&value| value.into())
                };
                Self::by_numbers(name, encoder, position, [1, 2, 3].map(cut), &values)
            }
        }
    }

    /// Each number by itself where there are few of them, else quarters.
    fn by_numbers(
        column: String,
        encoder: &Encoder,
        position: usize,
        cuts: [f64; 3],
        values: &[f32],
    ) -> Self {
        let mut different: Vec<f32> = Vec::new();
        for &value in values.iter().filter(|value| !value.is_nan()) {
            if different.len() <= SINGLE && !different.contains(&value) {
                different.push(value);
            }
        }
        if different.len() <= SINGLE {
            different.sort_unstable_by(f32::total_cmp);
            let names = different.iter().map(|&number| name(encoder, position, number)).collect();
            return Self::of(column, names, values, |value| different.partition_point(|one| *one < value));
        }
        let names = vec![
            format!("up to {}", value(cuts[0])),
            format!("{} to {}", value(cuts[0]), value(cuts[1])),
            format!("{} to {}", value(cuts[1]), value(cuts[2])),
            format!("above {}", value(cuts[2])),
        ];
        let group = |value: f32| cuts.iter().filter(|cut| f64::from(value) > **cut).count();
        Self::of(column, names, values, group)
    }

    fn by_levels(column: String, encoder: &Encoder, position: usize, levels: usize, values: &[f32]) -> Self {
        let name = |code: usize| name(encoder, position, code as f32);
        let names = (0..levels).map(name).chain(["never seen in training".to_owned()]).collect();
        Self::of(column, names, values, |value| (value as usize).min(levels))
    }

    fn of(column: String, mut names: Vec<String>, values: &[f32], group: impl Fn(f32) -> usize) -> Self {
        let missing = names.len();
        names.push("missing".into());
        let of_row =
            values.iter().map(|&value| if value.is_nan() { missing } else { group(value) }).collect();
        Self { column, names, of_row }
    }

    /// Each group of at least so many rows, with the places of its rows.
    pub(super) fn groups(&self, fewest: usize) -> Vec<(&str, Vec<usize>)> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.names.len()];
        for (row, &group) in self.of_row.iter().enumerate() {
            members[group].push(row);
        }
        let names = self.names.iter().map(String::as_str);
        names.zip(members).filter(|(_, members)| members.len() >= fewest.max(1)).collect()
    }
}

/// An encoded value as people write it.
fn name(encoder: &Encoder, position: usize, value: f32) -> String {
    cell(encoder.decode(position, value))
}
