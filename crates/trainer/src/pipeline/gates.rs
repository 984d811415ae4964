//! The quality gates: a model that misses one is not worth a version.

use super::{TrainError, Training};
use crate::config::{Config, MeasuredBy};

impl Training {
    /// Checks the model against the quality gates of the config.
    ///
    /// # Errors
    /// When it misses one, or one measures what was not evaluated.
    pub fn check_gates(&self, config: &Config) -> Result<(), TrainError> {
        let evaluation = &self.header.evaluation;
        let mut missed = Vec::new();
        for gate in &config.quality_gates {
            let metrics = match gate.evaluation {
                MeasuredBy::Test => evaluation.test.as_ref().map(|card| &card.metrics),
                MeasuredBy::CrossValidation => evaluation.cross_validation.as_ref().map(|cv| &cv.mean),
                MeasuredBy::OutOfBag => evaluation.out_of_bag.as_ref().map(|card| &card.metrics),
            };
            let Some(&value) = metrics.and_then(|metrics| metrics.get(gate.metric.name())) else {
                return Err(TrainError::GateWithoutValue { gate: gate.to_string() });
            };
            if !gate.passes(value) {
                missed.push(format!("{} is {value:.6}, required is {gate}", gate.metric.name()));
            }
        }
        if missed.is_empty() { Ok(()) } else { Err(TrainError::GateMissed { missed }) }
    }
}
