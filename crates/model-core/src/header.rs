//! The header of an artifact: all that it says of itself, readable without the forest.
//!
//! It is stored as JSON, so that any tool can read it. What decides about a prediction is not here but in the payload,
//! save for the form of the answer ([`Serving`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::schema::{ClassLabel, Label, Task};
use crate::{Baseline, FeatureSchema};

/// Identity, provenance and quality of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the model: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// Version of the model under its name: 1, 2, 3, …
    pub version: u64,
    /// Title for people, shown at the top of the API document.
    pub title: String,
    /// Description for people; may be empty.
    pub description: String,
    /// The service that the model is served as.
    pub app: App,
    /// When training finished, RFC 3339 in UTC with seconds.
    pub created: String,
    /// Schema of features and target, equal to the payload's.
    pub schema: FeatureSchema,
    /// The config that the model was trained with, with everything inferred filled in.
    pub config: serde_json::Value,
    /// The training data.
    pub data: DataSummary,
    /// Quality of the model.
    pub evaluation: Evaluation,
    /// Importance of each feature, in schema order.
    pub importances: Vec<Importance>,
    /// Form of the answers.
    pub serving: Serving,
    /// Payload checksum of the artifact that this one continues, in hexadecimal.
    pub parent: Option<String>,
    /// Versions of the libraries that decide about the content, for example `forest-learner`.
    pub libraries: BTreeMap<String, String>,
    /// Host on which the model was trained.
    pub host: String,
    /// What later rows are compared with, beyond the profile; absent of what was imported or trained by an older Canopy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

impl Header {
    /// The answer for each class, in class order: its value, or its name where the model answers names and the class has
    /// one. Empty for a regression.
    pub fn class_answers(&self) -> Vec<Label> {
        let Task::Classification(classes) = &self.schema.target.task else { return Vec::new() };
        let by_name = self.serving.class_answer == ClassAnswer::Name;
        let answer = |class: &ClassLabel| match &class.name {
            Some(name) if by_name => Label::Text(name.clone()),
            _ => class.value.clone(),
        };
        classes.iter().map(answer).collect()
    }

    /// Each class as the key of an object, in class order: as it is answered, or its value where two are answered alike.
    pub fn class_names(&self) -> Vec<String> {
        let names: Vec<_> = self.class_answers().iter().map(Label::to_string).collect();
        let differ: BTreeSet<_> = names.iter().collect();
        match &self.schema.target.task {
            Task::Classification(classes) if differ.len() < names.len() => {
                classes.iter().map(|class| class.value.to_string()).collect()
            }
            _ => names,
        }
    }
}

/// Metadata of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Title of the service, for example `TripDurationPredictionApp`.
    pub title: String,
    /// What the service does; may be empty.
    pub description: String,
    /// Version of the service's API.
    pub version: String,
}

/// Where the rows came from and where they went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// Path as the config gives it.
    pub path: String,
    /// BLAKE3 of the file's bytes, in hexadecimal.
    pub fingerprint: String,
    /// Records in the file.
    pub rows_read: u64,
    /// Rows left out, by reason.
    pub rows_dropped: BTreeMap<String, u64>,
    /// Rows the model was trained on.
    pub rows_train: u64,
    /// Rows held out.
    pub rows_test: u64,
}

/// Quality of a model, measured in up to three ways.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// On the held-out rows.
    pub test: Option<Scorecard>,
    /// By k-fold cross-validation: mean and standard deviation over the folds.
    pub cross_validation: Option<CrossValidation>,
    /// On the out-of-bag rows of each tree.
    pub out_of_bag: Option<Scorecard>,
}

/// Metrics over one set of rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Number of rows.
    pub rows: u64,
    /// Value of each metric by its name, for example `mae`. A metric that cannot be computed on these rows (ROC AUC
    /// with one class) is absent.
    pub metrics: BTreeMap<String, f64>,
    /// For classification: one entry for each class, in class order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_class: Vec<ClassMetrics>,
    /// For classification: rows by true class, then by predicted class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<u64>>,
}

/// Metrics of one class against the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// The class as people read it.
    pub class: String,
    /// Share of the rows predicted as this class that are of it.
    pub precision: f64,
    /// Share of the rows of this class that are predicted as it.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Rows of this class.
    pub support: u64,
}

/// Result of k-fold cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// Number of folds.
    pub folds: u32,
    /// Mean over the folds, by metric.
    pub mean: BTreeMap<String, f64>,
    /// Sample standard deviation over the folds, by metric.
    pub standard_deviation: BTreeMap<String, f64>,
}

/// Importance of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// Column name.
    pub feature: String,
    /// Share of the total impurity decrease; the shares add up to 1.
    pub impurity: f64,
    /// Mean drop of the score when the feature is permuted: on the held-out rows, or where none were held out on the
    /// out-of-bag rows. Absent without either.
    pub permutation: Option<f64>,
    /// Sample standard deviation of that drop over the permutations; absent of one permutation, and of artifacts of an older
    /// Canopy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permutation_deviation: Option<f64>,
}

/// Form of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// Field that holds the answer to an object, for example `prediction`.
    pub response_field: String,
    /// Template of the label in the answers of `/v1/services/predict`; `{index}` stands for the position of the row.
    pub label_template: String,
    /// How a class is answered.
    pub class_answer: ClassAnswer,
    /// Whether a value outside the range seen in training is refused instead of answered with a warning.
    pub strict: bool,
}

/// How a class is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassAnswer {
    /// The value in the training data, for example `2`.
    Value,
    /// The name that the config gives, for example `virginica`; the value where there is none.
    Name,
}

#[cfg(test)]
mod tests {
    use crate::header::ClassAnswer;
    use crate::sample;
    use crate::schema::{ClassLabel, Label, Task};

    #[test]
    fn classes_are_answered_by_name_or_by_value_and_their_keys_differ() {
        let mut header = sample::header();
        assert_eq!(header.class_answers(), [Label::Text("Adelie".into()), Label::Integer(1)]);
        assert_eq!(header.class_names(), ["Adelie", "1"]);
        header.serving.class_answer = ClassAnswer::Value;
        assert_eq!(header.class_answers(), [Label::Integer(0), Label::Integer(1)]);
        header.serving.class_answer = ClassAnswer::Name;
        let alike = |value| ClassLabel { value: Label::Integer(value), name: Some("Adelie".into()) };
        header.schema.target.task = Task::Classification(vec![alike(0), alike(1)]);
        assert_eq!(header.class_names(), ["0", "1"]);
        header.schema.target.task = Task::Regression;
        assert!(header.class_answers().is_empty() && header.class_names().is_empty());
    }
}
