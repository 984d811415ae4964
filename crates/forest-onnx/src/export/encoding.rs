//! From what a caller sends to the matrix of encoded values: [`model_core::Encoder`] as a graph.
//!
//! A graph cannot refuse a value. What the encoder would refuse is answered: a level that is not known as the unseen
//! one, a missing value in the direction that the forest has for it.

use model_core::schema::{FeatureKind, Levels, Missing};
use model_core::{Encoder, RawValue};

use super::answer::OUTPUTS;
use super::graph::{GraphWriter, float, floats, int, scalar, texts};
use super::{ExportError, Inputs};
use crate::proto::element;

/// Whole numbers up to this one are exact in an `f32`.
const LARGEST_EXACT: u64 = 1 << 24;

/// Declares the inputs and gives the name of the matrix, `f32` of shape `[rows, features]`.
pub(super) fn matrix(
    graph: &mut GraphWriter,
    encoder: &Encoder,
    inputs: Inputs,
) -> Result<String, ExportError> {
    let width = encoder.width();
    match inputs {
        Inputs::Matrix => {
            graph.input("features", element::FLOAT, width);
            Ok("features".into())
        }
        Inputs::Columns => {
            let columns =
                (0..width).map(|position| column(graph, encoder, position)).collect::<Result<Vec<_>, _>>()?;
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            Ok(graph.node("Concat", &columns, "/matrix", vec![int("axis", 1)]))
        }
    }
}

/// The encoded values of one feature, of shape `[rows, 1]`.
fn column(graph: &mut GraphWriter, encoder: &Encoder, position: usize) -> Result<String, ExportError> {
    let feature = &encoder.schema().features[position];
    let name = feature.identifier.as_str();
    if OUTPUTS.contains(&name) {
        return Err(ExportError::NameTaken { feature: name.into() });
    }
    let missing = match feature.missing {
        Missing::Default(_) => encoder.value(position, RawValue::Missing).ok(),
        Missing::Refuse | Missing::Allow => None,
    };
    let levels = match &feature.kind {
        FeatureKind::Category(category) => Some(&category.levels),
        FeatureKind::Number { .. } | FeatureKind::Integer { .. } | FeatureKind::Boolean => None,
    };
    Ok(match levels {
        None => {
            graph.input(name, element::FLOAT, 1);
            replace_missing(graph, name, name, missing)
        }
        Some(Levels::Integer { values, .. }) => {
            if let Some(&level) = values.iter().find(|level| level.unsigned_abs() > LARGEST_EXACT) {
                return Err(ExportError::LevelTooLarge { feature: feature.name.clone(), level });
            }
            graph.input(name, element::FLOAT, 1);
            let attributes = vec![
                float("default_float", values.len() as f32),
                floats("keys_floats", values.iter().map(|&value| value as f32).collect()),
                floats("values_floats", codes(values.len())),
            ];
            let code = if values.is_empty() {
                // No level is known, so every value is the unseen one.
                let zero = graph.constant(&format!("/{name}/zero"), scalar(0.0));
                graph.node("Mul", &[name, &zero], &format!("/{name}/code"), vec![])
            } else {
                graph.ml_node("LabelEncoder", &[name], &format!("/{name}/code"), attributes)
            };
            replace_missing(graph, name, &code, Some(missing.unwrap_or(f32::NAN)))
        }
        Some(Levels::Text(levels)) => {
            graph.input(name, element::STRING, 1);
            let mut keys: Vec<Vec<u8>> = levels.iter().map(|level| level.clone().into_bytes()).collect();
            let mut values = codes(levels.len());
            let markers = encoder.schema().cells.missing_markers.iter().map(String::as_str);
            for marker in std::iter::once("").chain(markers) {
                if !keys.iter().any(|key| key == marker.as_bytes()) {
                    keys.push(marker.into());
                    values.push(missing.unwrap_or(f32::NAN));
                }
            }
            let attributes = vec![
                float("default_float", levels.len() as f32),
                texts("keys_strings", keys),
                floats("values_floats", values),
            ];
            graph.ml_node("LabelEncoder", &[name], &format!("/{name}/code"), attributes)
        }
    })
}

/// `encoded`, but `replacement` where the input is NaN.
fn replace_missing(graph: &mut GraphWriter, input: &str, encoded: &str, replacement: Option<f32>) -> String {
    let Some(replacement) = replacement else { return encoded.into() };
    let replacement = graph.constant(&format!("/{input}/missing"), scalar(replacement));
    let is_missing = graph.node("IsNaN", &[input], &format!("/{input}/is_missing"), vec![]);
    graph.node("Where", &[&is_missing, &replacement, encoded], &format!("/{input}/filled"), vec![])
}

fn codes(levels: usize) -> Vec<f32> {
    (0..levels).map(|code| code as f32).collect()
}
