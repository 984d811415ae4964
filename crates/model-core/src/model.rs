//! The promise that every model keeps: the only thing that request handlers know.

use crate::{Contributions, Encoder, FeatureSchema, Header, Interval, Level, Profile, Rows, Scores};

/// A trained model, ready to answer.
///
/// There is no way to have one untrained: training ends in an [`crate::Artifact`], and a model comes from an artifact.
/// The trait is object safe; the server holds an `Arc<dyn Model>`, its tests a stub.
pub trait Model: Send + Sync {
    /// Who the model is: name, version, provenance, metrics, serving options.
    fn header(&self) -> &Header;

    /// The door from raw values to encoded rows.
    fn encoder(&self) -> &Encoder;

    /// Distribution of the training data.
    fn profile(&self) -> &Profile;

    /// Answers every row. The answer to a row has the same bits whatever the other rows of the batch are and on any
    /// number of threads.
    fn predict(&self, rows: &Rows) -> Scores;

    /// What each feature adds to the answers; `None` when the model cannot tell. As [`Model::predict`], the same bits in
    /// every batch.
    fn explain(&self, _rows: &Rows) -> Option<Contributions> {
        None
    }

    /// Whether [`Model::explain`] tells; known without work.
    fn can_explain(&self) -> bool {
        false
    }

    /// For every row an interval that holds the target with the probability `level`; `None` when the model has none,
    /// as a classification never does. As [`Model::predict`], the same bits in every batch.
    fn intervals(&self, _rows: &Rows, _level: Level) -> Option<Vec<Interval>> {
        None
    }

    /// The level of the intervals when a question does not say one; `None` when the model has no intervals.
    fn interval_level(&self) -> Option<Level> {
        None
    }

    /// The schema of the features and the target.
    fn schema(&self) -> &FeatureSchema {
        self.encoder().schema()
    }
}
