//! `trainer config-schema`: what a config may say, for editors and for people.

use crate::Error;
use crate::args::ConfigSchemaArgs;
use crate::config::{reference, schema};
use crate::standard_output::print;

/// Prints the schema or the reference.
pub(crate) fn run(args: &ConfigSchemaArgs) -> Result<(), Error> {
    let text = if args.markdown { reference() } else { format!("{:#}\n", schema()) };
    print(&text)
}
