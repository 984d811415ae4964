//! Grows random forests: the same bytes for the same data, parameters and seed, on any number of threads.
//!
//! ```
//! use forest::Column;
//! use forest_learner::{ForestParams, Target, TrainingColumn, TrainingSet};
//! use linfa::ParamGuard;
//!
//! let size = TrainingColumn { column: Column::Numeric, values: vec![1.0, 2.0, 3.0, 4.0] };
//! let set = TrainingSet::new(vec![size], Target::Regression(vec![1.0, 1.0, 5.0, 5.0]), None)?;
//! let params = ForestParams::decision_tree().random_state(7).check()?;
//! let fitted = params.fit_table(&set, &|_| ())?;
//! let mut answer = [0.0];
//! fitted.forest.score_row(&[3.5], &mut answer);
//! assert_eq!(answer, [5.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Parameters carry scikit-learn's names, meanings and defaults. Training runs in rayon's current pool: call it inside
//! `pool.install` to choose the number of threads.

mod code_sort;
mod coded_table;
mod error;
mod feature_view;
mod grow_forest;
mod grow_tree;
mod importance;
mod impurity;
mod intervals;
mod lane_sort;
mod level_order;
mod linfa;
mod out_of_bag;
mod params;
mod random;
mod row_major;
mod row_sort;
mod sample;
mod split_search;
mod threshold;
mod training_set;
mod wide;

pub use error::FitError;
pub use grow_forest::Fitted;
pub use grow_tree::Grown;
pub use importance::{PermutationImportance, permutation_importance};
pub use linfa::{FittedForest, ForestTarget};
pub use out_of_bag::{CurvePoint, OutOfBag};
pub use params::{
    Algorithm, Amount, ClassWeight, Criterion, ForestParams, ForestValidParams, MaxFeatures, Monotonic,
    ParamError, TreeMethod,
};
pub use threshold::between;
pub use training_set::{Target, TrainingColumn, TrainingSet, TrainingSetError};
