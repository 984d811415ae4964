//! What the target is predicted from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scalar;

/// The columns that the target is predicted from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Features {
    /// All columns but the target and those that it is derived from.
    All(AllFeatures),
    /// These columns, in this order.
    Listed(Vec<FeatureEntry>),
    /// All columns but some, with settings for some.
    AllBut(AllButFeatures),
}

impl Default for Features {
    fn default() -> Self {
        Self::All(AllFeatures::All)
    }
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AllFeatures {
    /// All columns but the target and those that it is derived from.
    All,
}

/// All columns but some.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AllButFeatures {
    /// Columns that are no features.
    pub exclude: Vec<String>,
    /// Settings for some of the others.
    pub settings: Vec<Feature>,
}

/// A column name, or a feature with settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FeatureEntry {
    /// A column name; everything else is inferred.
    Name(String),
    /// A feature with settings.
    Settings(Feature),
}

/// A feature: what is not said is inferred from the data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Name of the column.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Type of the values. Default: `boolean` for true/false columns, `category` for text, else `number`.
    #[serde(default)]
    pub kind: Option<KindName>,
    /// Name in the API: letters, digits and `_`. Default: the column name with `_` for other characters.
    #[serde(default)]
    #[schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub identifier: Option<String>,
    /// What the value means, for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Unit of measure, for example `cm`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Smallest value that a row may have, in training and in requests.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["min", "at_least", "lower"]))]
    pub minimum: Option<f64>,
    /// Largest value that a row may have, in training and in requests.
    #[serde(default)]
    #[schemars(extend("x-also-called" = ["max", "at_most", "upper"]))]
    pub maximum: Option<f64>,
    /// The only values that a row may have. A category without it answers unseen values too.
    #[serde(default)]
    #[schemars(extend("minItems" = 1))]
    pub allowed: Option<Vec<Scalar>>,
    /// For a category: whether its values are texts or whole numbers (such as zone ids). Default: what the column holds.
    #[serde(default)]
    pub values: Option<CategoryValues>,
    /// What happens when the value is absent. Default: `allow` when the column has rows without a value, else `refuse`.
    #[serde(default)]
    pub missing: Option<Missing>,
}

/// The type of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    /// A real number.
    Number,
    /// A whole number.
    Integer,
    /// One of a set of values without an order.
    Category,
    /// True or false.
    Boolean,
}

/// What the values of a category are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CategoryValues {
    /// Texts; JSON strings in requests.
    Text,
    /// Whole numbers; JSON integers in requests.
    Integer,
}

/// What happens when a value is absent: an empty cell, a missing marker, JSON null, or a field left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Missing {
    /// Refused or allowed.
    Word(MissingWord),
    /// Another value takes its place.
    Default(DefaultPolicy),
}

/// Whether an absent value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingWord {
    /// A request without the value is refused, and a training row without it is a bad cell.
    Refuse,
    /// The forest learns where rows without the value go.
    Allow,
}

/// The value that takes the place of an absent one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultPolicy {
    /// A value, or `"median"`, `"mean"` or `"most_frequent"` of the training rows.
    pub default: Scalar,
}

/// A default that is computed from the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultFrom {
    /// The median of a number.
    Median,
    /// The mean of a number.
    Mean,
    /// The most frequent value; the smallest of several.
    MostFrequent,
}
