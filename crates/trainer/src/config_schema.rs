//! `trainer config-schema`: what a config may say, for editors and for people.

use std::io::Write as _;

use crate::Error;
use crate::args::ConfigSchemaArgs;
use crate::config::{reference, schema};

/// Prints the schema or the reference.
pub(crate) fn run(args: &ConfigSchemaArgs) -> Result<(), Error> {
    let text = if args.markdown { reference() } else { format!("{:#}\n", schema()) };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Error::Output)
}
