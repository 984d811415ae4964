//! Who a request is in a trace: W3C Trace Context, and ids of our own.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// Id of a trace; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

/// Id of a span in its trace; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanId(u64);

/// The span that a request comes from, as its header `traceparent` tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
    pub(super) sampled: bool,
}

impl Parent {
    /// Reads `00-<trace>-<span>-<flags>`; nothing when it is anything else. Later versions may have more behind.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hexadecimal(parts.next()?, 2)?;
        let trace = hexadecimal(parts.next()?, 32)?;
        let span = hexadecimal(parts.next()?, 16)?;
        let flags = hexadecimal(parts.next()?, 2)?;
        let more = parts.next().is_some();
        if version == 0xff || (version == 0 && more) || trace == 0 || span == 0 {
            return None;
        }
        let span = SpanId(u64::try_from(span).ok()?);
        Some(Self { trace: TraceId(trace), span, sampled: flags & 1 == 1 })
    }
}

/// Reads the text of a header: the trace that is taken over is the one that stands in it.
#[cfg(any(test, fuzzing))]
#[allow(clippy::panic, reason = "the fuzzer's door reports by a panic")]
pub(crate) fn survives_context(text: &str) {
    if let Some(Parent { trace, span, .. }) = Parent::read(text) {
        assert!(text[3..].starts_with(&format!("{trace}-{span}-")), "{text}");
    }
}

/// Exactly so many digits, small ones.
fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let sound = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    sound.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl TraceId {
    /// A new one.
    pub(in crate::telemetry) fn random() -> Self {
        Self((u128::from(random()) << 64) | u128::from(random()))
    }

    /// The part by which a trace is sampled, which is random in any trace.
    pub(super) fn low(self) -> u64 {
        self.0 as u64
    }
}

impl SpanId {
    /// A new one.
    pub(super) fn random() -> Self {
        Self(random())
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A number other than zero, from a stream of each thread that starts at random (SplitMix64).
fn random() -> u64 {
    thread_local! {
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0));
    }
    loop {
        let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        STATE.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        if mixed != 0 {
            return mixed;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_sound_header_is_taken_over_and_any_other_passed_over() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let check = |text: String, expected: Option<bool>| {
            let parent = Parent::read(&text);
            assert_eq!(parent.as_ref().map(|parent| parent.sampled), expected, "{text}");
            if let Some(parent) = parent {
                assert_eq!((parent.trace.to_string(), parent.span.to_string()), (trace.into(), span.into()));
            }
        };
        check(format!("00-{trace}-{span}-01"), Some(true));
        check(format!("00-{trace}-{span}-00"), Some(false));
        check(format!("00-{trace}-{span}-03"), Some(true));
        check(format!("cc-{trace}-{span}-01-what-the-future-brings"), Some(true));
        check(format!("cc-{trace}-{span}-01"), Some(true));
        check(format!("00-{trace}-{span}-01-more"), None);
        check(format!("ff-{trace}-{span}-01"), None);
        check(format!("00-{}-{span}-01", trace.to_uppercase()), None);
        check(format!("00-{}-{span}-01", "0".repeat(32)), None);
        check(format!("00-{trace}-{}-01", "0".repeat(16)), None);
        check(format!("00-{trace}-{span}"), None);
        check(format!("00-{trace}-{span}-1"), None);
        check(format!("00-{trace}+{span}-01"), None);
        check(format!("00-+{}-{span}-01", &trace[1..]), None);
        check("ä".into(), None);
        check(String::new(), None);
    }

    #[test]
    fn ids_differ() {
        let ids: HashSet<_> = (0..1000).map(|_| TraceId::random().to_string()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
