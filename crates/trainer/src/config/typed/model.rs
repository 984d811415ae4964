//! The forest's parameters, with scikit-learn's names, meanings and defaults.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The forest's parameters. Where the trees are few or deep, fitting is slow and the artifact large.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// The kind of forest.
    pub algorithm: Algorithm,
    /// Number of trees. More trees never predict worse, but cost time and memory in proportion.
    #[schemars(range(min = 1, max = 100_000), extend("x-also-called" = ["n_trees", "num_trees", "trees", "ntree"]))]
    pub n_estimators: u32,
    /// How the best threshold of a node is found.
    pub tree_method: TreeMethod,
    /// The fast mode, with `max_samples` below 1.0: numbers are cut only between so many quantiles of their column, and the levels of a
    /// category in one order where a node has few rows of each; null for any threshold. Not for `extra_trees`.
    #[schemars(range(min = 2, max = 255))]
    pub max_bins: Option<u32>,
    /// What a split makes as small as possible. Default: `squared_error` for regression, `gini` for classification.
    pub criterion: Option<Criterion>,
    /// Most splits between the root and a leaf; null for no limit. Deep trees are exact but large.
    #[schemars(range(min = 1))]
    pub max_depth: Option<u32>,
    /// Fewest rows of a node that is split further: a count from 2, or a share of the training rows such as 0.01.
    pub min_samples_split: Count,
    /// Fewest rows on either side of a split: a count from 1, or a share of the training rows. Larger values
    /// smooth the predictions.
    pub min_samples_leaf: Count,
    /// Most leaves of a tree, the best splits first; null for no limit.
    #[schemars(range(min = 2))]
    pub max_leaf_nodes: Option<u32>,
    /// Smallest decrease of the impurity, weighted by the share of the rows, that is worth a split.
    #[schemars(range(min = 0.0))]
    pub min_impurity_decrease: f64,
    /// Features that are drawn for each split: `"sqrt"` or `"log2"` of their number, a share such as 0.3, a count,
    /// or null for all. `"auto"` is all for regression and for `decision_tree`, else `"sqrt"`.
    pub max_features: MaxFeatures,
    /// Whether each tree sees a sample of the rows drawn with replacement. Default: true for `random_forest`, false
    /// for the others.
    pub bootstrap: Option<bool>,
    /// Rows drawn for each tree when bootstrapping: a count, or a share of the training rows; null for as many as there are.
    pub max_samples: Option<Count>,
    /// Weight of each class: `"balanced"`, `"balanced_subsample"` or `{"class": weight}`; null for 1 each.
    pub class_weight: Option<ClassWeight>,
    /// How the answers go along a feature while all others stay: 1 for never down where it goes up, -1 for never up, 0
    /// for any way, as in `{"rooms": 1}`. For numbers; in a classification of two classes it is about the
    /// probability of the second class. It holds exactly for every row.
    #[schemars(extend("additionalProperties" = {"type": "integer", "minimum": -1, "maximum": 1}))]
    pub monotonic_cst: BTreeMap<String, i8>,
    /// Whether the rows that a tree did not see estimate the error. Needs `bootstrap`.
    #[schemars(extend("x-also-called" = ["out_of_bag", "oob"]))]
    pub oob_score: bool,
    /// Trees after which growing stops when the out-of-bag error has not become smaller by at least a ten-thousandth of
    /// itself; `n_estimators` is then the most. It is looked at after every ten trees. Needs `oob_score`; null for never.
    #[schemars(range(min = 1), extend("x-also-called" = ["early_stopping_rounds", "n_iter_no_change"]))]
    pub patience: Option<u32>,
    /// Prediction intervals that hold the target of so large a share of new rows, for example 0.9; null for none. For
    /// regression with `bootstrap`: the rows that a tree did not see calibrate them. They make the artifact larger, and any
    /// other level can be asked for later.
    #[schemars(range(min = 0.5, max = 0.99), extend("x-also-called" = ["prediction_interval", "confidence"]))]
    pub interval: Option<f64>,
    /// Seed of the forest: the same seed, data and config give the same model, byte for byte.
    #[schemars(extend("x-also-called" = ["seed", "random_seed"]))]
    pub random_state: u64,
    /// Column that holds the weight of each row; it is then no feature. null for 1 each.
    pub sample_weight: Option<String>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::RandomForest,
            n_estimators: 100,
            tree_method: TreeMethod::Auto,
            max_bins: None,
            criterion: None,
            max_depth: None,
            min_samples_split: Count::Number(2),
            min_samples_leaf: Count::Number(1),
            max_leaf_nodes: None,
            min_impurity_decrease: 0.0,
            max_features: MaxFeatures::Word(MaxFeaturesWord::Auto),
            bootstrap: None,
            max_samples: None,
            class_weight: None,
            monotonic_cst: BTreeMap::new(),
            oob_score: false,
            patience: None,
            interval: None,
            random_state: 42,
            sample_weight: None,
        }
    }
}

/// The kind of forest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// The best split of the drawn features, on a bootstrap sample for each tree.
    #[default]
    RandomForest,
    /// The best of random splits, one for each drawn feature.
    ExtraTrees,
    /// One tree on all rows.
    DecisionTree,
}

/// How the best threshold of a node is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TreeMethod {
    /// Large nodes look for the best quantile first, then for the exact threshold around it.
    #[default]
    Auto,
    /// All thresholds in every node; slower on large tables.
    Exact,
}

/// What a split makes as small as possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The squared error, for regression.
    SquaredError,
    /// The Gini impurity, for classification.
    Gini,
    /// The entropy, for classification.
    Entropy,
}

/// A number of rows, or a share of them. `1` is one row, `1.0` is all rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Count {
    /// A number of rows.
    #[schemars(extend("minimum" = 1))]
    Number(u32),
    /// A share of the rows.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    Share(f64),
}

/// The number of features that are drawn for each split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MaxFeatures {
    /// By a rule.
    Word(MaxFeaturesWord),
    /// This many features.
    #[schemars(extend("minimum" = 1))]
    Number(u32),
    /// This share of the features.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    Share(f64),
    /// All features.
    All,
}

/// A rule for the number of features that are drawn for each split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxFeaturesWord {
    /// All features for regression and for `decision_tree`, else their square root.
    Auto,
    /// The square root of the number of features.
    Sqrt,
    /// The binary logarithm of the number of features.
    Log2,
}

/// The weight of each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClassWeight {
    /// By a rule.
    Word(ClassWeightWord),
    /// By the value of the class in the data; classes that are not named weigh 1.
    #[schemars(extend("additionalProperties" = {"type": "number", "exclusiveMinimum": 0}))]
    ByClass(BTreeMap<String, f64>),
}

/// A rule for the weight of each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeightWord {
    /// In inverse proportion to the rows of the class.
    Balanced,
    /// The same, computed from the sample of each tree.
    BalancedSubsample,
}
