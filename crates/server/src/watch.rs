//! What a version is asked and what it answers, seen where the model is asked, so that every protocol is: counted, to be compared
//! with the training data, and where the settings say so written to a file.

use std::sync::Arc;

use drift::{Comparison, Reference, Thresholds, compare};
use model_core::{Model, Rows, Scores};

mod capture;
mod captured_row;
mod live;
mod rotating_file;

pub use capture::{Capture, CaptureError, CaptureSettings};
use live::Live;

/// How versions are watched.
#[derive(Clone)]
pub struct Watch {
    /// Rows that are counted before the oldest are let go; with 0 none are counted.
    pub window: u64,
    /// Where rows are written, with their answers; nowhere when absent.
    pub capture: Option<Arc<Capture>>,
}

impl Watch {
    /// Rows of a window when nothing else is said.
    pub const WINDOW: u64 = 10_000;
}

impl Default for Watch {
    fn default() -> Self {
        Self { window: Self::WINDOW, capture: None }
    }
}

/// The watch over one version.
pub(crate) struct Watched {
    live: Option<Live>,
    capture: Option<Arc<Capture>>,
}

impl Watched {
    pub(crate) fn new(model: &dyn Model, watch: &Watch) -> Self {
        let reference = (watch.window > 0).then(|| Reference::of(model.header(), model.profile()));
        let reference = reference.and_then(|reference| match reference {
            Ok(reference) => Some(reference),
            Err(error) => {
                tracing::warn!(name = model.header().name, %error, "drift is not looked for");
                None
            }
        });
        let live = reference.map(|reference| Live::new(reference, watch.window));
        Self { live, capture: watch.capture.clone() }
    }

    /// Takes note of rows and the answers to them.
    #[inline]
    pub(crate) fn see(&self, model: &dyn Model, rows: &Rows, scores: &Scores) {
        if let Some(live) = &self.live {
            live.count(rows, scores);
        }
        if let Some(capture) = &self.capture {
            capture.offer(model, rows, scores);
        }
    }

    /// How the latest rows compare with the training data; nothing where none are counted.
    pub(crate) fn compared(&self) -> Option<Comparison> {
        let live = self.live.as_ref()?;
        Some(compare(live.reference(), &live.sketch(), &Thresholds::default()))
    }
}
