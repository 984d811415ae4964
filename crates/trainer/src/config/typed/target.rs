//! What is predicted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// What is predicted: a column, or a value derived from two columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Name of the column that is predicted. Rows without a value there are left out and counted.
    pub column: Option<String>,
    /// Name of a derived target, with `minutes_between`.
    pub name: Option<String>,
    /// Two timestamp columns, `[start, end]`: the target is the time between them, in minutes.
    #[schemars(extend("minItems" = 2, "maxItems" = 2))]
    pub minutes_between: Option<Vec<String>>,
    /// Whether a number or a class is predicted. Default: a class when the column holds text, truth values or
    /// at most 20 different whole numbers, else a number.
    pub task: Option<TaskName>,
    /// Smallest target that is kept; rows below are left out of training and test, and counted.
    #[schemars(extend("x-also-called" = ["min", "at_least", "lower"]))]
    pub minimum: Option<f64>,
    /// Largest target that is kept; rows above are left out of training and test, and counted.
    #[schemars(extend("x-also-called" = ["max", "at_most", "upper"]))]
    pub maximum: Option<f64>,
    /// Names of classes for people, by the value in the data: `{"0": "setosa"}`.
    pub labels: BTreeMap<String, String>,
    /// Unit of measure of the target, for example `minutes`.
    pub unit: Option<String>,
    /// What the target means, for people.
    pub description: Option<String>,
}

/// The name of the column that is predicted, or an object.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ColumnOrTarget {
    /// The name of a column.
    Column(#[schemars(length(min = 1))] String),
    /// What is predicted, with settings.
    Target(Target),
}

/// Reads the short form of a target as the long one.
pub(super) fn column_or_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
    Ok(match ColumnOrTarget::deserialize(deserializer)? {
        ColumnOrTarget::Column(column) => Target { column: Some(column), ..Target::default() },
        ColumnOrTarget::Target(target) => target,
    })
}

/// The learning task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskName {
    /// A number is predicted.
    Regression,
    /// A class is predicted, with the probability of each class.
    Classification,
}
