//! The parameters of a forest: as typed, and checked.
//!
//! Names, meanings and defaults are scikit-learn's. A parameter that is not set takes the default of its algorithm and
//! task when the forest is fitted.

use linfa::ParamGuard;
use model_core::Level;
use thiserror::Error;

mod checks;
mod resolved;

pub(crate) use resolved::ResolvedParams;

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Breiman's random forest: bootstrap rows, best threshold among features drawn at every split.
    RandomForest,
    /// Extremely randomised trees: all rows, one random threshold for each feature drawn.
    ExtraTrees,
    /// One tree on all rows and all features.
    DecisionTree,
}

/// How the best threshold of a node is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeMethod {
    /// Nodes of more than 64 rows (from 160 on, where classes have weights): the best of at most 252 quantiles of the column, then exactly between its values
    /// and those of the next one. Smaller nodes: exactly.
    Auto,
    /// All thresholds between two values, in every node.
    Exact,
}

/// What a split makes smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// Variance of the target; regression only.
    SquaredError,
    /// Gini impurity; classification only.
    Gini,
    /// Shannon entropy; classification only.
    Entropy,
}

/// How many features are drawn for a split. Features that are constant in the node do not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFeatures {
    /// The square root of the number of features.
    Sqrt,
    /// The base-2 logarithm of the number of features.
    Log2,
    /// This share of the features, above 0 to 1.
    Fraction(f64),
    /// So many features, from 1.
    Count(usize),
    /// All features.
    All,
}

/// A number of rows, or a share of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many rows.
    Count(usize),
    /// This share of all rows.
    Fraction(f64),
}

/// Weight of each class, multiplied with the weights of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeight {
    /// Rows / (classes × rows of the class).
    Balanced,
    /// The same, over the rows that each tree draws.
    BalancedSubsample,
    /// One weight for each class, in class order.
    Explicit(Vec<f64>),
}

/// How the answers go along a feature while all others stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Monotonic {
    /// Any way.
    #[default]
    Free,
    /// Never down where the feature goes up.
    Increasing,
    /// Never up where the feature goes up.
    Decreasing,
}

/// The parameters as typed. [`ParamGuard::check`] turns them into [`ForestValidParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct ForestParams(ForestValidParams);

/// Checked parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestValidParams {
    algorithm: Algorithm,
    tree_method: TreeMethod,
    max_bins: Option<usize>,
    n_estimators: usize,
    criterion: Option<Criterion>,
    max_depth: Option<usize>,
    min_samples_split: Amount,
    min_samples_leaf: Amount,
    max_leaf_nodes: Option<usize>,
    min_impurity_decrease: f64,
    max_features: Option<MaxFeatures>,
    bootstrap: Option<bool>,
    max_samples: Option<Amount>,
    class_weight: Option<ClassWeight>,
    monotonic_cst: Option<Vec<Monotonic>>,
    out_of_bag: bool,
    patience: Option<usize>,
    interval: Option<Level>,
    random_state: u64,
}

/// Why parameters cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParamError {
    /// A value beyond its range.
    #[error("{parameter} is {value}, expected {allowed}")]
    Range {
        /// Name of the parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// The allowed values.
        allowed: String,
    },
    /// Two parameters contradict each other.
    #[error("{parameter} is set, but {reason}")]
    Conflict {
        /// Name of the parameter.
        parameter: &'static str,
        /// What it contradicts, and the cure.
        reason: &'static str,
    },
}

impl ForestParams {
    /// A random forest: 100 trees.
    pub fn random_forest() -> Self {
        Self::new(Algorithm::RandomForest)
    }

    /// Extremely randomised trees: 100 of them.
    pub fn extra_trees() -> Self {
        Self::new(Algorithm::ExtraTrees)
    }

    /// A single decision tree.
    pub fn decision_tree() -> Self {
        Self::new(Algorithm::DecisionTree)
    }

