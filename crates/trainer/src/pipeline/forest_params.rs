//! The config's model section in the learner's terms.

use forest_learner::{
    Amount, ClassWeight, Criterion, ForestParams, ForestValidParams, MaxFeatures, Monotonic, TreeMethod,
};
use linfa::ParamGuard;
use model_core::schema::{FeatureKind, FeatureSchema, Task};

use super::TrainError;
use crate::config;
use crate::schema_inference::InferenceError;

/// The parameters of the forest, checked.
pub(super) fn forest_params(
    model: &config::Model,
    schema: &FeatureSchema,
) -> Result<ForestValidParams, TrainError> {
    let task = &schema.target.task;
    let mut params = ForestParams::new(match model.algorithm {
        config::Algorithm::RandomForest => forest_learner::Algorithm::RandomForest,
        config::Algorithm::ExtraTrees => forest_learner::Algorithm::ExtraTrees,
        config::Algorithm::DecisionTree => forest_learner::Algorithm::DecisionTree,
    })
    .tree_method(match model.tree_method {
        config::TreeMethod::Auto => TreeMethod::Auto,
        config::TreeMethod::Exact => TreeMethod::Exact,
    })
    .max_bins(model.max_bins.map(|bins| bins as usize))
    .n_estimators(model.n_estimators as usize)
    .max_depth(model.max_depth.map(|depth| depth as usize))
    .min_samples_split(amount(model.min_samples_split))
    .min_samples_leaf(amount(model.min_samples_leaf))
    .max_leaf_nodes(model.max_leaf_nodes.map(|leaves| leaves as usize))
    .min_impurity_decrease(model.min_impurity_decrease)
    .bootstrap(model.bootstrap)
    .max_samples(model.max_samples.map(amount))
    .monotonic_cst(monotonic_cst(model, schema)?)
    .out_of_bag(model.oob_score)
    .patience(model.patience.map(|trees| trees as usize))
    .interval(model.interval)
    .class_weight(class_weight(&model.class_weight, task)?)
    .random_state(model.random_state);
    if let Some(criterion) = model.criterion {
        params = params.criterion(match criterion {
            config::Criterion::SquaredError => Criterion::SquaredError,
            config::Criterion::Gini => Criterion::Gini,
            config::Criterion::Entropy => Criterion::Entropy,
        });
    }
    let max_features = match model.max_features {
        config::MaxFeatures::Word(config::MaxFeaturesWord::Auto) => None,
        config::MaxFeatures::Word(config::MaxFeaturesWord::Sqrt) => Some(MaxFeatures::Sqrt),
        config::MaxFeatures::Word(config::MaxFeaturesWord::Log2) => Some(MaxFeatures::Log2),
        config::MaxFeatures::Number(count) => Some(MaxFeatures::Count(count as usize)),
        config::MaxFeatures::Share(share) => Some(MaxFeatures::Fraction(share)),
        config::MaxFeatures::All => Some(MaxFeatures::All),
    };
    if let Some(max_features) = max_features {
        params = params.max_features(max_features);
    }
    Ok(params.check().map_err(forest_learner::FitError::from)?)
}

fn amount(rows: config::Rows) -> Amount {
    match rows {
        config::Rows::Number(rows) => Amount::Count(rows as usize),
        config::Rows::Share(share) => Amount::Fraction(share),
    }
}

/// One constraint for each feature, none when no feature has one.
fn monotonic_cst(
    model: &config::Model,
    schema: &FeatureSchema,
) -> Result<Option<Vec<Monotonic>>, InferenceError> {
    let mut constraints = vec![Monotonic::Free; schema.features.len()];
    for (name, &direction) in &model.monotonic_cst {
        let Some(position) = schema.features.iter().position(|feature| feature.name == *name) else {
            let known: Vec<&str> = schema.features.iter().map(|feature| feature.name.as_str()).collect();
            return Err(InferenceError::ConstrainsNoFeature {
                feature: name.clone(),
                known: known.join(", "),
            });
        };
        let is_category = matches!(schema.features[position].kind, FeatureKind::Category(_));
        if is_category && direction != Monotonic::Free {
            return Err(InferenceError::ConstrainsCategory { feature: name.clone() });
        }
        constraints[position] = direction;
    }
    if constraints.iter().all(|&direction| direction == Monotonic::Free) {
        return Ok(None);
    }
    match &schema.target.task {
        Task::Classification(classes) if classes.len() != 2 => Err(InferenceError::ConstrainsManyClasses {
            target: schema.target.name.clone(),
            classes: classes.len(),
        }),
        Task::Classification(_) | Task::Regression => Ok(Some(constraints)),
    }
}

fn class_weight(weight: &config::ClassWeight, task: &Task) -> Result<Option<ClassWeight>, TrainError> {
    let by_class = match weight {
        config::ClassWeight::Uniform => return Ok(None),
        config::ClassWeight::Balanced => return Ok(Some(ClassWeight::Balanced)),
        config::ClassWeight::BalancedSubsample => return Ok(Some(ClassWeight::BalancedSubsample)),
        config::ClassWeight::ByClass(by_class) => by_class,
    };
    let classes: Vec<String> = match task {
        Task::Regression => Vec::new(),
        Task::Classification(classes) => classes.iter().map(|class| class.value.to_string()).collect(),
    };
    if let Some(unknown) = by_class.keys().find(|key| !classes.contains(key)) {
        return Err(InferenceError::UnknownClass {
            key: "model.class_weight",
            class: unknown.clone(),
            known: classes.join(", "),
        }
        .into());
    }
    Ok(Some(ClassWeight::Explicit(
        classes.iter().map(|class| by_class.get(class).copied().unwrap_or(1.0)).collect(),
    )))
}
