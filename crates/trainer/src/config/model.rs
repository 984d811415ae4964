//! The forest's parameters, checked as far as that is possible before the data is known.

use std::collections::BTreeMap;

use forest_learner::Monotonic;
use model_core::Level;

use super::typed::{Algorithm, Criterion, MaxFeatures, TreeMethod};

/// The forest's parameters; see [`super::typed::Model`] for their meanings.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The kind of forest.
    pub algorithm: Algorithm,
    /// Number of trees; 1 for a decision tree.
    pub n_estimators: u32,
    /// How the best threshold of a node is found.
    pub tree_method: TreeMethod,
    /// Most quantiles between which numbers are cut; any threshold when `None`.
    pub max_bins: Option<u32>,
    /// What a split makes as small as possible; the task decides when `None`.
    pub criterion: Option<Criterion>,
    /// Most splits between the root and a leaf.
    pub max_depth: Option<u32>,
    /// Fewest rows of a node that is split further.
    pub min_samples_split: Rows,
    /// Fewest rows on either side of a split.
    pub min_samples_leaf: Rows,
    /// Most leaves of a tree.
    pub max_leaf_nodes: Option<u32>,
    /// Smallest weighted decrease of the impurity that is worth a split.
    pub min_impurity_decrease: f64,
    /// Features drawn for each split.
    pub max_features: MaxFeatures,
    /// Whether each tree sees a bootstrap sample.
    pub bootstrap: bool,
    /// Rows drawn for each tree; as many as there are when `None`.
    pub max_samples: Option<Rows>,
    /// Weight of each class.
    pub class_weight: ClassWeight,
    /// How the answers go along the features with these names; any way along the others.
    pub monotonic_cst: BTreeMap<String, Monotonic>,
    /// Whether the out-of-bag score is computed.
    pub oob_score: bool,
    /// Trees without a better out-of-bag error after which growing stops.
    pub patience: Option<u32>,
    /// Level of the prediction intervals; no intervals when `None`.
    pub interval: Option<Level>,
    /// Seed of the forest.
    pub random_state: u64,
    /// Column that holds the weight of each row.
    pub sample_weight: Option<String>,
}

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rows {
    /// This many, at least 1.
    Number(u32),
    /// This share of the training rows, above 0 and at most 1.
    Share(f64),
}

/// The weight of each class.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeight {
    /// 1 each.
    Uniform,
    /// In inverse proportion to the rows of the class.
    Balanced,
    /// The same, computed from the sample of each tree.
    BalancedSubsample,
    /// By the value of the class in the data, written as text; 1 for a class that is not named.
    ByClass(BTreeMap<String, f64>),
}
