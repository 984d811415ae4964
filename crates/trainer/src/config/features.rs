//! What the target is predicted from, checked.

use thiserror::Error;

use super::typed::{CategoryValues, DefaultFrom, KindName, Scalar};

/// The features of a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Which columns are features.
    pub selection: Selection,
    /// Settings for some of them, each feature at most once.
    pub settings: Vec<FeatureSettings>,
}

/// Which columns are features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All columns but these, the target's columns and the column of the sample weight; in file order.
    AllBut(Vec<String>),
    /// These columns, in this order.
    Listed(Vec<String>),
}

/// What the config says about one feature. What is `None` is inferred from the data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureSettings {
    /// Name of the column.
    pub name: String,
    /// Type of the values.
    pub kind: Option<KindName>,
    /// Name in the API.
    pub identifier: Option<String>,
    /// What the value means.
    pub description: Option<String>,
    /// Unit of measure.
    pub unit: Option<String>,
    /// What happens when the value is absent.
    pub missing: Option<MissingPolicy>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) allowed: Option<Vec<Scalar>>,
    pub(super) values: Option<CategoryValues>,
}

/// What happens when a value is absent.
#[derive(Debug, Clone, PartialEq)]
pub enum MissingPolicy {
    /// A request is refused, a training row is a bad cell.
    Refuse,
    /// The forest learns where such rows go.
    Allow,
    /// This value takes its place.
    Value(Scalar),
    /// A statistic of the training rows takes its place.
    Computed(DefaultFrom),
}

/// The constraints of a feature, in the terms of its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Constraints {
    /// Of a number.
    Number {
        /// Smallest allowed value.
        minimum: Option<f64>,
        /// Largest allowed value.
        maximum: Option<f64>,
    },
    /// Of an integer.
    Integer {
        /// Smallest allowed value.
        minimum: Option<i64>,
        /// Largest allowed value.
        maximum: Option<i64>,
        /// The only allowed values, ascending; any within the bounds when empty.
        allowed: Vec<i64>,
    },
    /// Of a category.
    Category(CategoryConstraints),
    /// Of a boolean: none.
    Boolean,
}

/// The constraints of a category. It is closed when `allowed` is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CategoryConstraints {
    /// None; whether the values are texts or integers is inferred too.
    Inferred,
    /// The values are texts.
    Text {
        /// The only allowed values, sorted; any when empty.
        allowed: Vec<String>,
    },
    /// The values are whole numbers.
    Integer {
        /// Smallest allowed value, seen in training or not.
        minimum: Option<i64>,
        /// Largest allowed value, seen in training or not.
        maximum: Option<i64>,
        /// The only allowed values, ascending; any within the bounds when empty.
        allowed: Vec<i64>,
    },
}

/// A limit that does not fit the kind of its feature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key} of feature {feature:?}: {reason}")]
pub struct LimitError {
    /// Name of the feature.
    pub feature: String,
    /// The key in question.
    pub key: &'static str,
    /// What does not fit.
    pub reason: String,
}

impl Features {
    /// What the config says about the feature of this name.
    pub fn settings(&self, name: &str) -> Option<&FeatureSettings> {
        self.settings.iter().find(|settings| settings.name == name)
    }
}

impl FeatureSettings {
    /// The constraints in the terms of a kind: the one of the config, or else the inferred one.
    ///
    /// # Errors
    /// When a limit does not fit the kind, for example bounds of a text. A config that states the kind has been
    /// checked for that, so the error can only follow an inferred kind.
    pub fn constraints(&self, kind: KindName) -> Result<Constraints, LimitError> {
        match kind {
            KindName::Number => {
                self.none("allowed", self.allowed.is_some(), "needs kind integer or category")?;
                self.none("values", self.values.is_some(), "needs kind category")?;
                Ok(Constraints::Number { minimum: self.minimum, maximum: self.maximum })
            }
            KindName::Integer => {
                self.none("values", self.values.is_some(), "needs kind category")?;
                Ok(Constraints::Integer {
                    minimum: self.whole("minimum", self.minimum)?,
                    maximum: self.whole("maximum", self.maximum)?,
                    allowed: self.integers()?,
                })
            }
            KindName::Category => self.category().map(Constraints::Category),
            KindName::Boolean => {
                self.none("minimum", self.minimum.is_some(), "a boolean has no bounds")?;
                self.none("maximum", self.maximum.is_some(), "a boolean has no bounds")?;
                self.none("allowed", self.allowed.is_some(), "a boolean is true or false")?;
                self.none("values", self.values.is_some(), "needs kind category")?;
                Ok(Constraints::Boolean)
            }
        }
    }

    fn category(&self) -> Result<CategoryConstraints, LimitError> {
        let bounded = self.minimum.is_some() || self.maximum.is_some();
        let integers = match (self.values, self.allowed.as_deref()) {
            (Some(values), _) => Some(values == CategoryValues::Integer),
            (None, Some(allowed)) => Some(allowed.iter().all(|value| matches!(value, Scalar::Integer(_)))),
            (None, None) if bounded => Some(true),
            (None, None) => None,
        };
        match integers {
            None => Ok(CategoryConstraints::Inferred),
            Some(true) => Ok(CategoryConstraints::Integer {
                minimum: self.whole("minimum", self.minimum)?,
                maximum: self.whole("maximum", self.maximum)?,
                allowed: self.integers()?,
            }),
            Some(false) => {
                self.none("minimum", self.minimum.is_some(), "a category of texts has no bounds")?;
                self.none("maximum", self.maximum.is_some(), "a category of texts has no bounds")?;
                Ok(CategoryConstraints::Text { allowed: self.texts()? })
            }
        }
    }

    fn none(&self, key: &'static str, given: bool, reason: &str) -> Result<(), LimitError> {
        if given { Err(self.error(key, reason.into())) } else { Ok(()) }
    }

    fn error(&self, key: &'static str, reason: String) -> LimitError {
        LimitError { feature: self.name.clone(), key, reason }
    }

    fn whole(&self, key: &'static str, bound: Option<f64>) -> Result<Option<i64>, LimitError> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match bound {
            Some(value) if value.fract() != 0.0 || value.abs() > EXACT => {
                Err(self.error(key, format!("expected a whole number, found {value}")))
            }
            other => Ok(other.map(|value| value as i64)),
        }
    }

    fn integers(&self) -> Result<Vec<i64>, LimitError> {
        let mut values = Vec::new();
        for value in self.allowed.iter().flatten() {
            match value {
                Scalar::Integer(value) => values.push(*value),
                other => {
                    return Err(
                        self.error("allowed", format!("expected whole numbers, found {}", other.shown()))
                    );
                }
            }
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn texts(&self) -> Result<Vec<String>, LimitError> {
        let mut values = Vec::new();
        for value in self.allowed.iter().flatten() {
            match value {
                Scalar::Text(value) => values.push(value.clone()),
                other => {
                    return Err(self.error("allowed", format!("expected texts, found {}", other.shown())));
                }
            }
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }
}
