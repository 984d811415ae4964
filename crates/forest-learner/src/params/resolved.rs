//! Parameters that meet a table: every default filled in, every share a number of rows.

use forest::Column;
use model_core::Level;

use super::checks::check;
use super::{
    Algorithm, Amount, ClassWeight, Criterion, ForestValidParams, MaxFeatures, Monotonic, ParamError,
};
use crate::{Target, TrainingSet, TreeMethod};

/// What growing needs to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResolvedParams {
    pub(crate) random_thresholds: bool,
    /// Most values between which a numeric column is cut.
    pub(crate) max_bins: Option<usize>,
    /// Whether large nodes look at quantiles first.
    pub(crate) quantiles_first: bool,
    /// Whether the levels of a category are put in order once, for the nodes with few rows of each.
    pub(crate) orders_levels: bool,
    pub(crate) trees: usize,
    pub(crate) criterion: Criterion,
    pub(crate) max_depth: usize,
    pub(crate) min_samples_split: usize,
    pub(crate) min_samples_leaf: usize,
    pub(crate) max_leaf_nodes: Option<usize>,
    pub(crate) min_impurity_decrease: f64,
    pub(crate) max_features: usize,
    /// Rows drawn with replacement for each tree; `None`: every tree sees all rows.
    pub(crate) draws: Option<usize>,
    pub(crate) class_weight: Option<ClassWeight>,
    /// One for each feature, or none when all are free.
    monotonic: Vec<Monotonic>,
    pub(crate) out_of_bag: bool,
    pub(crate) patience: Option<usize>,
    pub(crate) interval: Option<Level>,
    pub(crate) seed: u64,
}

impl ResolvedParams {
    /// Whether any feature has a constraint.
    pub(crate) fn is_constrained(&self) -> bool {
        !self.monotonic.is_empty()
    }

    /// The constraint of a feature.
    pub(crate) fn direction(&self, feature: usize) -> Monotonic {
        self.monotonic.get(feature).copied().unwrap_or_default()
    }
}

impl ForestValidParams {
    pub(crate) fn resolve(&self, set: &TrainingSet) -> Result<ResolvedParams, ParamError> {
        let (rows, features) = (set.len(), set.width());
        let at_least = |amount: Amount, least: usize| match amount {
            Amount::Count(count) => count,
            Amount::Fraction(share) => ((share * rows as f64).ceil() as usize).max(least),
        };
        let min_samples_leaf = at_least(self.min_samples_leaf, 1);
        Ok(ResolvedParams {
            random_thresholds: self.algorithm == Algorithm::ExtraTrees,
            max_bins: self.max_bins,
            quantiles_first: self.tree_method == TreeMethod::Auto && self.algorithm != Algorithm::ExtraTrees,
            orders_levels: self.max_bins.is_some(),
            trees: self.n_estimators,
            criterion: self.resolve_criterion(set.target())?,
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            min_samples_split: at_least(self.min_samples_split, 2).max(min_samples_leaf.saturating_mul(2)),
            min_samples_leaf,
            max_leaf_nodes: self.max_leaf_nodes,
            min_impurity_decrease: self.min_impurity_decrease,
            max_features: self.resolve_max_features(set.target(), features)?,
            draws: if self.uses_bootstrap() { Some(self.resolve_draws(rows)?) } else { None },
            class_weight: self.resolve_class_weight(set.target())?,
            monotonic: self.resolve_monotonic(set)?,
            out_of_bag: self.out_of_bag,
            patience: self.patience,
            interval: self.resolve_interval(set.target())?,
            seed: self.random_state,
        })
    }

