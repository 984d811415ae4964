//! What later rows are compared with: the training data of an artifact, or other rows.

use std::sync::Arc;

use model_core::baseline::{AnswerDistribution, Bins};
use model_core::profile::{Distribution, Numeric, Profile};
use model_core::schema::{FeatureKind, FeatureSchema, Levels};
use model_core::{Header, Task};
use thiserror::Error;

use crate::{Binning, Layout, OtherLayout, Sketch};

/// Levels that are counted one by one; of a feature with more, the rarest share a counter.
const MOST_LEVELS: usize = 256;

/// The distribution of every feature and of the answers, to compare with.
#[derive(Debug, Clone)]
pub struct Reference {
    rows: u64,
    layout: Arc<Layout>,
    names: Vec<String>,
    labels: Vec<Vec<String>>,
    columns: Vec<Before>,
    not_compared: Vec<NotCompared>,
}

/// What cannot be compared, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotCompared {
    /// An imported model.
    #[error(
        "nothing can be compared: the artifact knows nothing of its training data, since the model was imported"
    )]
    Everything,
    /// No exact counts.
    #[error(
        "numbers are compared by the quantiles of the profile, and coarsely where many rows share a value: the artifact is of an \
         older version of Canopy; train it again for exact counts"
    )]
    FineNumbers,
    /// An old artifact.
    #[error(
        "predictions cannot be compared: the artifact is of an older version of Canopy, which kept no distribution of its answers; \
         train it again"
    )]
    Answers,
    /// A model that was trained on all rows.
    #[error(
        "predictions cannot be compared: the model answered no row that it was not trained on; hold rows out with split.test_ratio, \
         or set model.oob_score"
    )]
    NoAnswers,
}

/// An artifact whose parts contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// There is not one distribution for each feature.
    #[error("the artifact describes {found} features, and its schema has {expected}")]
    Width {
        /// Features of the schema.
        expected: usize,
        /// Distributions.
        found: usize,
    },
    /// A distribution that counts nothing.
    #[error("the artifact's distribution of {column} is broken: train the model again")]
    Column {
        /// The feature or the target.
        column: String,
    },
}

/// One column of the reference; rows as `f64`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Before {
    Numbers {
        /// Rows at or below each end, at least.
        least: Vec<f64>,
        /// At most: more than `least` where only quantiles are known and rows share values.
        most: Vec<f64>,
        below: f64,
        above: f64,
        missing: f64,
    },
    Levels {
        rows: Vec<f64>,
        /// Rows of a level that no other row has: about as many of other rows have one that none of these has.
        single: f64,
        missing: f64,
    },
}

impl Reference {
    /// What an artifact knows of its training data.
    ///
    /// # Errors
    /// When its parts contradict each other, which no training writes.
    pub fn of(header: &Header, profile: &Profile) -> Result<Self, ReferenceError> {
        let schema = &header.schema;
        let expected = schema.features.len();
        let exact = header.baseline.as_ref();
        let found = exact.map_or(profile.features.len(), |exact| exact.features.len());
        if found != expected || profile.features.len() != expected {
            return Err(ReferenceError::Width { expected, found: found.min(profile.features.len()) });
        }
        let mut columns = Vec::with_capacity(expected + 1);
        let mut coarse = false;
        for (position, (feature, distribution)) in schema.features.iter().zip(&profile.features).enumerate() {
            let broken = || ReferenceError::Column { column: feature.name.clone() };
            let bins = exact.and_then(|exact| exact.features[position].as_ref());
            columns.push(match (distribution, bins) {
                (Distribution::Levels { missing, counts }, _) => levels(counts, *missing),
                (Distribution::Numeric(numeric), Some(bins)) => {
                    numbers(bins, numeric.missing).ok_or_else(broken)?
                }
                (Distribution::Numeric(numeric), None) => {
                    coarse |= !numeric.quantiles.is_empty();
                    let is_whole = matches!(feature.kind, FeatureKind::Integer { .. });
                    quantiles(numeric, profile.rows, is_whole).ok_or_else(broken)?
                }
            });
        }
        let mut not_compared = Vec::new();
        if profile.rows == 0 {
            not_compared.push(NotCompared::Everything);
        } else if coarse {
            not_compared.push(NotCompared::FineNumbers);
        }
        let answers = match exact.map(|exact| &exact.answers) {
            Some(Some(answers)) => Some(match &answers.distribution {
                AnswerDistribution::Values(bins) => numbers(bins, 0),
                AnswerDistribution::Classes(rows) => {
                    Some(levels(rows, 0)).filter(|_| rows.len() == schema.target.task.outputs())
                }
            })
            .map(|column| column.ok_or_else(|| ReferenceError::Column { column: schema.target.name.clone() }))
            .transpose()?,
            Some(None) => {
                not_compared.push(NotCompared::NoAnswers);
                None
            }
            None if profile.rows > 0 => {
                not_compared.push(NotCompared::Answers);
                None
            }
            None => None,
        };
        Ok(Self::new(profile.rows, schema, columns, answers, not_compared))
    }

