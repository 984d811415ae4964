//! How often one caller may ask: a key, or where there is none an address.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::network::Network;
use crate::error::ApiError;

/// Callers that are told apart at a time. Beyond, addresses are counted by their networks, so that many addresses take up
/// no more memory.
const MOST_CALLERS: usize = 100_000;

/// So many requests in a time: `100/s`, `6000/m`, `1000/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in the time.
    pub count: NonZeroU32,
    /// The time.
    pub per: Duration,
}

impl FromStr for Rate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (count, unit) = text.split_once('/').ok_or(())?;
        let seconds = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(()),
        };
        Ok(Self { count: count.trim().parse().map_err(|_| ())?, per: Duration::from_secs(seconds) })
    }
}

/// Who is counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// The holder of a key.
    Key(Arc<str>),
    /// A host: an IPv4 address, or the network of an IPv6 one.
    Host(IpAddr),
    /// All of whom nothing is known.
    Unknown,
}

/// Counts the requests of each caller.
pub(super) struct Rates {
    limiter: DefaultKeyedRateLimiter<Caller>,
    clock: DefaultClock,
    /// There are more callers than are told apart.
    crowded: AtomicBool,
}

impl Rates {
    /// Rates of this many requests; `burst` of them may come at once after a pause.
    pub(super) fn new(rate: Rate, burst: NonZeroU32) -> Self {
        let one = (rate.per / rate.count.get()).max(Duration::from_nanos(1));
        // A period is absent only when it is zero.
        let quota = Quota::with_period(one).unwrap_or(Quota::per_second(NonZeroU32::MAX));
        Self {
            limiter: RateLimiter::keyed(quota.allow_burst(burst)),
            clock: DefaultClock::default(),
            crowded: AtomicBool::new(false),
        }
    }

    /// The caller at an address.
    pub(super) fn host(&self, address: Option<IpAddr>) -> Caller {
        let crowded = self.crowded.load(Ordering::Relaxed);
        let Some(address) = address else { return Caller::Unknown };
        // Whoever has an IPv6 address has the 2^64 addresses of its network.
        let prefix = match (address.to_canonical(), crowded) {
            (IpAddr::V4(_), false) => 32,
            (IpAddr::V4(_), true) => 16,
            (IpAddr::V6(_), false) => 64,
            (IpAddr::V6(_), true) => 32,
        };
        Caller::Host(Network::around(address, prefix).first())
    }

    /// Counts a request.
    pub(super) fn count(&self, caller: &Caller) -> Result<(), ApiError> {
        self.limiter.check_key(caller).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            ApiError::TooOften { seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0) }
        })
    }

    /// Forgets those who have been quiet long enough.
    pub(super) fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.crowded.store(self.limiter.len() > MOST_CALLERS, Ordering::Relaxed);
    }
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").field("callers", &self.limiter.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rate: &str, burst: u32) -> Rates {
        Rates::new(rate.parse().unwrap(), NonZeroU32::new(burst).unwrap())
    }

    #[test]
    fn rates_are_read() {
        let check = |text: &str, expected: Option<(u32, u64)>| {
            let rate = text.parse::<Rate>().ok().map(|rate| (rate.count.get(), rate.per.as_secs()));
            assert_eq!(rate, expected, "{text}");
        };
        check("100/s", Some((100, 1)));
        check("6000 / m", Some((6000, 60)));
        check("1/h", Some((1, 3600)));
        check("0/s", None);
        check("-1/s", None);
        check("100", None);
        check("100/d", None);
        check("/s", None);
    }

    #[test]
    fn a_burst_passes_and_what_follows_waits() {
        let rates = rates("1/h", 3);
        let host = |address: &str| rates.host(address.parse().ok());
        let asks = |caller: &Caller| rates.count(caller).map_err(|error| error.to_string());
        for _ in 0..3 {
            asks(&host("192.0.2.1")).unwrap();
        }
        assert!(asks(&host("192.0.2.1")).unwrap_err().contains("ask again in 3600 seconds"));
        assert!(asks(&host("::ffff:192.0.2.1")).is_err());
        // Another caller is not counted with it.
        asks(&host("192.0.2.2")).unwrap();
        asks(&Caller::Key("shop".into())).unwrap();
        assert_eq!(host("2001:db8::1"), host("2001:db8::ffff:1"));
        assert_ne!(host("2001:db8::1"), host("2001:db8:0:1::1"));
    }

    #[test]
    fn those_who_are_quiet_are_forgotten() {
        let rates = rates("1000000/s", 1);
        for last in 0..=255 {
            rates.count(&rates.host(Some([192, 0, 2, last].into()))).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
        rates.tidy();
        assert_eq!(rates.limiter.len(), 0);
    }

    #[test]
    fn a_crowd_is_counted_by_networks() {
        let rates = rates("1/h", 1);
        for number in 0..=MOST_CALLERS as u32 {
            rates.count(&rates.host(Some(IpAddr::V4(number.into())))).unwrap();
        }
        rates.tidy();
        assert_eq!(rates.host("192.0.2.1".parse().ok()), rates.host("192.0.77.1".parse().ok()));
    }
}
