//! The space that is searched, and the way from its values to numbers from 0 to 1 and back.

use serde_json::{Map, Value, json};

use crate::config::{Algorithm, Config, Dimension, Domain, Range, TaskName};

/// Numbers of a range that a grid tries.
const GRID_STEPS: usize = 5;

/// The keys that are searched.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub(crate) dimensions: Vec<Dimension>,
    /// The values of the config as it stands.
    default: Vec<Value>,
}

impl Space {
    /// The space of a config, or one that suits its algorithm.
    pub(crate) fn of(config: &Config, task: TaskName) -> Self {
        let dimensions = config.tune.space.clone().unwrap_or_else(|| usual(config, task));
        let model = serde_json::to_value(config.filled_in(task).model).unwrap_or_default();
        let default = dimensions.iter().map(|dimension| model[&dimension.key].clone()).collect();
        Self { dimensions, default }
    }

    /// The values of the config as it stands.
    pub(crate) fn default_values(&self) -> &[Value] {
        &self.default
    }

    /// Values by their keys.
    pub(crate) fn named(&self, values: &[Value]) -> Map<String, Value> {
        let keys = self.dimensions.iter().map(|dimension| format!("model.{}", dimension.key));
        keys.zip(values.iter().cloned()).collect()
    }

    /// A config with these values set; without values as it was.
    pub(crate) fn applied(&self, document: &Value, values: &[Value]) -> Value {
        let mut document = document.clone();
        for (dimension, value) in self.dimensions.iter().zip(values) {
            document["model"][&dimension.key] = value.clone();
        }
        document
    }

    /// Number of combinations; nothing where there is a range without an end.
    pub(crate) fn combinations(&self) -> Option<usize> {
        let sizes = self.dimensions.iter().map(|dimension| match &dimension.domain {
            Domain::Values(values) => Some(values.len()),
            Domain::Range(Range { minimum, maximum, whole: true, .. }) => {
                Some((maximum - minimum) as usize + 1)
            }
            Domain::Range(_) => None,
        });
        sizes.into_iter().try_fold(1_usize, |product, size| product.checked_mul(size?))
    }

    /// For the file of trials.
    pub(crate) fn document(&self) -> Value {
        let keys = self.dimensions.iter().map(|Dimension { key, domain }| {
            let domain = match domain {
                Domain::Values(values) => json!(values),
                Domain::Range(range) => json!(range),
            };
            (format!("model.{key}"), domain)
        });
        Value::Object(keys.collect())
    }
}