    fn new(
        rows: u64,
        schema: &FeatureSchema,
        features: Vec<(Binning, Before)>,
        answers: Option<(Binning, Before)>,
        not_compared: Vec<NotCompared>,
    ) -> Self {
        let mut names: Vec<String> = schema.features.iter().map(|feature| feature.name.clone()).collect();
        let mut all: Vec<Option<Vec<String>>> =
            schema.features.iter().map(|feature| levels_of(&feature.kind)).collect();
        if answers.is_some() {
            names.push(schema.target.name.clone());
            all.push(match &schema.target.task {
                Task::Regression => None,
                Task::Classification(classes) => Some(
                    classes
                        .iter()
                        .map(|class| class.name.clone().unwrap_or_else(|| class.value.to_string()))
                        .collect(),
                ),
            });
        }
        let columns = || features.iter().chain(&answers);
        let labels = columns().zip(&all).map(|((binning, _), levels)| labels(binning, levels.as_deref()));
        let labels = labels.collect();
        let before = columns().map(|(_, before)| before.clone()).collect();
        let answers = answers.map(|(binning, _)| binning);
        let features = features.into_iter().map(|(binning, _)| binning).collect();
        Self {
            rows,
            layout: Arc::new(Layout::new(features, answers)),
            names,
            labels,
            columns: before,
            not_compared,
        }
    }

    /// The same bins with the rows of a sketch in place of the training rows: what comes later is compared with these.
    ///
    /// # Errors
    /// When the sketch counts in other bins.
    pub fn with_rows_of(&self, sketch: &Sketch) -> Result<Self, OtherLayout> {
        if **sketch.layout() != *self.layout {
            return Err(OtherLayout);
        }
        let column = |(place, before): (usize, &Before)| {
            let counted = sketch.column(place);
            match before {
                Before::Numbers { .. } => {
                    let sum = |sum: &mut f64, rows: &f64| {
                        *sum += rows;
                        Some(*sum)
                    };
                    let least: Vec<f64> = counted.bins.iter().scan(counted.below, sum).collect();
                    Before::Numbers {
                        most: least.clone(),
                        least,
                        below: counted.below,
                        above: counted.above,
                        missing: counted.missing,
                    }
                }
                Before::Levels { .. } => {
                    Before::Levels { rows: counted.bins, single: counted.above, missing: counted.missing }
                }
            }
        };
        let columns = self.columns.iter().enumerate().map(column).collect();
        Ok(Self { rows: sketch.rows(), columns, ..self.clone() })
    }

    /// Number of rows that is compared with.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The bins in which later rows are counted.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// What cannot be compared.
    pub fn not_compared(&self) -> &[NotCompared] {
        &self.not_compared
    }

    /// The name of a column, what each of its bins holds, and its rows.
    pub(crate) fn column(&self, column: usize) -> (&str, &[String], &Before) {
        (&self.names[column], &self.labels[column], &self.columns[column])
    }
}

fn numbers(bins: &Bins, missing: u64) -> Option<(Binning, Before)> {
    if !bins.are_sound() {
        return None;
    }
    let ends = bins.ends.iter().map(|end| *end as f32).collect();
    let mut sum = 0;
    let at_or_below = |&rows: &u64| {
        sum += rows;
        sum as f64
    };
    let least: Vec<f64> = bins.rows.iter().map(at_or_below).collect();
    let before =
        Before::Numbers { most: least.clone(), least, below: 0.0, above: 0.0, missing: missing as f64 };
    Some((Binning::Numbers { minimum: bins.minimum as f32, ends }, before))
}

