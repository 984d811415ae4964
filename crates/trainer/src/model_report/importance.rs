//! What each feature is worth: what is lost when it is shuffled, with its spread, and the impurity that its splits take away.

use forest::ForestModel;
use forest_learner::{Target, permutation_importance};
use model_core::header::Importance;
use model_core::{Model, Rows};

use crate::args::ReportArgs;
use crate::config::Config;
use crate::evaluation::Truth;
use crate::picture::{Bar, whiskered};
use crate::pipeline::PERMUTED_ROWS;
use crate::report::{figure, permuted};

/// Features that are shown.
pub(super) const SHOWN: usize = 20;

/// The importance of each feature.
pub(super) struct Importances {
    /// In schema order.
    pub(super) features: Vec<Importance>,
    /// How they were measured, in words.
    how: String,
}

impl Importances {
    /// Those that the artifact holds, or measured on these rows: for other rows than those of the training, where it is asked for,
    /// and for an artifact that knows no spread.
    pub(super) fn of(
        args: &ReportArgs,
        config: &Config,
        model: &ForestModel,
        rows: &Rows,
        truth: &Truth,
    ) -> Self {
        let mut features = model.header().importances.clone();
        let n_repeats = args.n_repeats.map_or(config.report.n_repeats, |asked| asked as usize);
        let knows_spread = features.iter().all(|importance| importance.permutation_deviation.is_some());
        let is_known = args.n_repeats.is_none() && args.data.is_none() && (knows_spread || n_repeats == 1);
        if !is_known {
            let step = rows.len().div_ceil(PERMUTED_ROWS).max(1);
            let places: Vec<usize> = (0..rows.len()).step_by(step).collect();
            let values = places.iter().flat_map(|&place| rows.row(place)).copied().collect();
            let (taken, target) =
                (Rows::from_values(rows.width(), values), target(model, &truth.of(&places)));
            let found = permutation_importance(model.forest(), &taken, &target, n_repeats, config.split.seed);
            for (importance, found) in features.iter_mut().zip(found) {
                importance.permutation = Some(found.mean);
                importance.permutation_deviation = found.deviation;
            }
        }
        let score = if matches!(truth, Truth::Values(_)) { "R²" } else { "accuracy" };
        let how = match (features.iter().all(|importance| importance.permutation.is_some()), n_repeats) {
            (false, _) => "The share of the decrease of impurity.".into(),
            (true, 1) => format!(
                "How much the {score} falls when a feature is shuffled; in brackets its share of the decrease of impurity."
            ),
            (true, repeats) => format!(
                "How much the {score} falls when a feature is shuffled: the mean over {repeats} shuffles, and as whiskers their \
                 standard deviation; in brackets its share of the decrease of impurity. A whisker that reaches zero says that chance \
                 does as much."
            ),
        };
        Self { features, how }
    }

    /// Places of the features, the most important first.
    pub(super) fn order(&self, features: usize) -> Vec<usize> {
        let weight = |place: usize| {
            let importance = self.features.get(place);
            importance.map_or(0.0, |importance| importance.permutation.unwrap_or(importance.impurity))
        };
        let mut order: Vec<usize> = (0..features).collect();
        order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
        order
    }

    /// A picture with what it shows; nothing of a model that knows none.
    pub(super) fn picture(&self) -> Option<(String, String)> {
        let order = self.order(self.features.len()).into_iter().take(SHOWN);
        let bars: Vec<Bar> = order
            .map(|place| &self.features[place])
            .map(|importance| Bar {
                name: importance.feature.clone(),
                length: importance.permutation.unwrap_or(importance.impurity),
                spread: importance.permutation_deviation.unwrap_or(0.0),
                words: format!("{} ({:.0} %)", permuted(importance), importance.impurity * 100.0),
            })
            .collect();
        (!bars.is_empty()).then(|| (whiskered("Importance of the features", &bars), self.how.clone()))
    }

    /// The same as cells of a table: feature, drop of the score, its deviation, share of the impurity.
    pub(super) fn cells(&self) -> Vec<Vec<String>> {
        let known = |value: Option<f64>| value.map_or_else(|| "–".into(), figure);
        let order = self.order(self.features.len()).into_iter();
        order
            .map(|place| &self.features[place])
            .map(|importance| {
                vec![
                    importance.feature.clone(),
                    known(importance.permutation),
                    known(importance.permutation_deviation),
                    figure(importance.impurity),
                ]
            })
            .collect()
    }
}

fn target(model: &ForestModel, truth: &Truth) -> Target {
    match truth {
        Truth::Values(values) => Target::Regression(values.clone()),
        Truth::Classes(classes) => Target::Classification {
            classes: classes.iter().map(|&class| class as u32).collect(),
            n_classes: model.schema().target.task.outputs(),
        },
    }
}
