//! `trainer config-schema`: the JSON Schema of the config, for editors and for people.

use std::io::Write as _;

use crate::Error;
use crate::config::schema;

/// Prints the schema.
pub(crate) fn run() -> Result<(), Error> {
    let mut text = format!("{:#}", schema());
    text.push('\n');
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Error::Output)
}
