//! The schema of a model: which features it asks for, what each may be, and what it answers.
//!
//! Trainer, artifact, server and API document all read this one description.

use serde::{Deserialize, Serialize};

use crate::cell::CellFormat;

/// Everything that a caller must know to ask a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSchema {
    /// The features in the order of the encoded row.
    pub features: Vec<Feature>,
    /// What the model answers.
    pub target: Target,
    /// How the text of a CSV cell is read, in training and in serving alike.
    pub cells: CellFormat,
}

/// One input of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Column name as it stands in the training data, for example `Birth Rate`.
    pub name: String,
    /// Name in the API, for example `Birth_Rate`: letters, digits and `_`, unique in the schema.
    pub identifier: String,
    /// What the value means, for people.
    pub description: Option<String>,
    /// Unit of measure, for example `cm`.
    pub unit: Option<String>,
    /// Type and constraints.
    pub kind: FeatureKind,
    /// What happens when the value is absent.
    pub missing: Missing,
}

/// Type of a feature, with the constraints that a request must keep. Bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FeatureKind {
    /// A real number.
    Number {
        /// Smallest allowed value; no bound when absent.
        minimum: Option<f64>,
        /// Largest allowed value; no bound when absent.
        maximum: Option<f64>,
    },
    /// A whole number. `3.0` is one, `3.5` is not.
    Integer {
        /// Smallest allowed value; no bound when absent.
        minimum: Option<i64>,
        /// Largest allowed value; no bound when absent.
        maximum: Option<i64>,
        /// The only allowed values, ascending; any within the bounds when empty.
        allowed: Vec<i64>,
    },
    /// One of a set of levels without an order.
    Category(Category),
    /// True or false.
    Boolean,
}

/// Levels of a categorical feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The levels seen in training; the position of a level is its code in the encoded row.
    pub levels: Levels,
    /// Whether a level that is not listed is refused. When false, an unseen level is answered: the forest sends it
    /// the way of the larger child at every split on this feature.
    pub closed: bool,
}

/// The levels of a category, by the JSON type that a caller sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Levels {
    /// Text levels, sorted.
    Text(Vec<String>),
    /// Whole-number levels, ascending, such as the zone ids of a city.
    Integer {
        /// The levels.
        values: Vec<i64>,
        /// Smallest value that a caller may send, seen or unseen.
        minimum: Option<i64>,
        /// Largest value that a caller may send, seen or unseen.
        maximum: Option<i64>,
    },
}

impl Levels {
    /// Number of levels. Their codes are `0..len`, the code of an unseen level is `len`.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(levels) => levels.len(),
            Self::Integer { values, .. } => values.len(),
        }
    }

    /// Whether there is no level.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What happens when the value of a feature is absent: JSON null, a field left out, or a cell that holds a missing
/// marker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Missing {
    /// The request is refused.
    Refuse,
    /// The forest sends it in the direction that it learned for missing values.
    Allow,
    /// This value takes its place, in training and in serving.
    Default(DefaultValue),
}

/// A value that stands in for an absent one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DefaultValue {
    /// For a number.
    Number(f64),
    /// For an integer or an integer category.
    Integer(i64),
    /// For a text category.
    Text(String),
    /// For a boolean.
    Boolean(bool),
}

/// What the model answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Column name, or the name of the derived value.
    pub name: String,
    /// What the value means, for people.
    pub description: Option<String>,
    /// Unit of measure of a regression target, for example `minutes`.
    pub unit: Option<String>,
    /// The kind of answer.
    pub task: Task,
}

/// The learning task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// The answer is a real number.
    Regression,
    /// The answer is one of these classes; the position of a class is its index in every array of probabilities.
    Classification(Vec<ClassLabel>),
}

impl Task {
    /// Width of the model's raw output: 1 for regression, the number of classes for classification.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Regression => 1,
            Self::Classification(classes) => classes.len(),
        }
    }

    /// `regression` or `classification`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Classification(_) => "classification",
        }
    }
}

/// One class: the value in the data and, where the config gives one, a name for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassLabel {
    /// Value in the training data.
    pub value: Label,
    /// Name, for example `virginica` for the class 2.
    pub name: Option<String>,
}

/// The value of a class as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A whole number; JSON integer.
    Integer(i64),
    /// Text; JSON string.
    Text(String),
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

impl std::fmt::Display for ClassLabel {
    /// The name where there is one, else the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => name.fmt(f),
            None => self.value.fmt(f),
        }
    }
}

/// The name of a column from its header cell: trimmed, and every run of white space inside, such as a line break in a
/// quoted cell, is one space. The trainer and the server match columns by these names.
///
/// ```
/// assert_eq!(model_core::schema::column_name(" Density\n(P/Km2)"), "Density (P/Km2)");
/// ```
pub fn column_name(header_cell: &str) -> String {
    header_cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Turns a column name into the identifier that the API asks for: every run of characters other than ASCII letters,
/// digits and `_` becomes one `_`, none at either end; a leading digit gets a `_` in front.
///
/// ```
/// assert_eq!(model_core::schema::identifier("Birth Rate"), "Birth_Rate");
/// assert_eq!(model_core::schema::identifier("Density\n(P/Km2)"), "Density_P_Km2");
/// assert_eq!(model_core::schema::identifier("2nd"), "_2nd");
/// ```
pub fn identifier(column: &str) -> String {
    let mut identifier = String::with_capacity(column.len());
    let mut gap = false;
    for c in column.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            if gap && !identifier.is_empty() {
                identifier.push('_');
            }
            gap = false;
            identifier.push(c);
        } else {
            gap = true;
        }
    }
    if identifier.is_empty() || identifier.starts_with(|c: char| c.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    identifier
}
