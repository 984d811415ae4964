//! Which requests are traced.

use super::context::{Parent, TraceId};

/// Which requests are traced, by the names of OpenTelemetry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// A request that continues a trace is traced when its caller was.
    follows: bool,
    /// Share of the others that is traced, from 0 to 1.
    share: f64,
}

impl Sampler {
    /// The names, for messages.
    pub(super) const NAMES: &str = "always_on, always_off, traceidratio, parentbased_always_on, \
        parentbased_always_off or parentbased_traceidratio";

    /// The sampler of this name; `share` counts for the ratios.
    pub(super) fn named(name: &str, share: f64) -> Option<Self> {
        let (follows, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name),
        };
        let share = match root {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => share,
            _ => return None,
        };
        Some(Self { follows, share })
    }

    /// Whether a request is traced. The share of a trace is decided by its id, alike by all that take part in it.
    pub(super) fn samples(self, parent: Option<&Parent>, trace: TraceId) -> bool {
        match parent {
            Some(parent) if self.follows => parent.sampled,
            _ => self.share >= 1.0 || ((trace.low() >> 1) as f64) < self.share * (1_u64 << 63) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampler_follows_its_parent_or_decides_by_share() {
        let parent = |sampled: bool| {
            let flags = if sampled { "01" } else { "00" };
            Parent::read(&format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}"))
        };
        let check = |name: &str, share, expected: [bool; 3]| {
            let sampler = Sampler::named(name, share).unwrap();
            let samples = |parent: Option<Parent>| {
                let trace = parent.as_ref().map_or_else(TraceId::random, |parent| parent.trace);
                sampler.samples(parent.as_ref(), trace)
            };
            assert_eq!([samples(None), samples(parent(true)), samples(parent(false))], expected, "{name}");
        };
        check("always_on", 0.5, [true, true, true]);
        check("always_off", 0.5, [false, false, false]);
        check("traceidratio", 1.0, [true, true, true]);
        check("traceidratio", 0.0, [false, false, false]);
        check("parentbased_always_on", 0.5, [true, true, false]);
        check("parentbased_always_off", 0.5, [false, true, false]);
        check("parentbased_traceidratio", 0.0, [false, true, false]);
        assert_eq!(Sampler::named("sometimes", 0.5), None);
    }

    #[test]
    fn a_share_of_the_traces_is_sampled() {
        let sampler = Sampler::named("traceidratio", 0.25).unwrap();
        let sampled = (0..10_000).filter(|_| sampler.samples(None, TraceId::random())).count();
        // Twenty standard deviations around 2500.
        assert!((1634..3366).contains(&sampled), "{sampled}");
    }
}
