//! The query that answers all rows of a table.

use std::sync::Arc;

use anyhow::bail;
use canopy_datafusion::SqlModel;
use model_core::Model;
use model_core::schema::column_name;

/// `SELECT *, model(…) AS prediction FROM table`: the features are found among the columns by name, in either spelling and
/// in any order, as `trainer predict` finds them.
pub(crate) fn query(
    table: &str,
    columns: &[String],
    models: &[(String, Arc<SqlModel>)],
) -> anyhow::Result<String> {
    let [(function, model)] = models else {
        bail!("--score answers by one model; found {} with --model: write the query instead", models.len());
    };
    let encoder = model.model().encoder();
    let features = &encoder.schema().features;
    let mut arguments = vec![None; features.len()];
    for column in columns {
        if let Some(feature) = encoder.position(&column_name(column)) {
            arguments[feature].get_or_insert_with(|| quoted(column));
        }
    }
    let missing = arguments.iter().zip(features).filter(|(argument, _)| argument.is_none());
    let missing: Vec<_> = missing.map(|(_, feature)| feature.name.as_str()).collect();
    if !missing.is_empty() {
        bail!("the table {table} lacks {}; its columns are {}", missing.join(", "), columns.join(", "));
    }
    let answer = &model.model().header().serving.response_field;
    if columns.contains(answer) {
        bail!(
            "the table {table} has a column {answer:?} already: write the query instead, and name the answer with AS"
        );
    }
    let arguments: Vec<_> = arguments.into_iter().flatten().collect();
    let (table, answer) = (quoted(table), quoted(answer));
    Ok(format!("SELECT *, {function}({}) AS {answer} FROM {table}", arguments.join(", ")))
}

/// A name that is taken as it stands.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
