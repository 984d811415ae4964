//! What is kept of requests, checked.

use super::ArgsError;
use crate::args::WatchArgs;
use crate::watch::CaptureSettings;

/// What is kept of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchSettings {
    /// Rows that are counted before the oldest are let go; none with 0.
    pub window: u64,
    /// Which rows are written; none when absent.
    pub capture: Option<CaptureSettings>,
}

impl WatchSettings {
    /// Checks the share and the size.
    ///
    /// # Errors
    /// When one is out of range.
    pub(super) fn check(args: WatchArgs) -> Result<Self, ArgsError> {
        let rate = args.capture_rate;
        if !(0.0..=1.0).contains(&rate) {
            return Err(ArgsError::Value {
                option: "capture-rate",
                variable: "CAPTURE_RATE",
                expected: "a share from 0 to 1",
                got: rate.to_string(),
            });
        }
        if args.capture_max_bytes == 0 {
            return Err(ArgsError::Value {
                option: "capture-max-bytes",
                variable: "CAPTURE_MAX_BYTES",
                expected: "at least 1",
                got: "0".into(),
            });
        }
        let capture = args.capture.map(|path| CaptureSettings {
            path,
            rate,
            redacted: args.capture_redact.iter().map(|name| name.trim().to_owned()).collect(),
            most_bytes: args.capture_max_bytes,
        });
        Ok(Self { window: args.drift_window, capture })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Args;

    #[test]
    fn a_share_that_is_none_is_refused() {
        let arguments = ["server", "--model", "m.canopy", "--capture", "x", "--capture-rate", "2"];
        let error = Args::try_parse_from(arguments).unwrap().check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "--capture-rate (CAPTURE_RATE): expected a share from 0 to 1, got \"2\""
        );
    }
}