    fn resolve_monotonic(&self, set: &TrainingSet) -> Result<Vec<Monotonic>, ParamError> {
        let constraints = self.monotonic_cst.as_deref().unwrap_or_default();
        if constraints.iter().all(|&direction| direction == Monotonic::Free) {
            return Ok(Vec::new());
        }
        let conflict = |reason| Err(ParamError::Conflict { parameter: "monotonic_cst", reason });
        let found = format!("a list of {}", constraints.len());
        let allowed = format!("one constraint for each of the {} features", set.width());
        check("monotonic_cst", &found, &allowed, constraints.len() == set.width())?;
        if matches!(set.target(), Target::Classification { n_classes, .. } if *n_classes != 2) {
            return conflict("the target has not two classes, whose probabilities alone have one direction");
        }
        let mut constrained =
            set.columns().iter().zip(constraints).filter(|(_, direction)| **direction != Monotonic::Free);
        if constrained.any(|(column, _)| column.column != Column::Numeric) {
            return conflict("one of its features is a category, whose levels have no order");
        }
        Ok(constraints.to_vec())
    }

    fn resolve_criterion(&self, target: &Target) -> Result<Criterion, ParamError> {
        let (default, allowed) = match target {
            Target::Regression(_) => (Criterion::SquaredError, "squared_error for regression"),
            Target::Classification { .. } => (Criterion::Gini, "gini or entropy for classification"),
        };
        let criterion = self.criterion.unwrap_or(default);
        let (name, regression) = match criterion {
            Criterion::SquaredError => ("squared_error", true),
            Criterion::Gini => ("gini", false),
            Criterion::Entropy => ("entropy", false),
        };
        check("criterion", &name, allowed, regression == matches!(target, Target::Regression(_)))?;
        Ok(criterion)
    }

    fn resolve_max_features(&self, target: &Target, features: usize) -> Result<usize, ParamError> {
        let default = match (self.algorithm, target) {
            (Algorithm::DecisionTree, _) | (_, Target::Regression(_)) => MaxFeatures::All,
            (_, Target::Classification { .. }) => MaxFeatures::Sqrt,
        };
        let share = |share: f64| ((share * features as f64) as usize).max(1);
        Ok(match self.max_features.unwrap_or(default) {
            MaxFeatures::All => features,
            MaxFeatures::Sqrt => features.isqrt(),
            MaxFeatures::Log2 => (features.ilog2() as usize).max(1),
            MaxFeatures::Fraction(fraction) => share(fraction),
            MaxFeatures::Count(count) => {
                let allowed = format!("at most {features}, the number of features");
                check("max_features", &count, &allowed, count <= features)?;
                count
            }
        })
    }

    fn resolve_draws(&self, rows: usize) -> Result<usize, ParamError> {
        match self.max_samples {
            None => Ok(rows),
            Some(Amount::Fraction(share)) => Ok(((share * rows as f64).round() as usize).max(1)),
            Some(Amount::Count(count)) => {
                check("max_samples", &count, &format!("at most {rows}, the number of rows"), count <= rows)?;
                Ok(count)
            }
        }
    }

    fn resolve_interval(&self, target: &Target) -> Result<Option<Level>, ParamError> {
        match (self.interval, target) {
            (Some(_), Target::Classification { .. }) => Err(ParamError::Conflict {
                parameter: "interval",
                reason: "the target is a class, whose probabilities say how sure an answer is",
            }),
            (interval, _) => Ok(interval),
        }
    }

    fn resolve_class_weight(&self, target: &Target) -> Result<Option<ClassWeight>, ParamError> {
        let Some(class_weight) = &self.class_weight else { return Ok(None) };
        let Target::Classification { n_classes, .. } = target else {
            let reason = "the target is a number; use weights of the rows instead";
            return Err(ParamError::Conflict { parameter: "class_weight", reason });
        };
        if let ClassWeight::Explicit(weights) = class_weight {
            let found = format!("a list of {}", weights.len());
            let allowed = format!("one weight for each of the {n_classes} classes");
            check("class_weight", &found, &allowed, weights.len() == *n_classes)?;
        }
        Ok(Some(class_weight.clone()))
    }
}
