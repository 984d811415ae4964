//! All requests of a server, also those that ask no model: how many are under way, how they ended, why they were refused.

use std::array;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::refusal::Refusal;
use super::sharded::Sharded;

/// Statuses of HTTP are from 100 to 599.
const STATUSES: std::ops::Range<u16> = 100..600;

/// Counters of one server, shared by its workers.
#[derive(Default)]
pub(crate) struct Traffic(Sharded<Shard>);

struct Shard {
    started: AtomicU64,
    ended: AtomicU64,
    abandoned: AtomicU64,
    statuses: [AtomicU64; STATUSES.end as usize - STATUSES.start as usize],
    refusals: [AtomicU64; Refusal::ALL.len()],
}

impl Default for Shard {
    fn default() -> Self {
        Self {
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            statuses: array::from_fn(|_| AtomicU64::new(0)),
            refusals: array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Traffic {
    /// A request comes in; it is under way until it is answered or dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> UnderWay {
        add(&self.0.mine().started);
        UnderWay { traffic: Arc::clone(self), answered: false }
    }

    /// Requests under way.
    pub(crate) fn under_way(&self) -> u64 {
        let ended = self.sum(|shard| &shard.ended);
        // What started meanwhile counts, what ended meanwhile does not.
        self.sum(|shard| &shard.started).saturating_sub(ended)
    }

    /// Requests whose callers hung up before the answer.
    pub(crate) fn abandoned(&self) -> u64 {
        self.sum(|shard| &shard.abandoned)
    }

    /// Answers by status, for those that there were.
    pub(crate) fn statuses(&self) -> BTreeMap<u16, u64> {
        let count = |status: u16| {
            let place = usize::from(status - STATUSES.start);
            (status, self.sum(|shard| &shard.statuses[place]))
        };
        STATUSES.map(count).filter(|&(_, count)| count > 0).collect()
    }

    /// Requests that were refused for this reason.
    pub(crate) fn refused(&self, refusal: Refusal) -> u64 {
        self.sum(|shard| &shard.refusals[refusal.index()])
    }

    fn sum(&self, counter: impl Fn(&Shard) -> &AtomicU64) -> u64 {
        self.0.all().map(|shard| counter(shard).load(Ordering::Relaxed)).sum()
    }
}

/// A request under way.
pub(crate) struct UnderWay {
    traffic: Arc<Traffic>,
    answered: bool,
}

impl UnderWay {
    /// It is answered with this status of HTTP, or the one that stands for that of another protocol.
    pub(super) fn answered(mut self, status: u16, refusal: Option<Refusal>) {
        self.answered = true;
        let shard = self.traffic.0.mine();
        if let Some(count) = shard.statuses.get(usize::from(status.wrapping_sub(STATUSES.start))) {
            add(count);
        }
        if let Some(refusal) = refusal {
            add(&shard.refusals[refusal.index()]);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let shard = self.traffic.0.mine();
        add(&shard.ended);
        if !self.answered {
            add(&shard.abandoned);
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_under_way_until_it_is_answered_or_dropped() {
        let traffic = Arc::new(Traffic::default());
        let (first, second, third) = (traffic.enter(), traffic.enter(), traffic.enter());
        assert_eq!(traffic.under_way(), 3);
        first.answered(200, None);
        second.answered(429, Some(Refusal::Queue));
        drop(third);
        assert_eq!(traffic.under_way(), 0);
        assert_eq!(traffic.statuses(), BTreeMap::from([(200, 1), (429, 1)]));
        assert_eq!(traffic.refused(Refusal::Queue), 1);
        assert_eq!(traffic.refused(Refusal::Memory), 0);
        assert_eq!(traffic.abandoned(), 1);
    }

    #[test]
    fn a_status_that_is_none_of_http_is_passed_over() {
        let traffic = Arc::new(Traffic::default());
        for status in [0, 99, 600, u16::MAX] {
            traffic.enter().answered(status, None);
        }
        assert_eq!((traffic.under_way(), traffic.statuses().len(), traffic.abandoned()), (0, 0, 0));
    }
}