/// What quantiles say: at the one at step j lie j/steps of the rows, and where rows share values more of them, up to the next step.
fn quantiles(numeric: &Numeric, rows: u64, is_whole: bool) -> Option<(Binning, Before)> {
    let missing = numeric.missing as f64;
    let present = rows.saturating_sub(numeric.missing) as f64;
    let Some(steps) = numeric.quantiles.len().checked_sub(1).filter(|steps| *steps > 0) else {
        let none = Binning::Numbers { minimum: 0.0, ends: Vec::new() };
        let all = vec![present];
        let before = Before::Numbers { least: all.clone(), most: all, below: 0.0, above: 0.0, missing };
        return numeric.quantiles.is_empty().then_some((none, before));
    };
    let at: Vec<f32> = numeric.quantiles.iter().map(|value| *value as f32).collect();
    if at.iter().any(|value| value.is_nan()) || at.windows(2).any(|pair| pair[0] > pair[1]) {
        return None;
    }
    let shared = is_whole || at.windows(2).any(|pair| pair[0] == pair[1]);
    // Of n values in order, the quantile lies between two, and those up to the lower one are not above it.
    let until = |step: usize| ((present - 1.0) * step as f64 / steps as f64).floor() + 1.0;
    let (mut ends, mut least, mut most) = (Vec::new(), Vec::new(), Vec::new());
    for step in 1..=steps {
        if step < steps && at[step + 1] == at[step] {
            continue;
        }
        ends.push(at[step]);
        least.push(if step == steps { present } else { until(step).min(present) });
        most.push(if step == steps || !shared { *least.last()? } else { until(step + 1).min(present) });
    }
    let before = Before::Numbers { least, most, below: 0.0, above: 0.0, missing };
    Some((Binning::Numbers { minimum: at[0], ends }, before))
}

fn levels(counts: &[u64], missing: u64) -> (Binning, Before) {
    let single = counts.iter().filter(|&&rows| rows == 1).count() as f64;
    let missing = missing as f64;
    let mut order: Vec<usize> = (0..counts.len()).collect();
    let mut bins: Vec<u16> = (0..counts.len().min(MOST_LEVELS)).map(|bin| bin as u16).collect();
    if counts.len() > MOST_LEVELS {
        order.sort_by_key(|&level| (std::cmp::Reverse(counts[level]), level));
        bins = vec![(MOST_LEVELS - 1) as u16; counts.len()];
        for (bin, &level) in order[..MOST_LEVELS - 1].iter().enumerate() {
            bins[level] = bin as u16;
        }
    }
    let count = counts.len().min(MOST_LEVELS);
    let mut rows = vec![0.0; count];
    for (bin, counted) in bins.iter().zip(counts) {
        rows[usize::from(*bin)] += *counted as f64;
    }
    (Binning::Levels { bins, count }, Before::Levels { rows, single, missing })
}

fn levels_of(kind: &FeatureKind) -> Option<Vec<String>> {
    match kind {
        FeatureKind::Number { .. } | FeatureKind::Integer { .. } => None,
        FeatureKind::Boolean => Some(vec!["false".into(), "true".into()]),
        FeatureKind::Category(category) => Some(match &category.levels {
            Levels::Text(levels) => levels.clone(),
            Levels::Integer { values, .. } => values.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// What each bin holds.
fn labels(binning: &Binning, levels: Option<&[String]>) -> Vec<String> {
    match binning {
        Binning::Numbers { ends, .. } => ends.iter().map(ToString::to_string).collect(),
        Binning::Levels { bins, count } => {
            let mut labels = vec![String::new(); *count];
            let mut held = vec![0; *count];
            for (level, &bin) in bins.iter().enumerate() {
                let bin = usize::from(bin);
                held[bin] += 1;
                labels[bin] = match (held[bin], levels.and_then(|levels| levels.get(level))) {
                    (1, Some(name)) => name.clone(),
                    (1, None) => level.to_string(),
                    (others, _) => format!("{others} rare levels"),
                };
            }
            labels
        }
    }
}
