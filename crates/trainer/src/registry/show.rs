//! One version: where it comes from, how good it is, what became of it.

use registry::{Event, RegisteredModel, Version};
use serde_json::{Value, json};

use super::told;
use crate::report;

/// The story, and the same as JSON.
pub(super) fn shown(model: &RegisteredModel, version: &Version, history: &[Event]) -> (String, Value) {
    let header = &version.summary.header;
    let aliases = model.aliases_of(version.number);
    let mut text = report::identity(header);
    let mut line = |what: &str, value: &str| text.push_str(&format!(" {what:<8} {value}\n"));
    line("aliases", &if aliases.is_empty() { "none".into() } else { aliases.join(", ") });
    line("parent", header.parent.as_deref().unwrap_or("none"));
    line("data", &format!("blake3 {}", header.data.fingerprint));
    line("payload", &format!("blake3 {}", version.summary.checksum));
    line("file", &format!("{}, {}", version.path.display(), report::bytes(version.summary.file_bytes)));
    text.push_str(&report::quality(&header.evaluation, report::HELD_OUT, None));
    if !history.is_empty() {
        let mut table = report::grid();
        table.set_header(["when", "who", "what", "why"]);
        for event in history {
            let who = format!("{} on {}", event.by, event.host);
            table.add_row([
                event.at.clone(),
                who,
                told(&event.change),
                event.reason.clone().unwrap_or_default(),
            ]);
        }
        text.push_str(&format!("{}\n", table.trim_fmt()));
    }
    let document = json!({
        "model": model.name, "version": version.number, "aliases": aliases,
        "artifact": version.path.display().to_string(), "checksum": version.summary.checksum,
        "header": header, "history": history,
    });
    (text, document)
}
