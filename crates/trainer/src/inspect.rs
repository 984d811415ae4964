//! `trainer inspect`: all that an artifact says of itself.

use forest::{ForestModel, LoadError};
use model_core::artifact::{Summary, read_summary};
use model_core::{Level, Model};
use serde_json::{Value, json};

use crate::args::{InspectArgs, Reporting};
use crate::error::Error;
use crate::report;
use crate::standard_output::print;

mod trees;

/// Runs the subcommand. The header alone is enough for a report, so an artifact whose payload is damaged is reported
/// with what is wrong with it, and the run fails.
pub(crate) fn run(args: &InspectArgs, reporting: Reporting) -> Result<(), Error> {
    if args.trees {
        return trees::print_trees(&ForestModel::read(&args.model)?);
    }
    let summary = read_summary(&args.model)?;
    let model = ForestModel::read(&args.model);
    print(&if reporting.json { document(&summary, &model) } else { story(&summary, &model) })?;
    model.map(|_| ()).map_err(Error::from)
}

fn story(summary: &Summary, model: &Result<ForestModel, LoadError>) -> String {
    let header = &summary.header;
    let mut text = report::identity(header);
    let mut line = |what: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!(" {what:<8} {value}\n"));
        }
    };
    line("about", &header.description);
    line("service", &format!("{} {}", header.app.title, header.app.version));
    line("answers", &format!("{:?}, strict: {}", header.serving.response_field, header.serving.strict));
    line("trained", &format!("on {}, {}", header.host, libraries(summary)));
    line("parent", header.parent.as_deref().unwrap_or("none"));
    line("data", &format!("blake3 {}", header.data.fingerprint));
    line("file", &format!("format {}, {}", summary.format, report::bytes(summary.file_bytes)));
    line("payload", &format!("blake3 {}", summary.checksum));
    match model {
        Ok(model) => {
            let forest = model.forest();
            let (trees, nodes, leaves) = (forest.tree_count(), forest.node_count(), forest.leaf_count());
            line(
                "forest",
                &format!("{trees} trees, {nodes} nodes, {leaves} leaves, depth {}", forest.depth()),
            );
            if let Some(level) = forest.interval_level() {
                line("interval", &format!("{} when no other level is asked", level.value()));
            }
            line(
                "explains",
                if forest.can_explain() { "yes" } else { "no: it holds no covers; train it again" },
            );
        }
        Err(error) => line("damaged", &error.to_string()),
    }
    text.push_str(&report::features(header, model.as_ref().ok().map(Model::profile)));
    text.push_str(&report::quality(&header.evaluation, report::HELD_OUT, None));
    text
}

fn libraries(summary: &Summary) -> String {
    let named = summary.header.libraries.iter().map(|(name, version)| format!("{name} {version}"));
    named.collect::<Vec<_>>().join(", ")
}

fn document(summary: &Summary, model: &Result<ForestModel, LoadError>) -> String {
    let forest = model.as_ref().ok().map(|model| {
        let forest = model.forest();
        json!({
            "trees": forest.tree_count(),
            "nodes": forest.node_count(),
            "leaves": forest.leaf_count(),
            "depth": forest.depth(),
            "explains": forest.can_explain(),
            "interval": forest.interval_level().map(Level::value),
        })
    });
    let document = json!({
        "format": summary.format,
        "file_bytes": summary.file_bytes,
        "checksum": summary.checksum,
        "header": summary.header,
        "forest": forest,
        "profile": model.as_ref().ok().map(Model::profile),
        "damage": model.as_ref().err().map_or(Value::Null, |error| error.to_string().into()),
    });
    format!("{document:#}\n")
}
