//! All figures of the report, for programs.

use model_core::Model;
use serde_json::{Value, json};

use super::contributions::Contributions;
use super::curves::{over_trees, over_trees_trained};
use super::intervals_of_metrics::metric_intervals;
use super::slices::{Slice, slices, worst_slices};
use super::{Subject, fairness, simple};

/// All figures.
pub(super) fn document(subject: &Subject) -> Value {
    let header = subject.header();
    let slice = |slice: &Slice| {
        json!({
            "feature": slice.column, "rows_with": slice.rows_with, "rows": slice.rows, "error": slice.error,
            "error_margin": slice.margin, "bias": slice.bias,
        })
    };
    let learning: Vec<Value> = subject
        .learning
        .iter()
        .map(|point| json!({"rows": point.rows, "trained": point.trained.metrics, "held_out": point.held_out.metrics}))
        .collect();
    let contributions = Contributions::of(subject).map(|found| {
        let names = subject.model.schema().features.iter().map(|feature| feature.name.as_str());
        names
            .zip(&found.means)
            .map(|(name, mean)| json!({"feature": name, "mean_absolute": mean}))
            .collect::<Vec<_>>()
    });
    let mut protected = Vec::new();
    for grouping in &subject.protected {
        let rates = fairness::rates(subject, grouping);
        for (place, group) in slices(subject, grouping, 1).iter().enumerate() {
            let mut group = slice(group);
            if let Some(rates) = rates.get(place) {
                group["chosen"] = json!(rates.chosen);
                group["found"] = json!(rates.found);
                group["false_alarms"] = json!(rates.false_alarms);
            }
            protected.push(group);
        }
    }
    let curve = |points: Vec<(usize, f64)>| -> Vec<Value> {
        points.into_iter().map(|(trees, error)| json!({"trees": trees, "error": error})).collect()
    };
    json!({
        "model": {
            "name": header.name, "version": header.version, "created": header.created, "checksum": subject.model.checksum(),
            "trees": subject.model.forest().tree_count(),
        },
        "measured_on": subject.measured_on,
        "metrics": subject.card,
        "intervals": metric_intervals(subject),
        "simple_models": simple::document(subject),
        "over_trees": curve(over_trees(subject)),
        "over_trees_trained": curve(over_trees_trained(subject)),
        "learning_curve": learning,
        "importances": subject.importances.features,
        "contributions": contributions,
        "worst_groups": worst_slices(subject).iter().map(slice).collect::<Vec<_>>(),
        "protected_groups": protected,
    })
}
