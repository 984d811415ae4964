//! How sure a metric is: the percentile bootstrap over the measured rows (Efron and Tibshirani, 1993).

use std::collections::BTreeMap;

use model_core::{Interval, Model, Scores};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::Subject;
use crate::evaluation::{add_intervals, scorecard};

/// Rows that are drawn in all, and the fewest and most draws that they are shared out to.
const DRAWN_ROWS: usize = 4_000_000;
const FEWEST: usize = 100;
const MOST: usize = 1000;
/// The stream of the seed that is drawn from.
const STREAM: u64 = 1 << 32;

/// Lower and upper end of the 95 % interval of each metric, by its name.
pub(super) type MetricIntervals = BTreeMap<String, [f64; 2]>;

/// The interval of each metric. The same on any number of threads.
pub(super) fn metric_intervals(subject: &Subject) -> MetricIntervals {
    let rows = subject.truth.len();
    let draws = (DRAWN_ROWS / rows.max(1)).clamp(FEWEST, MOST);
    let task = &subject.model.schema().target.task;
    let held = subject.model.interval_level().and_then(|level| subject.model.intervals(&subject.rows, level));
    let cards: Vec<BTreeMap<String, f64>> = (0..draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut random = ChaCha8Rng::seed_from_u64(subject.config.split.seed);
            random.set_stream(STREAM + draw);
            let drawn: Vec<usize> = (0..rows).map(|_| random.gen_range(0..rows)).collect();
            let scores = drawn.iter().flat_map(|&row| subject.scores.row(row).iter().copied()).collect();
            let truth = subject.truth.of(&drawn);
            let mut card = scorecard(task, &truth, &Scores::new(subject.scores.outputs(), scores));
            if let Some(held) = &held {
                let held: Vec<Interval> = drawn.iter().map(|&row| held[row]).collect();
                add_intervals(&mut card, &truth, &held);
            }
            card.metrics
        })
        .collect();
    let mut intervals = BTreeMap::new();
    for metric in subject.card.metrics.keys() {
        let mut values: Vec<f64> = cards.iter().filter_map(|card| card.get(metric).copied()).collect();
        values.sort_by(f64::total_cmp);
        if values.len() >= FEWEST {
            let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
            intervals.insert(metric.clone(), [at(0.025), at(0.975)]);
        }
    }
    intervals
}
