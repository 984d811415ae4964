//! How much a forest needs each feature: by the impurity that its splits take away, and by what is lost when it is shuffled.

use forest_learner::{Fitted, ForestValidParams, PermutationImportance, TrainingSet, permutation_importance};
use model_core::header::Importance;

use super::TrainError;
use crate::config::Config;
use crate::preparation::Preparation;
use crate::typed_table::TypedTable;

/// Most rows of a permutation importance; of more, evenly spaced ones are taken.
pub(crate) const PERMUTED_ROWS: usize = 10_000;

/// How much worse the model answers held-out rows when one feature is shuffled.
pub(super) fn permuted(
    config: &Config,
    fitted: &Fitted,
    preparation: &Preparation,
    rows: &TypedTable,
    test: &[usize],
) -> Vec<PermutationImportance> {
    let step = test.len().div_ceil(PERMUTED_ROWS);
    let test: Vec<usize> = test.iter().copied().step_by(step).collect();
    let (encoded, target) = (preparation.rows(rows, &test), preparation.target(rows, &test));
    permutation_importance(&fitted.forest, &encoded, &target, config.report.n_repeats, config.split.seed)
}

/// How much worse the trees from `first` on answer the rows that they did not draw; none where nobody asks for such answers.
pub(super) fn permuted_out_of_bag(
    config: &Config,
    params: &ForestValidParams,
    fitted: &Fitted,
    first: usize,
    set: &TrainingSet,
) -> Result<Option<Vec<PermutationImportance>>, TrainError> {
    if fitted.out_of_bag.is_none() {
        return Ok(None);
    }
    let (forest, seed) = (&fitted.forest, config.split.seed);
    Ok(params.out_of_bag_importance(forest, first, set, PERMUTED_ROWS, config.report.n_repeats, seed)?)
}

/// All of them, in schema order.
pub(super) fn of(
    preparation: &Preparation,
    fitted: &Fitted,
    permuted: Option<&[PermutationImportance]>,
) -> Vec<Importance> {
    let features = preparation.encoder().schema().features.iter().enumerate();
    features
        .map(|(position, feature)| {
            let permuted = permuted.map(|permuted| permuted[position]);
            Importance {
                feature: feature.name.clone(),
                impurity: fitted.impurity_importances[position],
                permutation: permuted.map(|found| found.mean),
                permutation_deviation: permuted.and_then(|found| found.deviation),
            }
        })
        .collect()
}
