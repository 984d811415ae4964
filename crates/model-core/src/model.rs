//! The promise that every model keeps: the only thing that request handlers know.

use crate::{Encoder, FeatureSchema, Header, Profile, Rows, Scores};

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

    /// The schema of the features and the target.
    fn schema(&self) -> &FeatureSchema {
        self.encoder().schema()
    }
}
