//! What dashboard, alerts and documents say of the metrics: they name what is on the page, and the documents all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use actix_web::test::TestRequest;

use crate::service::{ask, boston_row, predict};
use crate::stubs::boston;

/// The metrics of a page with their kinds.
fn metrics() -> BTreeMap<String, String> {
    let requests = [predict(boston_row().to_string()), TestRequest::get().uri("/metrics")];
    let page = ask(boston(), requests).pop().unwrap().text;
    let kinds = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    kinds.map(|line| line.split_once(' ').unwrap()).map(|(name, kind)| (name.into(), kind.into())).collect()
}

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All names of metrics in a text, those of a histogram's samples as that of the histogram.
fn named(text: &str, metrics: &BTreeMap<String, String>) -> BTreeSet<String> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    let names = words.filter(|word| word.starts_with("canopy_") || word.starts_with("process_"));
    names
        .map(|name| {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let is_histogram = |name: &&str| metrics.get(*name).is_some_and(|kind| kind == "histogram");
            base.filter(is_histogram).unwrap_or(name).to_owned()
        })
        .collect()
}

#[test]
fn dashboard_and_alerts_name_metrics_that_there_are() {
    let metrics = metrics();
    for path in ["grafana-dashboard.json", "alerts.yml", "alerts.test.yml"] {
        let named = named(&file(&format!("deploy/observability/{path}")), &metrics);
        assert!(named.len() > 5, "{path}: {named:?}");
        let unknown: Vec<_> = named.iter().filter(|name| !metrics.contains_key(*name)).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_documents_name_every_metric_and_no_other() {
    let metrics = metrics();
    let named = named(&file("docs/operations.md"), &metrics);
    assert_eq!(named, metrics.into_keys().collect());
}
