//! Which keys matter: a forest learns the scores from the values, and says how much of their variation each key explains
//! (after Hutter, Hoos and Leyton-Brown 2014, *An efficient approach for assessing hyperparameter importance*).

use forest::Column;
use forest_learner::{ForestParams, MaxFeatures, Target, TrainingColumn, TrainingSet};
use linfa::ParamGuard;

use super::Search;
use super::trial::Trial;

/// Fewest trials that tell anything.
const ENOUGH: usize = 10;

/// The share of each key, in the order of the space; they add up to 1. Nothing where there are too few trials.
pub(crate) fn importance(search: &Search) -> Option<Vec<f64>> {
    let default = search.trials.first()?;
    let known: Vec<(&Trial, f64)> = search
        .trials
        .iter()
        .map(|trial| (trial, trial.excess(default, search.metric)))
        .filter(|(_, excess)| excess.is_finite())
        .collect();
    if known.len() < ENOUGH {
        return None;
    }
    let columns = search.space.dimensions.iter().enumerate().map(|(place, dimension)| {
        let at =
            |trial: &Trial| trial.params.values().nth(place).and_then(|value| dimension.domain.place(value));
        let values = known.iter().map(|(trial, _)| at(trial).map_or(f32::NAN, |at| at as f32)).collect();
        TrainingColumn { column: Column::Numeric, values }
    });
    let target = Target::Regression(known.iter().map(|(_, excess)| *excess).collect());
    let set = TrainingSet::new(columns.collect(), target, None).ok()?;
    let params = ForestParams::random_forest().max_features(MaxFeatures::Fraction(0.5)).random_state(1);
    let fitted = params.check().ok()?.fit_table(&set, &|_| ()).ok()?;
    (fitted.impurity_importances.iter().sum::<f64>() > 0.0).then_some(fitted.impurity_importances)
}