    /// The defaults of an algorithm.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(ForestValidParams {
            algorithm,
            tree_method: TreeMethod::Auto,
            max_bins: None,
            n_estimators: if algorithm == Algorithm::DecisionTree { 1 } else { 100 },
            criterion: None,
            max_depth: None,
            min_samples_split: Amount::Count(2),
            min_samples_leaf: Amount::Count(1),
            max_leaf_nodes: None,
            min_impurity_decrease: 0.0,
            max_features: None,
            bootstrap: None,
            max_samples: None,
            class_weight: None,
            monotonic_cst: None,
            out_of_bag: false,
            patience: None,
            interval: None,
            random_state: 0,
        })
    }

    /// Number of trees, from 1. Default 100. More trees never fit worse; time and size grow with them.
    #[must_use]
    pub fn n_estimators(mut self, trees: usize) -> Self {
        self.0.n_estimators = trees;
        self
    }

    /// How the best threshold of a node is found. Default: [`TreeMethod::Auto`]; it is faster on large tables at the same
    /// score, see `docs/benchmarks.md`.
    #[must_use]
    pub fn tree_method(mut self, method: TreeMethod) -> Self {
        self.0.tree_method = method;
        self
    }

    /// The fast mode: a numeric column with more distinct values, missing not counted, is cut only between so many
    /// quantiles; 2 to 255, of which more than 252 are as 252. Nodes with fewer than ten rows of each of their levels cut a category in the
    /// order that the target gives its levels over all rows. Default: every threshold between two values can be chosen, and
    /// every node looks for the best subset of its levels. Not with random thresholds.
    #[must_use]
    pub fn max_bins(mut self, bins: Option<usize>) -> Self {
        self.0.max_bins = bins;
        self
    }

    /// What a split makes smaller. Default: squared error for regression, Gini for classification.
    #[must_use]
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.0.criterion = Some(criterion);
        self
    }

    /// Most splits between the root and a leaf, from 1. Default: no limit.
    #[must_use]
    pub fn max_depth(mut self, depth: Option<usize>) -> Self {
        self.0.max_depth = depth;
        self
    }

    /// Rows that a node must have to be split: a count from 2, or a share above 0 to 1. Default 2.
    #[must_use]
    pub fn min_samples_split(mut self, rows: Amount) -> Self {
        self.0.min_samples_split = rows;
        self
    }

    /// Rows that both sides of a split must have: a count from 1, or a share above 0 and below 1. Default 1. Larger
    /// leaves make smaller models that follow noise less. A row drawn twice counts once.
    #[must_use]
    pub fn min_samples_leaf(mut self, rows: Amount) -> Self {
        self.0.min_samples_leaf = rows;
        self
    }

    /// Most leaves of a tree, from 2; the splits that decrease impurity the most are made first. Default: no limit.
    #[must_use]
    pub fn max_leaf_nodes(mut self, leaves: Option<usize>) -> Self {
        self.0.max_leaf_nodes = leaves;
        self
    }

    /// Least decrease of impurity, weighted by the node's share of all rows, that is worth a split; from 0. Default 0.
    #[must_use]
    pub fn min_impurity_decrease(mut self, decrease: f64) -> Self {
        self.0.min_impurity_decrease = decrease;
        self
    }

    /// Features drawn for each split. Default: all for regression and for a decision tree, the square root for
    /// classification.
    #[must_use]
    pub fn max_features(mut self, features: MaxFeatures) -> Self {
        self.0.max_features = Some(features);
        self
    }

    /// Whether each tree sees rows drawn with replacement. Default: only in a random forest.
    #[must_use]
    pub fn bootstrap(mut self, bootstrap: bool) -> Self {
        self.0.bootstrap = Some(bootstrap);
        self
    }

    /// Rows drawn for each tree: a count from 1 up to the number of rows, or a share above 0 to 1. Default: as many as
    /// there are. Needs `bootstrap`.
    #[must_use]
    pub fn max_samples(mut self, rows: Option<Amount>) -> Self {
        self.0.max_samples = rows;
        self
    }

    /// Weight of each class; classification only. Default: 1 each.
    #[must_use]
    pub fn class_weight(mut self, weight: Option<ClassWeight>) -> Self {
        self.0.class_weight = weight;
        self
    }

    /// How the answers go along each feature, one entry for each; in classification the probability of the second of
    /// two classes. Holds exactly, on all rows. Default: any way. A constrained feature is numeric.
    #[must_use]
    pub fn monotonic_cst(mut self, constraints: Option<Vec<Monotonic>>) -> Self {
        self.0.monotonic_cst = constraints;
        self
    }

    /// Whether every row is answered by the trees that did not draw it. Needs `bootstrap`.
    #[must_use]
    pub fn out_of_bag(mut self, out_of_bag: bool) -> Self {
        self.0.out_of_bag = out_of_bag;
        self
    }

    /// Level of the prediction intervals when a question does not say one; the forest has none without it. Regression
    /// only; needs `bootstrap`, since the rows that a tree did not draw calibrate them. Default: none.
    #[must_use]
    pub fn interval(mut self, level: Option<Level>) -> Self {
        self.0.interval = level;
        self
    }

    /// Trees after which growing stops when the out-of-bag error has not decreased, by at least a ten-thousandth of
    /// itself; `n_estimators` is then the most. The error is looked at after every ten trees, so the forest is the same on
    /// any number of threads. From 1; needs `out_of_bag`. Default: never.
    #[must_use]
    pub fn patience(mut self, trees: Option<usize>) -> Self {
        self.0.patience = trees;
        self
    }

    /// Seed of all that is random. Default 0.
    #[must_use]
    pub fn random_state(mut self, seed: u64) -> Self {
        self.0.random_state = seed;
        self
    }
}

impl ParamGuard for ForestParams {
    type Checked = ForestValidParams;
    type Error = ParamError;

    fn check_ref(&self) -> Result<&Self::Checked, Self::Error> {
        self.0.validate()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, Self::Error> {
        self.0.validate()?;
        Ok(self.0)
    }
}

impl ForestValidParams {
    /// Number of trees.
    pub fn tree_count(&self) -> usize {
        self.n_estimators
    }
}
