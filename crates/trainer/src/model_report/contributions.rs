//! What features contribute to the answers, by exact Shapley values.

use model_core::profile::Distribution;
use model_core::schema::FeatureKind;
use model_core::{Model, Task};

use super::Subject;
use super::curves::unit;
use super::effects::{SIZE, named_with_unit, shown_outputs};
use super::importance::SHOWN;
use crate::picture::{Chart, Mark, SwarmRow, swarm};
use crate::report::figure;

/// Rows that are explained.
const EXPLAINED: usize = 200;
/// Features that have a chart of their own.
pub(super) const CHARTS: usize = 4;

/// What features contribute to the answers of some rows.
pub(super) struct Contributions {
    /// Rows that were explained.
    pub(super) rows: usize,
    /// Mean of the absolute contributions, by feature; over the classes the sum.
    pub(super) means: Vec<f64>,
    /// By feature, its encoded value in each row.
    values: Vec<Vec<f64>>,
    /// Of each shown output, its name and by feature the contribution in each row.
    outputs: Vec<(String, Vec<Vec<f64>>)>,
}

impl Contributions {
    /// Of the rows of a report; `None` when the model cannot tell.
    pub(super) fn of(subject: &Subject) -> Option<Self> {
        if !subject.model.can_explain() {
            return None;
        }
        let rows = subject.rows_of(&subject.sample(EXPLAINED));
        let found = subject.model.explain(&rows)?;
        let width = rows.width();
        let by_feature = || vec![Vec::with_capacity(rows.len()); width];
        let shown = shown_outputs(subject);
        let mut outputs: Vec<_> = shown.iter().map(|(_, name)| (name.clone(), by_feature())).collect();
        let (mut means, mut values) = (vec![0.0; width], by_feature());
        for (place, row) in rows.rows().enumerate() {
            row.iter().zip(&mut values).for_each(|(value, values)| values.push(f64::from(*value)));
            for output in 0..found.base().len() {
                let of_row = found.of(place, output);
                for (feature, contribution) in of_row.iter().enumerate() {
                    means[feature] += contribution.abs() / rows.len() as f64;
                }
                if let Some(shown) = shown.iter().position(|(place, _)| *place == output) {
                    let columns = &mut outputs[shown].1;
                    of_row.iter().zip(columns).for_each(|(contribution, column)| column.push(*contribution));
                }
            }
        }
        Some(Self { rows: rows.len(), means, values, outputs })
    }

    /// Features by their mean, the largest first.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.means.len()).collect();
        order.sort_by(|&a, &b| self.means[b].total_cmp(&self.means[a]).then(a.cmp(&b)));
        order
    }

    /// A picture of all rows for each shown output, with what it shows.
    pub(super) fn swarms(&self, subject: &Subject) -> Vec<(String, String)> {
        let schema = subject.model.schema();
        let has_order = |feature: usize| !matches!(schema.features[feature].kind, FeatureKind::Category(_));
        let unit = unit(subject);
        let of_output = |(name, columns): &(String, Vec<Vec<f64>>)| {
            let order = self.order().into_iter().take(SHOWN);
            let rows: Vec<SwarmRow> = order
                .map(|feature| {
                    let ranks = match has_order(feature) {
                        true => shares(&self.values[feature]),
                        false => vec![None; self.rows],
                    };
                    let mean = columns[feature].iter().map(|value| value.abs()).sum::<f64>()
                        / self.rows.max(1) as f64;
                    SwarmRow {
                        name: schema.features[feature].name.clone(),
                        words: figure(mean),
                        dots: columns[feature].iter().copied().zip(ranks).collect(),
                    }
                })
                .collect();
            let (title, across) = match &schema.target.task {
                Task::Regression => {
                    (format!("What features add to {}", schema.target.name), format!("contribution{unit}"))
                }
                Task::Classification(_) => {
                    let name = name.strip_prefix("probability of ").unwrap_or(name);
                    (format!("What features add to the probability of {name}"), "contribution".to_owned())
                }
            };
            let svg = swarm(&title, &across, "mean size", &rows);
            let caption = format!(
                "Each dot is one of {} rows: where it lies is what the feature adds to its answer (exact Shapley value), its colour how \
                 large the value of the feature is. At the right the mean absolute contribution.",
                self.rows
            );
            (svg, caption)
        };
        self.outputs.iter().map(of_output).collect()
    }

    /// The contribution of a feature to the first shown output over its value; nothing for one that is no number.
    pub(super) fn chart(&self, subject: &Subject, feature: usize) -> Option<Chart> {
        let numeric = matches!(subject.model.profile().features[feature], Distribution::Numeric(_));
        let name = &subject.model.schema().features[feature].name;
        let (output, columns) = self.outputs.first()?;
        let points =
            self.values[feature].iter().zip(&columns[feature]).map(|(&value, &added)| [value, added]);
        let to = if output.is_empty() { String::new() } else { format!(" to {output}") };
        let unit = if output.is_empty() { unit(subject) } else { String::new() };
        numeric.then(|| Chart {
            title: format!("Contribution of {name}{to}"),
            across: named_with_unit(subject, feature),
            up: format!("contribution{unit}"),
            size: SIZE,
            marks: vec![Mark::Dots { name: String::new(), points: points.collect() }],
            ..Chart::default()
        })
    }
}

/// How large each value is, from 0 to 1 between the 5 % and the 95 % quantile, so that one extreme value does not make all others
/// alike; nothing for a missing one.
fn shares(values: &[f64]) -> Vec<Option<f64>> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else {
        return vec![None; values.len()];
    };
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let (low, high) = match (at(0.05), at(0.95)) {
        (low, high) if low < high => (low, high),
        _ => (first, last),
    };
    let share = |&value: &f64| match high > low {
        true => ((value - low) / (high - low)).clamp(0.0, 1.0),
        false => 0.5,
    };
    values.iter().map(|value| value.is_finite().then(|| share(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_its_share_and_an_extreme_one_spoils_no_other() {
        assert_eq!(shares(&[1.0, f64::NAN, 3.0, 2.0]), [Some(0.0), None, Some(1.0), Some(0.5)]);
        assert_eq!(shares(&[4.0, 4.0]), [Some(0.5), Some(0.5)]);
        // Zero in all but one of forty rows.
        let mut rare = vec![0.0; 40];
        rare[7] = 1.0;
        assert_eq!((shares(&rare)[7], shares(&rare)[8]), (Some(1.0), Some(0.0)));
        let mut wide: Vec<f64> = (0..40).map(f64::from).collect();
        wide[39] = 1e9;
        assert!((shares(&wide)[20].unwrap() - 0.5).abs() < 0.05);
    }
}
