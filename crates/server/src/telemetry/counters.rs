//! What one version has answered: counted where the version is, so that no request looks for its counters.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Phases;
use super::answered::{Answered, Outcome, Protocol};
use super::histogram::{Counted, DURATIONS, Histogram, ROWS};
use super::sharded::Sharded;

const PROTOCOLS: usize = Protocol::ALL.len();
const OUTCOMES: usize = Outcome::ALL.len();

/// Counters of one version. They begin at zero when it is loaded, and go when it does.
#[derive(Default)]
pub(crate) struct Counters(Sharded<Shard>);

#[derive(Default)]
struct Shard {
    durations: [[Histogram<{ DURATIONS.len() }>; OUTCOMES]; PROTOCOLS],
    rows: [Histogram<{ ROWS.len() }>; PROTOCOLS],
    warnings: [AtomicU64; PROTOCOLS],
    /// Nanoseconds of each phase of the answers, of all protocols together.
    phases: [AtomicU64; 4],
}

impl Counters {
    /// Counts a request that ended.
    pub(super) fn count(&self, answered: &Answered, outcome: Outcome, elapsed: Duration) {
        let &Answered { protocol, rows, warnings, ref phases, .. } = answered;
        let shard = self.0.mine();
        let protocol = protocol.index();
        let nanoseconds = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        shard.durations[protocol][outcome.index()].observe(&DURATIONS, nanoseconds);
        if rows > 0 {
            shard.rows[protocol].observe(&ROWS, rows as u64);
        }
        if warnings > 0 {
            shard.warnings[protocol].fetch_add(warnings as u64, Ordering::Relaxed);
        }
        for (sum, &time) in shard.phases.iter().zip(phases.times()) {
            // Nearly nobody waits.
            if time > 0 {
                sum.fetch_add(time, Ordering::Relaxed);
            }
        }
    }

    /// What was counted in one protocol.
    pub(crate) fn of(&self, protocol: Protocol) -> Tally {
        let mut tally = Tally::default();
        let protocol = protocol.index();
        for shard in self.0.all() {
            for (sum, histogram) in tally.durations.iter_mut().zip(&shard.durations[protocol]) {
                histogram.add_to(sum);
            }
            shard.rows[protocol].add_to(&mut tally.rows);
            tally.warnings += shard.warnings[protocol].load(Ordering::Relaxed);
        }
        tally
    }

    /// What was counted in all protocols together.
    pub(crate) fn total(&self) -> Tally {
        Protocol::ALL.iter().fold(Tally::default(), |sum, &protocol| sum.and(&self.of(protocol)))
    }

    /// How long the phases of all answers took.
    pub(crate) fn phases(&self) -> Phases {
        let sum = |phase: usize| {
            self.0.all().map(|shard| shard.phases[phase].load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
        };
        Phases::of(std::array::from_fn(sum))
    }
}

/// What a version had answered at some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    durations: [Counted<{ DURATIONS.len() }>; OUTCOMES],
    /// Rows of each request that was answered; their sum is the number of predictions.
    pub(crate) rows: Counted<{ ROWS.len() }>,
    /// Values outside the training range.
    pub(crate) warnings: u64,
}

impl Tally {
    /// Durations in nanoseconds of the requests that ended so.
    pub(crate) fn durations(&self, outcome: Outcome) -> &Counted<{ DURATIONS.len() }> {
        &self.durations[outcome.index()]
    }

    /// Requests, however they ended.
    pub(crate) fn requests(&self) -> u64 {
        self.durations.iter().map(Counted::count).sum()
    }

    fn and(mut self, other: &Self) -> Self {
        for (sum, counted) in self.durations.iter_mut().zip(&other.durations) {
            *sum = sum.and(counted);
        }
        self.rows = self.rows.and(&other.rows);
        self.warnings += other.warnings;
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::state::{Limits, Served};
    use crate::stubs::iris;

    #[test]
    fn requests_are_told_apart_by_protocol_and_outcome() {
        let served = Arc::new(Served::new(Arc::new(iris()), None, None, &Limits::default()).unwrap());
        let counters = Counters::default();
        let count = |protocol, outcome, elapsed, rows, warnings| {
            let phases = Phases::of([0, 1, 20, 300]);
            let answered = Answered { served: Arc::clone(&served), protocol, rows, warnings, phases };
            counters.count(&answered, outcome, elapsed);
        };
        let microseconds = Duration::from_micros;
        count(Protocol::Canopy, Outcome::Ok, microseconds(20), 1, 0);
        count(Protocol::Canopy, Outcome::Ok, microseconds(60), 100, 2);
        count(Protocol::Canopy, Outcome::Invalid, microseconds(5), 0, 0);
        count(Protocol::Mlflow, Outcome::Failed, Duration::from_secs(11), 0, 0);

        let canopy = counters.of(Protocol::Canopy);
        assert_eq!(canopy.requests(), 3);
        assert_eq!(canopy.durations(Outcome::Ok).count(), 2);
        assert_eq!(canopy.durations(Outcome::Ok).sum, 80_000);
        assert_eq!(canopy.durations(Outcome::Ok).within[..2], [1, 1]);
        assert_eq!(canopy.durations(Outcome::Invalid).count(), 1);
        assert_eq!((canopy.rows.count(), canopy.rows.sum), (2, 101));
        assert_eq!(canopy.warnings, 2);
        assert_eq!(counters.of(Protocol::Mlflow).durations(Outcome::Failed).beyond, 1);
        assert_eq!(counters.of(Protocol::Csv), Tally::default());
        assert_eq!(counters.total().requests(), 4);
        assert_eq!(counters.phases(), Phases::of([0, 4, 80, 1200]));
    }
}
