//! The counters of a sketch: those of all features, then those of the answers.

use model_core::winning_class;

use crate::Binning;

/// Where the counters of each column stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    columns: Vec<(usize, Binning)>,
    /// Whether the last column is of answers.
    has_answers: bool,
    counters: usize,
}

impl Layout {
    pub(crate) fn new(features: Vec<Binning>, answers: Option<Binning>) -> Self {
        let has_answers = answers.is_some();
        let mut counters = 0;
        let columns = features
            .into_iter()
            .chain(answers)
            .map(|binning| {
                let start = counters;
                counters += binning.counters();
                (start, binning)
            })
            .collect();
        Self { columns, has_answers, counters }
    }

    /// Number of counters of all columns.
    pub fn counters(&self) -> usize {
        self.counters
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.columns.len() - usize::from(self.has_answers)
    }

    /// Calls `count` with the counter of each column that a row belongs to: encoded features, and what the model answered, a value
    /// or the probability of each class.
    #[inline]
    pub fn places(&self, row: &[f32], scores: &[f64], mut count: impl FnMut(usize)) {
        for ((start, binning), &value) in self.columns.iter().zip(row) {
            count(start + binning.place(value));
        }
        if self.has_answers
            && let Some((start, binning)) = self.columns.last()
        {
            let answer = match (binning, scores) {
                (Binning::Levels { .. }, _) => winning_class(scores) as f32,
                (Binning::Numbers { .. }, [value, ..]) => *value as f32,
                (Binning::Numbers { .. }, []) => f32::NAN,
            };
            count(start + binning.place(answer));
        }
    }

    pub(crate) fn column(&self, column: usize) -> (&Binning, std::ops::Range<usize>) {
        let (start, binning) = &self.columns[column];
        (binning, *start..start + binning.counters())
    }

    /// The column of the answers, where they are counted.
    pub(crate) fn answers(&self) -> Option<usize> {
        self.has_answers.then(|| self.columns.len() - 1)
    }
}