impl Domain {
    /// The value at a place from 0 to 1.
    pub(crate) fn value(&self, place: f64) -> Value {
        match self {
            Self::Values(values) => {
                let index = (place.clamp(0.0, 1.0) * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Self::Range(range) => {
                let (low, high) = ends(range);
                let at = low + place.clamp(0.0, 1.0) * (high - low);
                let number = if range.log { at.exp() } else { at };
                let within = |number: f64| number.clamp(range.minimum, range.maximum);
                match range.whole {
                    true => json!(within(number.round()) as i64),
                    false => json!(within(to_four_digits(number))),
                }
            }
        }
    }

    /// The place of a value from 0 to 1; nothing for a value that is none of these.
    pub(crate) fn place(&self, value: &Value) -> Option<f64> {
        match self {
            Self::Values(values) => {
                let index = values.iter().position(|known| known == value)?;
                Some((index as f64 + 0.5) / values.len() as f64)
            }
            Self::Range(range) => {
                let number = value.as_f64()?;
                // `1` counts and `1.0` is a share.
                if range.whole == value.is_f64() || !(range.minimum..=range.maximum).contains(&number) {
                    return None;
                }
                let (low, high) = ends(range);
                let at = if range.log { number.ln() } else { number };
                Some(((at - low) / (high - low)).clamp(0.0, 1.0))
            }
        }
    }

    /// The values that a grid tries.
    pub(crate) fn grid(&self) -> Vec<Value> {
        match self {
            Self::Values(values) => values.clone(),
            Self::Range(range) => {
                let (low, high) = match range.log {
                    true => (range.minimum.ln(), range.maximum.ln()),
                    false => (range.minimum, range.maximum),
                };
                let (first, last) = ends(range);
                let steps =
                    (0..GRID_STEPS).map(|step| low + (high - low) * step as f64 / (GRID_STEPS - 1) as f64);
                let mut values: Vec<Value> =
                    steps.map(|at| self.value((at - first) / (last - first))).collect();
                values.dedup();
                values
            }
        }
    }
}

/// The ends of the line that places lie on. Every whole number has as much of it as its neighbours.
fn ends(range: &Range) -> (f64, f64) {
    let room = if range.whole { 0.5 } else { 0.0 };
    let (low, high) = (range.minimum - room, range.maximum + room);
    if range.log { (low.ln(), high.ln()) } else { (low, high) }
}

/// As many digits as a person would write.
fn to_four_digits(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}

/// What is worth a search. The number of trees is not: more are never worse.
fn usual(config: &Config, task: TaskName) -> Vec<Dimension> {
    let dimension = |key: &str, domain: Domain| Dimension { key: key.into(), domain };
    let range = |minimum: f64, maximum: f64, whole: bool| {
        Domain::Range(Range { minimum, maximum, log: whole, whole })
    };
    let mut dimensions = Vec::new();
    if task == TaskName::Classification {
        dimensions.push(dimension("criterion", Domain::Values(vec![json!("gini"), json!("entropy")])));
    }
    match config.model.algorithm {
        Algorithm::DecisionTree => {
            dimensions.push(dimension("max_depth", range(1.0, 24.0, true)));
        }
        Algorithm::RandomForest | Algorithm::ExtraTrees => {
            let depths = vec![json!(6), json!(10), json!(16), Value::Null];
            dimensions.push(dimension("max_depth", Domain::Values(depths)));
            dimensions.push(dimension("max_features", range(0.1, 1.0, false)));
        }
    }
    if config.model.bootstrap {
        dimensions.push(dimension("max_samples", range(0.3, 1.0, false)));
    }
    dimensions.push(dimension("min_samples_leaf", range(1.0, 30.0, true)));
    dimensions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(minimum: f64, maximum: f64, log: bool, whole: bool) -> Domain {
        Domain::Range(Range { minimum, maximum, log, whole })
    }

    #[test]
    fn values_come_back_from_their_places() {
        let domains = [
            Domain::Values(vec![json!("sqrt"), json!(1), json!(1.0), Value::Null]),
            range(0.1, 1.0, false, false),
            range(1e-6, 1e-2, true, false),
            range(1.0, 30.0, true, true),
            range(0.0, 9.0, false, true),
        ];
        for domain in &domains {
            for step in 0..=40 {
                let value = domain.value(f64::from(step) / 40.0);
                let place = domain.place(&value).unwrap();
                assert!((0.0..=1.0).contains(&place), "{place}");
                assert_eq!(domain.value(place), value, "{domain:?}");
            }
        }
    }

    #[test]
    fn the_ends_of_a_range_are_in_it_and_whole_numbers_are_drawn_evenly() {
        let dice = range(1.0, 6.0, false, true);
        let counts = (0..600).fold([0; 6], |mut counts, step| {
            counts[dice.value((f64::from(step) + 0.5) / 600.0).as_u64().unwrap() as usize - 1] += 1;
            counts
        });
        assert_eq!(counts, [100; 6]);
        let share = range(0.1, 1.0, false, false);
        assert_eq!((share.value(0.0), share.value(1.0)), (json!(0.1), json!(1.0)));
        assert_eq!(share.place(&json!(1)), None, "a count is no share");
        assert_eq!(share.place(&Value::Null), None);
    }

    #[test]
    fn a_grid_takes_the_ends_and_what_lies_evenly_between() {
        assert_eq!(json!(range(1.0, 16.0, true, true).grid()), json!([1, 2, 4, 8, 16]));
        assert_eq!(json!(range(0.0, 1.0, false, false).grid()), json!([0.0, 0.25, 0.5, 0.75, 1.0]));
        assert_eq!(json!(range(1.0, 3.0, false, true).grid()), json!([1, 2, 3]));
    }
}
