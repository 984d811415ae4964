//! The metrics of models: how their versions stand, what was loaded, and how a shadow compares.

use std::sync::atomic::{AtomicU64, Ordering};

use super::page::{Kind, Page};
use super::ready;
use crate::catalogue::{Shadow, Shown, Standing, Tally};
use crate::state::AppState;

/// The models, how their versions stand, and what is known of each artifact.
pub(super) fn write(page: &mut Page, state: &AppState, shown: &Shown) {
    let mut family =
        page.family(Kind::Gauge, "canopy_model_versions", "Versions of a model, by how they stand.");
    for entry in shown.entries() {
        let mut counts = [("ready", 0_u64), ("idle", 0), ("failed", 0)];
        for standing in entry.versions().values() {
            let place = match standing {
                Standing::Ready(_) => 0,
                Standing::Idle => 1,
                Standing::Failed { .. } => 2,
            };
            counts[place].1 += 1;
        }
        for (state, count) in counts {
            family.sample(&[("model", entry.name()), ("state", state)], count);
        }
    }
    let mut family = page.family(
        Kind::Gauge,
        "canopy_artifact_info",
        "One for each version that answers, with what identifies its artifact.",
    );
    for served in ready(shown) {
        let (version, created) = (served.version().to_string(), &served.model().header().created);
        let origin = served.origin();
        let format = origin.map_or_else(String::new, |origin| origin.format.to_string());
        let labels = [
            ("model", served.name()),
            ("version", &version),
            ("checksum", origin.map_or("", |origin| &origin.checksum)),
            ("format", &format),
            ("created", created),
        ];
        family.sample(&labels, 1);
    }
    let mut family =
        page.family(Kind::Gauge, "canopy_artifact_bytes", "Size of the artifact of a version that answers.");
    for served in ready(shown) {
        if let Some(origin) = served.origin() {
            family.sample(
                &[("model", served.name()), ("version", &served.version().to_string())],
                origin.bytes,
            );
        }
    }
    let mut family = page.family(
        Kind::Gauge,
        "canopy_model_load_seconds",
        "Time to read, check and warm the artifact of a version that answers.",
    );
    for served in ready(shown) {
        if let Some(origin) = served.origin() {
            let labels = [("model", served.name()), ("version", &served.version().to_string())];
            family.sample(&labels, origin.load_time.as_secs_f64());
        }
    }
    loads(page, state.catalogue.tally());
    names(page, shown);
    shadows(page, shown);
    let takes = state.is_ready() && shown.answers();
    page.family(Kind::Gauge, "canopy_ready", "One while the server takes requests, as /health/ready says.")
        .sample(&[], u8::from(takes));
    page.family(Kind::Gauge, "canopy_build_info", "One, with the version of the server.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
}

/// What was loaded since the server started.
fn loads(page: &mut Page, tally: &Tally) {
    let mut counter = |name, help, count: &AtomicU64| {
        page.family(Kind::Counter, name, help).sample(&[], count.load(Ordering::Relaxed));
    };
    counter("canopy_model_loads", "Versions that were loaded.", &tally.loads);
    counter(
        "canopy_model_load_failures",
        "Attempts to load a version, or to read a file of the folder, that failed.",
        &tally.load_failures,
    );
    counter("canopy_rules_failures", "Readings of models.json that failed.", &tally.rules_failures);
}

/// The aliases, and their shares of the traffic.
fn names(page: &mut Page, shown: &Shown) {
    let mut family =
        page.family(Kind::Gauge, "canopy_alias_info", "One for each alias, with the version that it names.");
    for entry in shown.entries() {
        for (alias, version) in entry.aliases() {
            let labels = [("model", entry.name()), ("alias", alias), ("version", &version.to_string())];
            family.sample(&labels, 1);
        }
    }
    let help = "Weight of an alias among those that share the requests which name no version.";
    let mut family = page.family(Kind::Gauge, "canopy_split_weight", help);
    for entry in shown.entries() {
        for (alias, weight) in entry.weights() {
            family.sample(&[("model", entry.name()), ("alias", alias)], weight);
        }
    }
}

/// How the shadows of models compare with the versions that answer.
fn shadows(page: &mut Page, shown: &Shown) {
    let shadows: Vec<(&str, &Shadow)> =
        shown.entries().filter_map(|entry| Some((entry.name(), entry.shadow()?))).collect();
    let mut family = page.family(
        Kind::Counter,
        "canopy_shadow_questions",
        "Copies of questions for a shadow: compared, refused by it, or dropped.",
    );
    for (model, shadow) in &shadows {
        let counts = &shadow.counts;
        for (fate, count) in
            [("compared", &counts.questions), ("refused", &counts.refused), ("dropped", &counts.dropped)]
        {
            let labels = [("model", *model), ("alias", &*shadow.alias), ("fate", fate)];
            family.sample(&labels, count.load(Ordering::Relaxed));
        }
    }
    let mut family = page.family(Kind::Counter, "canopy_shadow_rows", "Rows that a shadow answered too.");
    for (model, shadow) in &shadows {
        family.sample(
            &[("model", *model), ("alias", &*shadow.alias)],
            shadow.counts.rows.load(Ordering::Relaxed),
        );
    }
    let help = "Rows that a shadow answered differently.";
    let mut family = page.family(Kind::Counter, "canopy_shadow_different_rows", help);
    for (model, shadow) in &shadows {
        let count = shadow.counts.different.load(Ordering::Relaxed);
        family.sample(&[("model", *model), ("alias", &*shadow.alias)], count);
    }
    let help = "Sum of the absolute differences between the predictions of a shadow and of the version that answered.";
    let mut family = page.family(Kind::Counter, "canopy_shadow_deviation", help);
    for (model, shadow) in &shadows {
        family.sample(&[("model", *model), ("alias", &*shadow.alias)], shadow.counts.deviation());
    }
}
