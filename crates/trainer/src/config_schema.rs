//! `trainer config-schema`: the JSON Schema of the config, for editors and for people.

use std::io::Write as _;

use schemars::schema_for;

use crate::Error;
use crate::config::typed;

/// Prints the schema.
pub(crate) fn run() -> Result<(), Error> {
    let mut text = format!("{:#}", schema_for!(typed::Config).to_value());
    text.push('\n');
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Error::Output)
}
