//! The latest rows of one version, counted in the bins of its training data.
//!
//! Rows are counted in one of two panes. When the pane holds as many as the window, the other is emptied and takes over, so that what
//! is compared is between one and two windows of the latest rows. Threads count in shards of their own, without a lock.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use drift::{Reference, Sketch};
use model_core::{Rows, Scores};

use crate::telemetry::Sharded;

/// Of a request of more rows than these, every fourth is counted, or fewer.
const FEW_ROWS: usize = 4;
/// Most rows of a request that are counted: evenly spaced ones, so that a large request costs next to nothing and does not decide alone.
const MOST_ROWS: usize = 64;
/// Rows of a shard after which somebody looks whether the pane is full.
const LOOK_EVERY: u64 = 64;

pub(super) struct Live {
    reference: Reference,
    window: u64,
    panes: [Sharded<Counts>; 2],
    current: AtomicUsize,
    turning: AtomicBool,
}

struct Counts {
    rows: AtomicU64,
    /// One for each counter of the layout; a pane holds fewer rows than these can count.
    counts: Box<[AtomicU32]>,
}

impl Live {
    pub(super) fn new(reference: Reference, window: u64) -> Self {
        let counters = reference.layout().counters();
        let pane = || {
            Sharded::of(|| Counts {
                rows: AtomicU64::new(0),
                counts: (0..counters).map(|_| AtomicU32::new(0)).collect(),
            })
        };
        Self {
            panes: [pane(), pane()],
            // A counter would be full before.
            window: window.min(u64::from(u32::MAX) / 2),
            reference,
            current: AtomicUsize::new(0),
            turning: AtomicBool::new(false),
        }
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Counts rows, of many some.
    pub(super) fn count(&self, rows: &Rows, scores: &Scores) {
        let length = rows.len().min(scores.len());
        if length == 0 || rows.width() != self.reference.layout().features() {
            return;
        }
        let shard = self.panes[self.current.load(Ordering::Relaxed) % 2].mine();
        let step = if length <= FEW_ROWS { 1 } else { length.div_ceil(MOST_ROWS).max(FEW_ROWS) };
        let before = shard.rows.load(Ordering::Relaxed);
        // Not always the first: rows of a request can have an order of their own.
        let first = if step == 1 { 0 } else { before as usize % step.min(length) };
        let mut counted = 0;
        for row in (first..length).step_by(step) {
            self.reference.layout().places(rows.row(row), scores.row(row), |place| {
                if let Some(count) = shard.counts.get(place) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
            counted += 1;
        }
        let before = shard.rows.fetch_add(counted, Ordering::Relaxed);
        if before / LOOK_EVERY != (before + counted) / LOOK_EVERY || self.window < LOOK_EVERY {
            self.turn_when_full();
        }
    }

    fn turn_when_full(&self) {
        let current = self.current.load(Ordering::Relaxed) % 2;
        let rows = |pane: &Sharded<Counts>| -> u64 {
            pane.all().map(|shard| shard.rows.load(Ordering::Relaxed)).sum()
        };
        if rows(&self.panes[current]) < self.window || self.turning.swap(true, Ordering::Acquire) {
            return;
        }
        // A thread that still counts in the pane that is emptied leaves a row or two in it, which is no harm.
        if self.current.load(Ordering::Relaxed) % 2 == current {
            for shard in self.panes[1 - current].all() {
                shard.rows.store(0, Ordering::Relaxed);
                shard.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
            }
            self.current.store(1 - current, Ordering::Release);
        }
        self.turning.store(false, Ordering::Release);
    }

    /// The latest rows.
    pub(super) fn sketch(&self) -> Sketch {
        let layout = self.reference.layout();
        let mut rows = 0;
        let mut counts = vec![0; layout.counters()];
        for shard in self.panes.iter().flat_map(Sharded::all) {
            rows += shard.rows.load(Ordering::Relaxed);
            for (sum, count) in counts.iter_mut().zip(&shard.counts) {
                *sum += u64::from(count.load(Ordering::Relaxed));
            }
        }
        Sketch::of_counts(layout.clone(), rows, counts)
    }
}

#[cfg(test)]
mod tests {
    use model_core::Model;

    use super::*;
    use crate::stubs;

    fn live(window: u64) -> (Live, Rows, Scores) {
        let stub = stubs::boston();
        let reference = Reference::of(stub.header(), stub.profile()).unwrap();
        let example = stub.profile().examples[0].iter().map(|value| value.unwrap_or(f32::NAN)).collect();
        let rows = Rows::from_values(stub.encoder().width(), example);
        let scores = stub.predict(&rows);
        (Live::new(reference, window), rows, scores)
    }

    #[test]
    fn all_threads_count_and_single_rows_are_all_counted() {
        let (live, rows, scores) = live(1_000_000);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..500).for_each(|_| live.count(&rows, &scores)));
            }
        });
        let mut expected = Sketch::new(live.reference().layout().clone());
        (0..4000).for_each(|_| expected.add(&rows, &scores));
        assert_eq!(live.sketch(), expected);
    }

    #[test]
    fn old_rows_are_let_go() {
        let (live, rows, scores) = live(100);
        (0..10_000).for_each(|_| live.count(&rows, &scores));
        let rows = live.sketch().rows();
        assert!((100..=400).contains(&rows), "{rows}");
    }

    #[test]
    fn some_rows_of_a_large_request_are_counted() {
        let (live, row, scores) = live(1_000_000);
        let many = |rows: &Rows, length: usize| {
            let width = rows.width();
            Rows::from_values(width, rows.row(0).iter().copied().cycle().take(width * length).collect())
        };
        let check = |length: usize, counted: std::ops::RangeInclusive<u64>| {
            let before = live.sketch().rows();
            let answers = Scores::new(scores.outputs(), scores.row(0).repeat(length));
            live.count(&many(&row, length), &answers);
            let found = live.sketch().rows() - before;
            assert!(counted.contains(&found), "{found} of {length}");
        };
        check(4, 4..=4);
        check(40, 10..=10);
        check(10_000, 63..=64);
    }
}
