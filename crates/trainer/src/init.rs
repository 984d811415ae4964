//! `trainer init`: a config for a CSV file, with everything inferred.
//!
//! The dialect of the file is guessed from its beginning; with it the whole file is surveyed by the very
//! rules of training, and what they find is written down. The result is tried out before it is written: it trains as
//! it is.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use model_core::Encoder;
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::{InitArgs, Reporting};
use crate::config::{Config, ConfigErrors};
use crate::csv_table::TableError;
use crate::error::Error;
use crate::explore;
use crate::pipeline::TrainError;
use crate::progress::Progress;
use crate::roles::Source;
use crate::schema_inference::{Draft, InferenceError, survey};
use crate::standard_output::print;
use crate::typed_table::TypedTable;

pub(crate) mod layout;
mod marks;
mod sniff;
mod written;

pub(crate) use sniff::Dialect;

/// Why no config was written.
#[derive(Debug, Error)]
pub enum InitError {
    /// The output file is there already.
    #[error("{} is there already; name another file, or overwrite it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The output file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The path of the data is no Unicode, and JSON can say nothing else.
    #[error("the path {} is not Unicode text, which a config cannot name", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The data cannot be trained on.
    #[error(transparent)]
    Data(#[from] TrainError),
    /// The config that was written down is not sound: the data holds something that a config cannot say.
    #[error("no config can describe this file:\n{0}")]
    Config(#[from] ConfigErrors),
}

impl From<TableError> for InitError {
    fn from(error: TableError) -> Self {
        Self::Data(error.into())
    }
}

impl From<InferenceError> for InitError {
    fn from(error: InferenceError) -> Self {
        Self::Data(error.into())
    }
}

/// Runs the subcommand.
pub(crate) fn run(args: &InitArgs, reporting: Reporting) -> Result<(), Error> {
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        return Err(InitError::Exists { path: path.into() }.into());
    }
    let Initial { text, notes } = initial_config(args, &Progress::new(reporting))?;
    match &args.output {
        None => print(&text)?,
        Some(path) => write(path, &text, args.force).map_err(Error::Init)?,
    }
    if !reporting.quiet {
        notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    Ok(())
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), InitError> {
    let mut options = OpenOptions::new();
    options.write(true).create(force).truncate(force).create_new(!force);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => InitError::Exists { path: path.into() },
        _ => InitError::Write { path: path.into(), source },
    })
}

/// A config that was made from data.
struct Initial {
    /// The config, as JSON.
    text: String,
    /// What the user should know.
    notes: Vec<String>,
}

fn initial_config(args: &InitArgs, progress: &Progress) -> Result<Initial, InitError> {
    let path = args.data.to_str().ok_or_else(|| InitError::Path { path: args.data.clone() })?;
    let dialect = Dialect::sniff(&args.data, &args.target, args.columns.as_deref())?;
    let target = dialect.target(&args.target);
    let name = model_name(&args.data);
    let mut data = dialect.data(path);
    let bare = json!({"name": name, "data": data, "target": {"column": target}});
    let config = Config::parse(&bare.to_string(), &[], path, &name)?;
    let source = Source::open(&config)?;
    let bar = progress.bytes("reading", source.table.bytes() * 2);
    let survey = survey(&config, &source, &|byte| bar.set(byte))?;
    let draft = Draft::new(&config, &source, &survey)?;

    let mut notes = dialect.notes();
    notes.extend(draft.left_out.iter().map(|left| format!("left out {:?}: {}", left.column, left.reason)));
    notes.extend(draft.warnings.iter().cloned());
    let mut whole = written::config(&name, &data, &draft, survey.rows);
    if args.explore {
        let advice = explore::advice(&config, &source, *progress)?;
        notes.extend(advice.iter().map(|(_, reason)| reason.clone()));
        written::leave_out(&mut whole, advice.iter().map(|(column, _)| column.as_str()));
    }
    if let Some(problem) = bad_cells(&whole, path, &name, &|byte| bar.set(source.table.bytes() + byte))? {
        data["bad_cells"] = json!("drop");
        whole["data"] = data;
        notes.push(format!("rows with bad cells will be dropped; {problem}"));
        bad_cells(&whole, path, &name, &|_| ())?;
    }
    bar.finish();
    Ok(Initial { text: layout::lines(&whole), notes })
}

/// Reads the whole file by the config, as training does. Gives what is wrong with the cells that do not fit.
fn bad_cells(
    config: &Value,
    path: &str,
    name: &str,
    progress: &dyn Fn(u64),
) -> Result<Option<String>, InitError> {
    let config = Config::parse(&config.to_string(), &[], path, name)?;
    let source = Source::open(&config)?;
    let survey = survey(&config, &source, &|_| ())?;
    let draft = Draft::new(&config, &source, &survey)?;
    let encoder = Encoder::new(draft.schema).map_err(TrainError::from)?;
    match TypedTable::of_survey(&config, &source, &encoder, &draft.positions, survey, progress) {
        Ok(_) => Ok(None),
        Err(InferenceError::Table(error @ TableError::BadRows { .. })) => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// A name for the model, from the name of the file.
pub(crate) fn model_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = stem.chars().map(plain).collect();
    let name = name.trim_matches(['_', '-']);
    if name.is_empty() { "model".into() } else { name.into() }
}
