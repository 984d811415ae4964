//! What can be wrong with a forest.

use model_core::ArtifactError;
use model_core::encoding::SchemaError;
use thiserror::Error;

/// Why a forest cannot be built or is not sound.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForestError {
    /// Columns or outputs that no forest can have.
    #[error("a forest of this shape is not possible: {reason}")]
    Shape {
        /// What is wrong, and the limit.
        reason: String,
    },
    /// A tree has more nodes or leaves than its nodes can name.
    #[error("a tree has more than {limit} {what}, the most with {features} features: raise min_samples_leaf")]
    TreeTooLarge {
        /// `nodes` or `leaves`.
        what: &'static str,
        /// The limit.
        limit: u32,
        /// Number of features.
        features: usize,
    },
    /// The sets of all categorical splits take more room than their places can name.
    #[error("the category sets take more than 16 GiB: raise min_samples_leaf or merge rare levels")]
    SetsTooLarge,
    /// A stored array does not have the length that another one asks for.
    #[error("block {block} of the forest is {found} bytes long, expected {expected}")]
    BlockLength {
        /// Name of the block.
        block: &'static str,
        /// Its length.
        found: usize,
        /// The length that follows from the others.
        expected: String,
    },
    /// A tree breaks a rule.
    #[error("tree {tree}, node {node}: {reason}")]
    Node {
        /// Position of the tree.
        tree: usize,
        /// Position of the node in its tree.
        node: usize,
        /// The rule.
        reason: &'static str,
    },
    /// A tree as a whole breaks a rule.
    #[error("tree {tree}: {reason}")]
    Tree {
        /// Position of the tree.
        tree: usize,
        /// The rule.
        reason: &'static str,
    },
    /// A leaf holds a number that no answer can be.
    #[error("leaf {leaf} holds {value}, expected {expected}")]
    LeafValue {
        /// Position in the leaf table.
        leaf: usize,
        /// The number, as text.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A block that belongs to the leaves does not hold what they need.
    #[error("block {block} of the forest, leaf {leaf}: {reason}")]
    LeafBlock {
        /// Name of the block.
        block: &'static str,
        /// Position among all leaves.
        leaf: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// No tree at all.
    #[error("the forest has no trees")]
    Empty,
}

/// Why a model cannot be taken from an artifact.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file, its checksums or its sections.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The schema of the features and the target.
    #[error("the schema of the artifact cannot be used: {0}")]
    Schema(#[from] SchemaError),
    /// The forest.
    #[error("the forest of the artifact is not sound: {0}; train the model again")]
    Forest(#[from] ForestError),
    /// The distribution of the training data.
    #[error("the profile of the artifact describes {found} features, the schema {expected}")]
    Profile {
        /// Features in the profile.
        found: usize,
        /// Features in the schema.
        expected: usize,
    },
}
