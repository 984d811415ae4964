//! Why an ONNX file is not a forest.

use forest::ForestError;
use thiserror::Error;

/// Why an ONNX file cannot be read as a forest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The bytes are no ONNX file.
    #[error("this is no ONNX file, or it is damaged: {reason}")]
    Decode {
        /// What the decoder says.
        reason: String,
    },
    /// The graph is more, or less, than one tree ensemble.
    #[error("the graph is not that of one random forest: {reason}")]
    Graph {
        /// What is there, and what was expected.
        reason: String,
    },
    /// A list of the ensemble is absent or does not go with the others.
    #[error("attribute {attribute} of the ensemble: {reason}")]
    Attribute {
        /// Its name.
        attribute: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A node breaks a rule.
    #[error("tree {tree}, node {node}: {reason}")]
    Node {
        /// The tree's number in the file.
        tree: i64,
        /// The node's number in its tree.
        node: i64,
        /// The rule.
        reason: String,
    },
    /// The names given are more or fewer than the features.
    #[error("{named} features are named, and the file asks for {expected}")]
    Width {
        /// Number of names.
        named: usize,
        /// Number of features.
        expected: usize,
    },
    /// The trees do not make a forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}
