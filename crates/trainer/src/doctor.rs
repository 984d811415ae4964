//! `trainer doctor`: whether config, data, folder, artifact and port are as training and serving need them, and what to do
//! where they are not.

use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use forest::ForestModel;
use model_core::Model;
use serde_json::json;

use crate::args::{DoctorArgs, Reporting};
use crate::config::Config;
use crate::error::Error;
use crate::pipeline::TrainError;
use crate::predict::Destination;
use crate::roles::Source;
use crate::schema_inference::{Draft, survey};
use crate::standard_output::print;

/// What was looked at and how it is.
struct Check {
    what: String,
    /// What is well, or what is wrong and what to do.
    finding: Result<String, String>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &DoctorArgs, reporting: Reporting) -> Result<(), Error> {
    let mut checks = vec![Check { what: "machine".into(), finding: Ok(machine()) }];
    for path in &args.conf {
        config(path, &args.set, &mut checks);
    }
    checks.extend(args.model.iter().map(|path| artifact(path)));
    checks.push(address(&args.bind));
    let troubles = checks.iter().filter(|check| check.finding.is_err()).count();
    if reporting.json {
        let checks = checks.iter().map(|check| match &check.finding {
            Ok(told) => json!({"check": check.what, "ok": true, "told": told}),
            Err(told) => json!({"check": check.what, "ok": false, "told": told}),
        });
        let document = json!({"checks": checks.collect::<Vec<_>>(), "troubles": troubles});
        print(&format!("{document:#}\n"))?;
    } else {
        for Check { what, finding } in &checks {
            match finding {
                Ok(_) if reporting.quiet => {}
                Ok(told) => print(&format!("ok       {what}: {told}\n"))?,
                Err(told) => print(&format!("trouble  {what}: {told}\n"))?,
            }
        }
    }
    if troubles == 0 { Ok(()) } else { Err(Error::Unwell { troubles }) }
}

fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{threads} threads; trainer {}", env!("CARGO_PKG_VERSION"))
}

/// The config, its data, and the folder of its artifacts.
fn config(path: &Path, overrides: &[String], checks: &mut Vec<Check>) {
    let name = path.display();
    let config = match Config::read(path, overrides) {
        Ok(config) => config,
        Err(errors) => {
            let lines: Vec<String> = errors.lines().map(|line| line.to_string()).collect();
            checks.push(Check { what: format!("config {name}"), finding: Err(lines.join("\n         ")) });
            return;
        }
    };
    checks.push(Check { what: format!("config {name}"), finding: Ok(format!("the model {}", config.name)) });
    let found = data(&config).map_err(|error| in_words(&error));
    checks.push(Check { what: format!("data {}", config.data.path.display()), finding: found });
    let folder = &config.output_dir;
    checks.push(Check { what: format!("folder {}", folder.display()), finding: writable(folder) });
}

/// Reads the data as training does.
fn data(config: &Config) -> Result<String, TrainError> {
    let source = Source::open(config)?;
    let survey = survey(config, &source, &|_| ())?;
    let draft = Draft::new(config, &source, &survey)?;
    let warnings: String = draft.warnings.iter().map(|warning| format!("; {warning}")).collect();
    Ok(format!(
        "{} rows of {} records, {} features, {} of {}{warnings}",
        survey.rows,
        survey.records,
        draft.schema.features.len(),
        draft.schema.target.task.name(),
        draft.schema.target.name,
    ))
}

/// An error with its causes.
fn in_words(error: &TrainError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Whether files can be written to the folder; it is made when it is not there, as by training.
fn writable(folder: &Path) -> Result<String, String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("it cannot be made ({error}): set output.dir to another folder"))?;
    let trial = folder.join(".doctor");
    let written = Destination::open(Some(&trial)).and_then(|mut file| {
        file.write(b"written")?;
        file.finish()
    });
    let removed = fs::remove_file(&trial);
    match (written, removed) {
        (Ok(()), Ok(())) => Ok("can be written to".into()),
        (Err(error), _) => {
            Err(format!("{error}: give this user the right to write there, or set output.dir"))
        }
        (_, Err(error)) => Err(format!("files can be written, but not removed ({error})")),
    }
}

/// Reads and verifies an artifact, and asks it for rows of its own training data.
fn artifact(path: &Path) -> Check {
    let finding = ForestModel::read(path)
        .map_err(|error| format!("{error}; train again, or take it from a backup"))
        .map(|model| {
            let header = model.header();
            let answers = model.profile().examples.len();
            format!(
                "{} version {} of {}, {} trees, checksum right, {answers} example rows",
                header.name,
                header.version,
                header.created,
                model.forest().tree_count()
            )
        });
    Check { what: format!("artifact {}", path.display()), finding }
}

/// Whether the server could listen there.
fn address(bind: &str) -> Check {
    let finding = match TcpListener::bind(bind) {
        Ok(_) => Ok("free for the server".into()),
        Err(error) => Err(match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port by --bind or PORT".into()
            }
            ErrorKind::PermissionDenied => {
                "this user may not listen there: ports below 1024 belong to root, choose one above by --bind or PORT".into()
            }
            ErrorKind::AddrNotAvailable => {
                "this machine has no such address: 0.0.0.0 stands for all that it has".into()
            }
            _ => format!("{error}: an address is a host and a port, such as 127.0.0.1:8000"),
        }),
    };
    Check { what: format!("address {bind}"), finding }
}
