//! All models of a registry in one table.

use registry::{Listed, Version};
use serde_json::{Value, json};

use crate::report;

/// The table, and the same as JSON.
pub(super) fn listed(listed: &Listed) -> (String, Value) {
    let mut table = report::grid();
    table.set_header(["model", "version", "aliases", "created", "rows", "held out"]);
    let mut models = Vec::new();
    for model in &listed.models {
        let mut versions = Vec::new();
        for version in model.versions.iter().rev() {
            let header = &version.summary.header;
            let aliases = model.aliases_of(version.number);
            table.add_row([
                model.name.clone(),
                version.number.to_string(),
                aliases.join(", "),
                header.created.clone(),
                header.data.rows_train.to_string(),
                figures(version),
            ]);
            versions.push(json!({
                "version": version.number, "aliases": aliases, "created": header.created,
                "artifact": version.path.display().to_string(), "checksum": version.summary.checksum,
                "rows_train": header.data.rows_train,
                "metrics": header.evaluation.test.as_ref().map(|card| &card.metrics),
            }));
        }
        let default = &model.default_alias;
        models.push(json!({"name": model.name, "default_alias": default, "versions": versions}));
    }
    let mut text = match models.is_empty() {
        true => "There is no model.\n".into(),
        false => format!("{}\n", table.trim_fmt()),
    };
    for broken in &listed.unreadable {
        text.push_str(&format!("Unreadable: {}\n", broken.reason));
    }
    let unreadable: Vec<_> = listed
        .unreadable
        .iter()
        .map(|broken| json!({"path": broken.path.display().to_string(), "reason": broken.reason}))
        .collect();
    (text, json!({"models": models, "unreadable": unreadable}))
}

/// The two figures that tell most about a model.
fn figures(version: &Version) -> String {
    let Some(card) = &version.summary.header.evaluation.test else { return String::new() };
    let shown = ["mae", "r2", "accuracy", "roc_auc"]
        .into_iter()
        .filter_map(|name| card.metrics.get(name).map(|&value| format!("{name} {}", report::figure(value))));
    shown.collect::<Vec<_>>().join(", ")
}
