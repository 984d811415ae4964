//! A row that is answered, to show to people.

use model_core::schema::{Category, FeatureKind, Levels};
use model_core::{Encoder, Model, RawValue};
use serde_json::Value;

/// A row that the model answers: the first complete training row that was kept, else one made up within the rules.
pub(super) fn example_row(model: &dyn Model) -> Vec<Value> {
    let accepted = example_rows(model);
    let complete = accepted.iter().find(|row| !row.contains(&Value::Null));
    complete
        .or(accepted.first())
        .cloned()
        .unwrap_or_else(|| model.schema().features.iter().map(|feature| made_up(&feature.kind)).collect())
}

/// The training rows that were kept and are answered, in their order.
pub(super) fn example_rows(model: &dyn Model) -> Vec<Vec<Value>> {
    let encoder = model.encoder();
    let kept = model.profile().examples.iter().filter(|row| row.len() == encoder.width());
    let decoded = kept.map(|row| {
        let values = row.iter().enumerate();
        values
            .map(|(position, value)| encoder.decode(position, value.unwrap_or(f32::NAN)))
            .collect::<Vec<_>>()
    });
    decoded.filter(|row| accepts(encoder, row)).collect()
}

fn accepts(encoder: &Encoder, row: &[Value]) -> bool {
    row.iter().enumerate().all(|(position, value)| encoder.value(position, RawValue::from(value)).is_ok())
}

fn made_up(kind: &FeatureKind) -> Value {
    match kind {
        FeatureKind::Number { minimum, maximum } => minimum.or(*maximum).unwrap_or(0.0).into(),
        FeatureKind::Integer { minimum, maximum, allowed } => {
            allowed.first().copied().or(*minimum).or(*maximum).unwrap_or(0).into()
        }
        FeatureKind::Boolean => true.into(),
        FeatureKind::Category(Category { levels: Levels::Text(levels), .. }) => {
            levels.first().map_or("", String::as_str).into()
        }
        FeatureKind::Category(Category { levels: Levels::Integer { values, minimum, maximum }, .. }) => {
            values.first().copied().or(*minimum).or(*maximum).unwrap_or(0).into()
        }
    }
}
