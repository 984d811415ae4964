//! The model card: what the model is, from what, and where it ends.

use model_core::profile::Distribution;
use model_core::{Model, Task};

use super::Subject;
use crate::report::page::Part;
use crate::report::{cell, value};

/// The model card.
pub(super) fn card(subject: &Subject) -> Vec<Part> {
    let header = subject.header();
    let target = &header.schema.target;
    let unit = target.unit.as_ref().map_or(String::new(), |unit| format!(" in {unit}"));
    let task = match &target.task {
        Task::Regression => format!("a number{unit}"),
        Task::Classification(classes) => {
            format!("one of {}", classes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    let forest = subject.model.forest();
    let data = &header.data;
    let mut rows = vec![
        ["predicts", &format!("{}: {task}", target.name)].map(str::to_owned),
        ["from", &format!("{} features", header.schema.features.len())].map(str::to_owned),
        ["version", &format!("{}, trained {} on {}", header.version, header.created, header.host)]
            .map(str::to_owned),
        [
            "data",
            &format!("{}, BLAKE3 {}", data.path, data.fingerprint.get(..12).unwrap_or(&data.fingerprint)),
        ]
        .map(str::to_owned),
        [
            "rows",
            &format!(
                "{} trained on, {} held out, {} in the file",
                data.rows_train, data.rows_test, data.rows_read
            ),
        ]
        .map(str::to_owned),
        [
            "forest",
            &format!(
                "{} trees, {} nodes, depth {}",
                forest.tree_count(),
                forest.node_count(),
                forest.depth()
            ),
        ]
        .map(str::to_owned),
    ];
    if let Some(description) = &target.description {
        rows.insert(1, ["meaning".into(), description.clone()]);
    }
    if let Some(parent) = &header.parent {
        rows.push([
            "continues".into(),
            format!("the artifact with checksum {}", parent.get(..12).unwrap_or(parent)),
        ]);
    }
    for (reason, count) in &data.rows_dropped {
        rows.push(["left out".into(), format!("{count} rows: {reason}")]);
    }
    let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    vec![
        Part::Heading("Model card"),
        Part::table(["about", "the model"], rows),
        Part::Paragraph(
            "A forest answers within what its training rows held: it cannot go beyond their smallest and largest target, and values of \
             a feature outside the range below are answered like the nearest that was seen. It learned what goes together in these \
             rows, not what causes what."
                .into(),
        ),
        features(subject),
        parameters(subject),
    ]
}

/// What the forest was grown with; what was not set has no row.
fn parameters(subject: &Subject) -> Part {
    let known = subject.header().config["model"].as_object().into_iter().flatten();
    let set = known
        .filter(|(_, value)| !value.is_null() && value.as_object().is_none_or(|object| !object.is_empty()));
    let rows = set.map(|(name, value)| vec![name.clone(), cell(value.clone())]);
    let table = Part::table(["parameter", "value"], rows);
    Part::Folded { title: "Parameters of the forest".into(), parts: vec![table] }
}

fn features(subject: &Subject) -> Part {
    let schema = subject.model.schema();
    let rows =
        schema.features.iter().zip(&subject.model.profile().features).map(|(feature, distribution)| {
            let (seen, missing) = match distribution {
                Distribution::Numeric(numeric) => {
                    (format!("{} to {}", value(numeric.minimum), value(numeric.maximum)), numeric.missing)
                }
                Distribution::Levels { missing, counts } => (format!("{} levels", counts.len()), *missing),
            };
            vec![
                feature.name.clone(),
                feature.unit.clone().unwrap_or_default(),
                seen,
                missing.to_string(),
                feature.description.clone().unwrap_or_default(),
            ]
        });
    Part::table(["feature", "unit", "seen in training", "missing", "meaning"], rows)
}
