//! Points in time in CSV cells, and the minutes between two of them.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

/// A point in time as a cell gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With an offset from UTC: one point on the world's time line.
    Instant(Timestamp),
    /// Date and time of a wall clock, zone unknown.
    Civil(DateTime),
}

impl Moment {
    /// Reads `YYYY-MM-DD HH:MM:SS`, with a `T` in place of the space, with decimals of a second, with an offset or `Z`
    /// (RFC 3339). A date alone is its midnight.
    pub fn parse(cell: &str) -> Option<Self> {
        let cell = cell.trim();
        // With an offset first: the civil type reads such a text too, and forgets the offset.
        if let Ok(instant) = cell.parse::<Timestamp>() {
            return Some(Self::Instant(instant));
        }
        cell.parse::<DateTime>().ok().map(Self::Civil)
    }

    /// Minutes from `self` to `end`, negative when it lies before. `None` when one is of a wall clock and the other is
    /// not: their distance is not known.
    pub fn minutes_until(self, end: Self) -> Option<f64> {
        let (start, end) = match (self, end) {
            (Self::Instant(start), Self::Instant(end)) => (start, end),
            (Self::Civil(start), Self::Civil(end)) => (as_if_utc(start)?, as_if_utc(end)?),
            (Self::Instant(_), Self::Civil(_)) | (Self::Civil(_), Self::Instant(_)) => return None,
        };
        let nanoseconds = end.as_nanosecond() - start.as_nanosecond();
        // Whole seconds, the usual case, are exact; one division rounds once.
        Some(nanoseconds as f64 / 1e9 / 60.0)
    }
}

/// Two readings of one wall clock are compared as if it stood in UTC, where every day has 24 hours.
fn as_if_utc(civil: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_between_two_cells() {
        let check = |start: &str, end: &str, expected: Option<f64>| {
            let minutes = Moment::parse(start).zip(Moment::parse(end)).and_then(|(s, e)| s.minutes_until(e));
            assert_eq!(minutes, expected, "{start} to {end}");
        };
        // 20:21:09 to 20:27:24 is 6 min 15 s.
        check("2019-03-23 20:21:09", "2019-03-23 20:27:24", Some(6.25));
        check(" 2019-03-23T20:21:09", "2019-03-23 20:27:24 ", Some(6.25));
        check("2019-03-23 23:59:30", "2019-03-24 00:00:00", Some(0.5));
        check("2019-03-24 00:00:00", "2019-03-23 23:59:30", Some(-0.5));
        check("2019-03-23T20:21:09Z", "2019-03-23T22:21:09+01:00", Some(60.0));
        check("2019-03-23 20:21:09.5", "2019-03-23 20:21:12.5", Some(0.05));
        check("2020-02-28", "2020-03-01", Some(2.0 * 24.0 * 60.0));
        check("2019-03-23T20:21:09Z", "2019-03-23 20:27:24", None);
        check("2019-02-29 00:00:00", "2019-03-01 00:00:00", None);
        check("23/03/2019 20:21", "2019-03-23 20:27:24", None);
        check("yesterday", "2019-03-23 20:27:24", None);
        check("", "2019-03-23 20:27:24", None);
    }
}
