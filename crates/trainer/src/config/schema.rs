//! The JSON Schema of the config, generated from the structs of [`super::typed`].

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::Value;

use super::typed;

/// The JSON Schema (draft 2020-12) of a config file.
pub fn schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let mut schema =
            SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<typed::Config>();
        RecursiveTransform(join_lines).transform(&mut schema);
        schema.to_value()
    });
    &SCHEMA
}

/// Descriptions are doc comments; where a comment breaks its lines, the text does not.
fn join_lines(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}
