//! Answers as a CSV table with one line a row, its columns named as `trainer predict` names them.

use csv::Writer;
use serde_json::Value;

use super::{Answer, Asked, One};
use crate::state::Served;

/// The answers as a table with a line of names.
///
/// # Errors
/// When the table cannot be written, which memory never refuses.
pub(crate) fn table(answer: &Answer<'_>) -> Result<Vec<u8>, csv::Error> {
    let answers = answer.answers();
    let mut table = Writer::from_writer(Vec::new());
    table.write_record(columns(answer.served(), answers.asked()))?;
    for row in 0..answer.len() {
        match answer.of_row(row) {
            One::Number(number) => table.write_field(number.to_string())?,
            One::Class(Value::String(name)) => table.write_field(name)?,
            One::Class(class) => table.write_field(class.to_string())?,
        }
        let interval = answers.interval(row).into_iter();
        let explanation = answers.explanation(row).into_iter();
        let numbers = answers
            .probabilities(row)
            .unwrap_or_default()
            .iter()
            .copied()
            .chain(interval.flat_map(|(_, interval)| [interval.lower, interval.upper]))
            .chain(explanation.flat_map(|explanation| {
                std::iter::once(explanation.base).chain(explanation.contributions.iter().copied())
            }));
        for number in numbers {
            table.write_field(number.to_string())?;
        }
        // Ends the line.
        table.write_record(None::<&[u8]>)?;
    }
    table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// Names of the columns.
fn columns(served: &Served, asked: &Asked) -> Vec<String> {
    let model = served.model();
    let mut columns = vec![model.header().serving.response_field.clone()];
    if asked.probabilities {
        columns.extend(served.class_names().iter().map(|name| format!("probability_{name}")));
    }
    if asked.interval.is_some() {
        columns.extend(["lower".into(), "upper".into()]);
    }
    if asked.contributions {
        columns.push("base_value".into());
        let features = &model.schema().features;
        columns.extend(features.iter().map(|feature| format!("contribution_{}", feature.name)));
    }
    columns
}
