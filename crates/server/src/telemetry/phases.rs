//! Where the time of an answer went: a few readings of the clock, which statistics count and spans show.

use std::time::Instant;

/// What a question goes through once it is read from the network, each at the place of its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It waits for a thread of the pool.
    Queue,
    /// Its rows are read out of the body and encoded.
    Input,
    /// The model is asked.
    Infer,
    /// The answer is written.
    Output,
}

impl Phase {
    const COUNT: usize = 4;
}

/// How long each phase of an answer took, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Phases {
    times: [u64; Phase::COUNT],
    /// When the first of them began; absent where several questions are told of together.
    begun: Option<Instant>,
    /// A question is read before it waits when only its rows tell how much there is to do.
    waits_read: bool,
}

impl Phases {
    /// So much in each phase.
    pub(crate) fn of(times: [u64; Phase::COUNT]) -> Self {
        Self { times, ..Self::default() }
    }

    /// Nanoseconds of a phase.
    pub(crate) fn time(&self, phase: Phase) -> u64 {
        self.times[phase as usize]
    }

    /// All of them, each at the place of its phase.
    pub(super) fn times(&self) -> &[u64; Phase::COUNT] {
        &self.times
    }

    /// When the first of them began, and those that took place in their order.
    pub(super) fn in_order(&self) -> Option<(Instant, impl Iterator<Item = (Phase, u64)>)> {
        let order = match self.waits_read {
            true => [Phase::Input, Phase::Queue, Phase::Infer, Phase::Output],
            false => [Phase::Queue, Phase::Input, Phase::Infer, Phase::Output],
        };
        let phases = order.map(|phase| (phase, self.time(phase)));
        let took_place = |(phase, time): &(Phase, u64)| *phase != Phase::Queue || *time > 0;
        Some((self.begun?, phases.into_iter().filter(took_place)))
    }
}

/// Measures the phases of one answer, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    phases: Phases,
    last: Instant,
}

impl Stopwatch {
    /// The first phase begins.
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { phases: Phases { begun: Some(now), ..Phases::default() }, last: now }
    }

    /// A phase ends, and the next one begins.
    pub(crate) fn ends(&mut self, phase: Phase) {
        let now = Instant::now();
        let time = u64::try_from(now.duration_since(self.last).as_nanos()).unwrap_or(u64::MAX);
        self.phases.waits_read |= phase == Phase::Queue && self.phases.time(Phase::Input) > 0;
        self.phases.times[phase as usize] += time;
        self.last = now;
    }

    /// What was measured.
    pub(crate) fn phases(&self) -> Phases {
        self.phases
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn measured(phases: &[Phase]) -> Phases {
        let mut watch = Stopwatch::start();
        for phase in phases {
            std::thread::sleep(Duration::from_millis(1));
            watch.ends(*phase);
        }
        watch.phases()
    }

    #[test]
    fn phases_are_told_in_the_order_in_which_they_were() {
        use Phase::{Infer, Input, Output, Queue};
        let check = |phases: &[Phase]| {
            let measured = measured(phases);
            let (_, told) = measured.in_order().unwrap();
            let told: Vec<_> = told.collect();
            assert!(told.iter().map(|(phase, _)| phase).eq(phases), "{told:?}");
            assert!(told.iter().all(|(_, time)| *time >= 1_000_000), "{told:?}");
        };
        check(&[Input, Infer, Output]);
        check(&[Queue, Input, Infer, Output]);
        check(&[Input, Queue, Infer, Output]);
        assert!(Phases::of([1; 4]).in_order().is_none());
    }
}
