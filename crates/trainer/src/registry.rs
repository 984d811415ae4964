//! `trainer registry`: versions, aliases and the trail of the models in a folder or an MLflow server.

use std::path::Path;

use model_core::artifact;
use registry::{Author, Change, FolderRegistry, Registry, host_name};
use serde_json::{Value, json};

use crate::args::{RegistryArgs, RegistryCommand, Reporting};
use crate::error::Error;
use crate::standard_output::print;

mod diff;
mod list;
mod logging;
mod show;

pub(crate) use logging::NotRegistered;
pub(crate) use logging::{Registered, mlflow, register};

/// Runs the subcommand.
pub(crate) fn run(args: &RegistryArgs, reporting: Reporting) -> Result<(), Error> {
    let registry: Box<dyn Registry> = match &args.registry {
        None => Box::new(FolderRegistry::new(&args.folder)),
        Some(uri) => {
            let experiment = match &args.command {
                RegistryCommand::Push { experiment, .. } => experiment.clone(),
                _ => None,
            };
            Box::new(logging::mlflow(uri)?.with_experiment(experiment))
        }
    };
    let (text, document) = done(&*registry, &args.command)?;
    match (reporting.json, reporting.quiet) {
        (true, _) => print(&format!("{document:#}\n")),
        (false, true) => Ok(()),
        (false, false) => print(&text),
    }
}

/// What was done, for people and for programs.
fn done(registry: &dyn Registry, command: &RegistryCommand) -> Result<(String, Value), Error> {
    let changed = |model: &str, change: &Change| (format!("{model}: {}\n", told(change)), json!(change));
    Ok(match command {
        RegistryCommand::List => list::listed(&registry.list()?),
        RegistryCommand::Show { version } => {
            let model = registry.find(&version.model)?;
            let chosen = version.selector.choose(&model)?;
            show::shown(&model, chosen, &registry.history(Some(&model.name))?)
        }
        RegistryCommand::Diff { one, other } => {
            let (model, other_model) = (registry.find(&one.model)?, registry.find(&other.model)?);
            diff::compared(one.selector.choose(&model)?, other.selector.choose(&other_model)?)
        }
        RegistryCommand::Alias { model, alias, version, remove: _, reason } => {
            let author = author(reason.as_deref());
            changed(
                model,
                &match version {
                    Some(version) => registry.set_alias(model, alias, *version, &author)?,
                    None => registry.remove_alias(model, alias, &author)?,
                },
            )
        }
        RegistryCommand::Promote { version, alias, reason } => {
            let model = registry.find(&version.model)?;
            // Without a number the newest is meant: the one that answers is promoted already.
            let number = match &version.selector {
                registry::Selector::Default => model.newest()?.number,
                selector => selector.choose(&model)?.number,
            };
            changed(&model.name, &registry.promote(&model.name, alias, number, &author(reason.as_deref()))?)
        }
        RegistryCommand::Rollback { model, alias, reason } => {
            changed(model, &registry.roll_back(model, alias, &author(reason.as_deref()))?)
        }
        RegistryCommand::Delete { version, reason } => {
            let model = registry.find(&version.model)?;
            let number = version.selector.choose(&model)?.number;
            changed(&model.name, &registry.delete(&model.name, number, &author(reason.as_deref()))?)
        }
        RegistryCommand::Push { artifact, experiment: _, reason } => {
            match registry.push(artifact, &author(reason.as_deref()))? {
                Some(change) => changed(&artifact::read_summary(artifact)?.header.name, &change),
                None => ("It is there already.\n".into(), Value::Null),
            }
        }
        RegistryCommand::Pull { version, output } => {
            let model = registry.find(&version.model)?;
            let chosen = version.selector.choose(&model)?;
            let header = &chosen.summary.header;
            let own = artifact::file_name(&model.name, chosen.number, &header.created);
            let path = output.as_deref().unwrap_or(Path::new(&own));
            registry.pull(&model.name, chosen.number, path)?;
            let text = format!("Wrote version {} of {} to {}\n", chosen.number, model.name, path.display());
            let document = json!({
                "artifact": path.display().to_string(), "model": model.name, "version": chosen.number,
                "checksum": chosen.summary.checksum,
            });
            (text, document)
        }
    })
}

/// Who works here: the user of the system, or of the workflow.
pub(crate) fn author(reason: Option<&str>) -> Author {
    let by =
        ["GITHUB_ACTOR", "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Author {
        by: by.filter(|by| !by.is_empty()).unwrap_or_else(|| "unknown".into()),
        host: host_name(),
        reason: reason.map(Into::into),
    }
}

/// A change in words.
pub(crate) fn told(change: &Change) -> String {
    let named = |version: &Option<u64>| version.map_or("none".into(), |version| format!("version {version}"));
    match change {
        Change::Promoted { alias, from, to } => {
            format!("promoted version {to} to {alias}, before: {}", named(from))
        }
        Change::AliasSet { alias, from, to } => {
            format!("{alias} names version {to}, before: {}", named(from))
        }
        Change::RolledBack { alias, from, to } => {
            format!("{alias} rolled back to version {to} from {}", named(from))
        }
        Change::AliasRemoved { alias, from } => format!("{alias} taken away, named version {from}"),
        Change::Found { alias, from, to } => {
            format!("{alias} found at {}, the trail said {}", named(to), named(from))
        }
        Change::Pushed { version, .. } => format!("took in version {version}"),
        Change::Deleted { version, .. } => format!("deleted version {version}"),
        Change::Refused { champion, .. } => {
            format!("a challenger was refused, champion stays {}", named(champion))
        }
    }
}
