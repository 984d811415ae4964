//! The arguments of a call, checked when a query is planned.

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::plan_err;
use datafusion::error::Result;
use model_core::schema::{Category, FeatureKind, Levels};
use model_core::{Encoder, Feature};

/// Most features that an error about their number lists.
const LISTED: usize = 24;

/// Checks number and types of the arguments.
///
/// # Errors
/// When there are more or fewer than features, or one has a type that can never hold its feature.
pub(crate) fn check(function: &str, encoder: &Encoder, arguments: &[FieldRef]) -> Result<()> {
    let features = &encoder.schema().features;
    if arguments.len() != features.len() {
        return plan_err!(
            "{function} takes {} arguments, one for each feature in this order: {}; found {}. Arguments may be named, too: \
             {function}({} => …)",
            features.len(),
            listed(encoder),
            arguments.len(),
            features[0].identifier
        );
    }
    for (position, (feature, argument)) in features.iter().zip(arguments).enumerate() {
        let found = argument.data_type();
        if !holds(feature, found) {
            return plan_err!(
                "{function}: the feature {:?} (argument {}) takes {}; found {:?} of the type {found}. Write CAST({} AS {}) \
                 if its values are meant, or name the arguments if their order is another one: {function}({} => …)",
                feature.name,
                position + 1,
                encoder.expected(position),
                argument.name(),
                argument.name(),
                sql_type(&feature.kind),
                feature.identifier
            );
        }
    }
    Ok(())
}

/// Whether values of a type can be values of a feature.
fn holds(feature: &Feature, found: &DataType) -> bool {
    let found = match found {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    match found {
        // Text is read as the cell of a CSV file is.
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Boolean => matches!(feature.kind, FeatureKind::Boolean) || is_text(feature),
        found if found.is_integer() => true,
        found if found.is_floating() || found.is_decimal() => !matches!(feature.kind, FeatureKind::Boolean),
        _ => false,
    }
}

fn is_text(feature: &Feature) -> bool {
    matches!(feature.kind, FeatureKind::Category(Category { levels: Levels::Text(_), .. }))
}

fn sql_type(kind: &FeatureKind) -> &'static str {
    match kind {
        FeatureKind::Number { .. } => "DOUBLE",
        FeatureKind::Integer { .. } => "BIGINT",
        FeatureKind::Category(Category { levels: Levels::Integer { .. }, .. }) => "BIGINT",
        FeatureKind::Category(_) => "VARCHAR",
        FeatureKind::Boolean => "BOOLEAN",
    }
}

fn listed(encoder: &Encoder) -> String {
    let features = encoder.schema().features.iter().take(LISTED).map(|feature| feature.identifier.as_str());
    let mut listed = features.collect::<Vec<_>>().join(", ");
    if encoder.width() > LISTED {
        listed.push_str(", …");
    }
    listed
}
