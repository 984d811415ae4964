//! What training saw of a column, as figures: for who draws a form or compares later data.

use model_core::profile::{Distribution, Numeric};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Most levels that are listed of one column; the rest is counted.
const LISTED_LEVELS: usize = 1000;

/// Distribution of a column in the training rows.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum DistributionInfo<'a> {
    /// Of numbers. A column without any has no quantiles, and zeros for the rest.
    Numbers(NumbersInfo<'a>),
    /// Of categories, booleans or classes.
    Levels(LevelsInfo),
}

/// Distribution of numbers.
#[derive(Serialize, ToSchema)]
pub(crate) struct NumbersInfo<'a> {
    /// Rows without a value.
    #[schema(minimum = 0)]
    missing: u64,
    /// Smallest value.
    minimum: f64,
    /// Largest value.
    maximum: f64,
    /// Arithmetic mean.
    mean: f64,
    /// Sample standard deviation.
    standard_deviation: f64,
    /// Quantiles at 0 %, 5 %, …, 100 %.
    quantiles: &'a [f64],
}

/// Distribution of levels.
#[derive(Serialize, ToSchema)]
pub(crate) struct LevelsInfo {
    /// Rows without a value.
    #[schema(minimum = 0)]
    missing: u64,
    /// The levels, the most frequent ones first, at most 1000.
    levels: Vec<LevelInfo>,
    /// Levels that are not listed.
    #[schema(minimum = 0)]
    more_levels: usize,
}

/// One level.
#[derive(Serialize, ToSchema)]
struct LevelInfo {
    /// As a request names it, or as an answer does.
    value: Value,
    /// Rows of this level.
    #[schema(minimum = 0)]
    rows: u64,
}

impl<'a> DistributionInfo<'a> {
    /// `level` names a level by its code.
    pub(super) fn new(distribution: &'a Distribution, level: impl Fn(usize) -> Value) -> Self {
        match distribution {
            Distribution::Numeric(Numeric {
                missing,
                minimum,
                maximum,
                mean,
                standard_deviation,
                quantiles,
            }) => Self::Numbers(NumbersInfo {
                missing: *missing,
                minimum: *minimum,
                maximum: *maximum,
                mean: *mean,
                standard_deviation: *standard_deviation,
                quantiles,
            }),
            Distribution::Levels { missing, counts } => {
                let mut codes: Vec<_> = (0..counts.len()).collect();
                codes.sort_by_key(|&code| std::cmp::Reverse(counts[code]));
                codes.truncate(LISTED_LEVELS);
                Self::Levels(LevelsInfo {
                    missing: *missing,
                    more_levels: counts.len() - codes.len(),
                    levels: codes
                        .into_iter()
                        .map(|code| LevelInfo { value: level(code), rows: counts[code] })
                        .collect(),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_frequent_levels_come_first_and_equals_in_their_order() {
        let distribution = Distribution::Levels { missing: 2, counts: vec![1, 5, 1, 0] };
        assert_eq!(
            json!(DistributionInfo::new(&distribution, |code| ["a", "b", "c", "d"][code].into())),
            json!({
                "missing": 2,
                "levels": [
                    { "value": "b", "rows": 5 },
                    { "value": "a", "rows": 1 },
                    { "value": "c", "rows": 1 },
                    { "value": "d", "rows": 0 },
                ],
                "more_levels": 0,
            })
        );
    }

    #[test]
    fn a_long_list_is_cut_and_the_rest_counted() {
        let distribution = Distribution::Levels { missing: 0, counts: vec![1; LISTED_LEVELS + 7] };
        let told = json!(DistributionInfo::new(&distribution, Value::from));
        assert_eq!(told["levels"].as_array().unwrap().len(), LISTED_LEVELS);
        assert_eq!(told["more_levels"], 7);
    }
}
