//! The ranges of the parameters, as far as they can be told without a table.

use super::{Algorithm, Amount, ClassWeight, ForestValidParams, MaxFeatures, ParamError};

impl ForestValidParams {
    pub(super) fn uses_bootstrap(&self) -> bool {
        self.bootstrap.unwrap_or(self.algorithm == Algorithm::RandomForest)
    }

    pub(super) fn validate(&self) -> Result<(), ParamError> {
        check("n_estimators", &self.n_estimators, "a number from 1", self.n_estimators >= 1)?;
        if self.algorithm == Algorithm::DecisionTree {
            check("n_estimators", &self.n_estimators, "1 for a decision tree", self.n_estimators == 1)?;
        }
        if let Some(depth) = self.max_depth {
            check("max_depth", &depth, "a number from 1", depth >= 1)?;
        }
        if let Some(leaves) = self.max_leaf_nodes {
            check("max_leaf_nodes", &leaves, "a number from 2", leaves >= 2)?;
        }
        match self.min_samples_split {
            Amount::Count(rows) => check("min_samples_split", &rows, "a count from 2", rows >= 2)?,
            Amount::Fraction(share) => check_share("min_samples_split", share)?,
        }
        match self.min_samples_leaf {
            Amount::Count(rows) => check("min_samples_leaf", &rows, "a count from 1", rows >= 1)?,
            Amount::Fraction(share) => {
                let sound = share > 0.0 && share < 1.0;
                check("min_samples_leaf", &share, "a share above 0 and below 1", sound)?;
            }
        }
        if let Some(bins) = self.max_bins {
            check("max_bins", &bins, "a number from 2 to 255", (2..=255).contains(&bins))?;
            if self.algorithm == Algorithm::ExtraTrees {
                let reason = "extra trees draw their thresholds; use random_forest, or remove it";
                return Err(ParamError::Conflict { parameter: "max_bins", reason });
            }
        }
        let decrease = self.min_impurity_decrease;
        let sound = decrease.is_finite() && decrease >= 0.0;
        check("min_impurity_decrease", &decrease, "a finite number from 0", sound)?;
        match self.max_features {
            Some(MaxFeatures::Fraction(share)) => check_share("max_features", share)?,
            Some(MaxFeatures::Count(count)) => check("max_features", &count, "a count from 1", count >= 1)?,
            Some(MaxFeatures::Sqrt | MaxFeatures::Log2 | MaxFeatures::All) | None => {}
        }
        match self.max_samples {
            Some(Amount::Count(rows)) => check("max_samples", &rows, "a count from 1", rows >= 1)?,
            Some(Amount::Fraction(share)) => check_share("max_samples", share)?,
            None => {}
        }
        if let Some(ClassWeight::Explicit(weights)) = &self.class_weight {
            for &weight in weights {
                check("class_weight", &weight, "finite weights from 0", weight.is_finite() && weight >= 0.0)?;
            }
        }
        if let Some(patience) = self.patience {
            check("patience", &patience, "a number of trees from 1", patience >= 1)?;
            if !self.out_of_bag {
                let reason = "out_of_bag is false: there is no error to look at; set out_of_bag to true";
                return Err(ParamError::Conflict { parameter: "patience", reason });
            }
        }
        self.check_bootstrap()
    }

    /// Whether a forest of so many trees can be continued.
    pub(crate) fn check_continues(&self, trees: usize) -> Result<(), ParamError> {
        let allowed = format!("more than {trees}, the trees of the pretrained forest, which count");
        check("n_estimators", &self.n_estimators, &allowed, self.n_estimators > trees)?;
        match self.interval {
            None => Ok(()),
            Some(_) => Err(ParamError::Conflict {
                parameter: "interval",
                reason: "the rows of the pretrained trees are not known; train from nothing",
            }),
        }
    }

    fn check_bootstrap(&self) -> Result<(), ParamError> {
        let needs = |parameter, reason| Err(ParamError::Conflict { parameter, reason });
        if self.uses_bootstrap() {
            return Ok(());
        }
        if self.max_samples.is_some() {
            return needs(
                "max_samples",
                "bootstrap is false: every tree sees all rows; set bootstrap to true",
            );
        }
        if self.out_of_bag {
            return needs("out_of_bag", "bootstrap is false: no row is out of bag; set bootstrap to true");
        }
        if self.interval.is_some() {
            return needs(
                "interval",
                "bootstrap is false: no row is out of bag to calibrate it; set bootstrap to true",
            );
        }
        Ok(())
    }
}

pub(super) fn check(
    parameter: &'static str,
    value: &impl ToString,
    allowed: &str,
    sound: bool,
) -> Result<(), ParamError> {
    if sound {
        return Ok(());
    }
    Err(ParamError::Range { parameter, value: value.to_string(), allowed: allowed.into() })
}

fn check_share(parameter: &'static str, share: f64) -> Result<(), ParamError> {
    check(parameter, &share, "a share above 0 up to 1", share > 0.0 && share <= 1.0)
}

#[cfg(test)]
mod tests {
    use linfa::ParamGuard;

    use super::*;
    use crate::ForestParams;

    #[test]
    fn faulty_parameters_are_refused_by_name() {
        let check = |params: ForestParams, message: &str| {
            assert_eq!(params.check().unwrap_err().to_string(), message);
        };
        let forest = ForestParams::random_forest;
        check(forest().n_estimators(0), "n_estimators is 0, expected a number from 1");
        check(forest().max_depth(Some(0)), "max_depth is 0, expected a number from 1");
        check(forest().max_leaf_nodes(Some(1)), "max_leaf_nodes is 1, expected a number from 2");
        check(
            forest().min_samples_split(Amount::Count(1)),
            "min_samples_split is 1, expected a count from 2",
        );
        check(
            forest().min_samples_leaf(Amount::Fraction(1.0)),
            "min_samples_leaf is 1, expected a share above 0 and below 1",
        );
        check(
            forest().max_features(MaxFeatures::Fraction(1.5)),
            "max_features is 1.5, expected a share above 0 up to 1",
        );
        check(
            forest().min_impurity_decrease(f64::NAN),
            "min_impurity_decrease is NaN, expected a finite number from 0",
        );
        check(
            forest().class_weight(Some(ClassWeight::Explicit(vec![1.0, -1.0]))),
            "class_weight is -1, expected finite weights from 0",
        );
        check(
            forest().bootstrap(false).out_of_bag(true),
            "out_of_bag is set, but bootstrap is false: no row is out of bag; set bootstrap to true",
        );
        check(
            ForestParams::extra_trees().interval(model_core::Level::new(0.9).ok()),
            "interval is set, but bootstrap is false: no row is out of bag to calibrate it; set bootstrap to true",
        );
        check(
            forest().patience(Some(20)),
            "patience is set, but out_of_bag is false: there is no error to look at; set out_of_bag to true",
        );
        check(
            ForestParams::random_forest().max_bins(Some(1)),
            "max_bins is 1, expected a number from 2 to 255",
        );
        check(
            ForestParams::extra_trees().max_bins(Some(16)),
            "max_bins is set, but extra trees draw their thresholds; use random_forest, or remove it",
        );
        check(
            ForestParams::extra_trees().max_samples(Some(Amount::Fraction(0.5))),
            "max_samples is set, but bootstrap is false: every tree sees all rows; set bootstrap to true",
        );
        check(
            ForestParams::decision_tree().n_estimators(2),
            "n_estimators is 2, expected 1 for a decision tree",
        );
    }
}
