//! What is predicted, checked.

use std::collections::BTreeMap;

use super::typed::TaskName;

/// What is predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Where the value comes from.
    pub source: TargetSource,
    /// The task; inferred from the values when `None`.
    pub task: Option<TaskName>,
    /// Smallest target that is kept.
    pub minimum: Option<f64>,
    /// Largest target that is kept.
    pub maximum: Option<f64>,
    /// Names of classes by their value in the data, written as text.
    pub labels: BTreeMap<String, String>,
    /// Unit of measure.
    pub unit: Option<String>,
    /// What the target means.
    pub description: Option<String>,
}

/// Where the value of the target comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetSource {
    /// A column.
    Column(String),
    /// The minutes from one timestamp column to another.
    MinutesBetween {
        /// Name of the derived value.
        name: String,
        /// Column of the start.
        start: String,
        /// Column of the end.
        end: String,
    },
}

impl Target {
    /// Name of the target: its column, or the name of the derived value.
    pub fn name(&self) -> &str {
        match &self.source {
            TargetSource::Column(name) | TargetSource::MinutesBetween { name, .. } => name,
        }
    }

    /// The columns that the target is read from. They are never features.
    pub fn columns(&self) -> Vec<&str> {
        match &self.source {
            TargetSource::Column(column) => vec![column],
            TargetSource::MinutesBetween { start, end, .. } => vec![start, end],
        }
    }
}
