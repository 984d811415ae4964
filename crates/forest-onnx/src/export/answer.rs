//! From the mean of the trees to what a caller reads.

use model_core::schema::{FeatureSchema, Label, Task};

use super::graph::{GraphWriter, int};
use super::is_classification;
use crate::proto::{TensorProto, element};

/// Names that a feature's input cannot have.
pub(super) const OUTPUTS: [&str; 3] = ["variable", "label", "probabilities"];

/// Name of the output that the mean of the trees is.
pub(super) fn mean_name(schema: &FeatureSchema) -> &'static str {
    if is_classification(schema) { "probabilities" } else { "variable" }
}

/// Declares the outputs, and adds the label of a classification.
pub(super) fn outputs(graph: &mut GraphWriter, schema: &FeatureSchema, mean: &str) {
    let Task::Classification(classes) = &schema.target.task else {
        return graph.output(mean, element::FLOAT, Some(1));
    };
    let labels = label_table(classes.iter().map(|class| &class.value));
    let kind = labels.data_type.unwrap_or_default();
    let labels = graph.constant("/labels", labels);
    let axis = vec![int("axis", 1), int("keepdims", 0)];
    let winner = graph.node("ArgMax", &[mean], "/winner", axis);
    let label = graph.node("Gather", &[&labels, &winner], "label", vec![int("axis", 0)]);
    graph.output(&label, kind, None);
    graph.output(mean, element::FLOAT, Some(classes.len()));
}

/// The values of the classes in order: whole numbers, or texts when one of them is a text.
fn label_table<'a>(labels: impl ExactSizeIterator<Item = &'a Label> + Clone) -> TensorProto {
    let dims = vec![labels.len() as i64];
    let integer = |label: &Label| match label {
        Label::Integer(value) => Some(*value),
        Label::Text(_) => None,
    };
    match labels.clone().map(integer).collect::<Option<Vec<i64>>>() {
        Some(integers) => TensorProto {
            dims,
            data_type: Some(element::INT64),
            int64_data: integers,
            ..TensorProto::default()
        },
        None => TensorProto {
            dims,
            data_type: Some(element::STRING),
            string_data: labels.map(|label| label.to_string().into_bytes()).collect(),
            ..TensorProto::default()
        },
    }
}
