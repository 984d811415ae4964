//! Which column of the input holds which feature.

use std::path::Path;

use forest::ForestModel;
use model_core::schema::column_name;
use model_core::{Encoder, Model};

use super::PredictError;
use crate::config::Config;
use crate::csv_table::{CsvTable, HeaderRow, Layout, Problem, Record};
use crate::roles::layout;

/// Position of each feature in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputColumns(Vec<usize>);

impl InputColumns {
    /// Opens the file and finds the features in it.
    ///
    /// A first line that names all features, in either spelling and in any order, is a header; so is the line where
    /// the training data has its header. A file without a header holds the features in order, or else the columns of
    /// the training data.
    pub(super) fn find(path: &Path, model: &ForestModel) -> Result<(CsvTable, Self), PredictError> {
        let trained =
            Config::of_artifact(model.header()).ok().map(|config| layout(&config.data)).unwrap_or_default();
        let mut skips = vec![0, trained.skip_lines];
        skips.dedup();
        let mut reason = String::new();
        for skip_lines in skips {
            let first_row = Layout { header: HeaderRow::First, skip_lines, ..trained.clone() };
            if let Ok(table) = CsvTable::open(path, &first_row) {
                match by_name(model.encoder(), table.columns().names()) {
                    Ok(columns) => return Ok((table, Self(columns))),
                    Err(missing) if reason.is_empty() => reason = missing,
                    Err(_) => {}
                }
            }
        }
        let unnamed = Layout { header: HeaderRow::Unnamed, skip_lines: 0, ..trained.clone() };
        let table = CsvTable::open(path, &unnamed)?;
        let width = model.encoder().width();
        if reason.is_empty() && table.columns().len() == width {
            return Ok((table, Self((0..width).collect())));
        }
        if let HeaderRow::Absent(names) = &trained.header
            && let Ok(columns) = by_name(model.encoder(), names)
            && let Ok(table) = CsvTable::open(path, &trained)
        {
            return Ok((table, Self(columns)));
        }
        if reason.is_empty() {
            reason = format!(
                "expected a header that names the features, or {width} columns without a header; found {} columns",
                table.columns().len()
            );
        }
        Err(PredictError::Columns { path: path.into(), reason })
    }

    /// The feature that stands at a position, if one does.
    pub(super) fn feature_at(&self, position: usize) -> Option<usize> {
        self.0.iter().position(|&column| column == position)
    }

    /// Encodes one record into `row`, or says all that is wrong with it.
    pub(super) fn encode(
        &self,
        encoder: &Encoder,
        table: &CsvTable,
        record: Record<'_>,
        row: &mut [f32],
    ) -> Result<(), Vec<Problem>> {
        if record.len() != table.columns().len() {
            let expected = format!("{} cells", table.columns().len());
            return Err(vec![Problem {
                place: record.place(),
                column: None,
                expected,
                found: record.len().to_string(),
            }]);
        }
        let mut problems = Vec::new();
        for (feature, (&position, value)) in self.0.iter().zip(row).enumerate() {
            let (text, length) = record.text_from(position);
            if let Some(encoded) = encoder.short_cell(feature, text, length) {
                *value = encoded;
                continue;
            }
            match encoder.cell(feature, &record.text(position)) {
                Ok(encoded) => *value = encoded,
                Err(error) => problems.push(Problem {
                    place: record.place(),
                    column: Some(encoder.schema().features[feature].name.clone()),
                    expected: error.expected,
                    found: error.got,
                }),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// The positions of all features among these names. The error is empty when the names are none of a header: no
/// feature is among them.
pub(super) fn by_name(encoder: &Encoder, names: &[String]) -> Result<Vec<usize>, String> {
    let mut positions = vec![None; encoder.width()];
    for (position, name) in names.iter().enumerate() {
        if let Some(feature) = encoder.position(&column_name(name)) {
            positions[feature].get_or_insert(position);
        }
    }
    let missing: Vec<&str> = positions
        .iter()
        .zip(&encoder.schema().features)
        .filter(|(position, _)| position.is_none())
        .map(|(_, feature)| feature.name.as_str())
        .collect();
    if missing.len() == positions.len() {
        return Err(String::new());
    }
    if missing.is_empty() {
        return Ok(positions.into_iter().flatten().collect());
    }
    Err(format!("the header lacks {}; it names {}", missing.join(", "), names.join(", ")))
}
