//! Whether the rows that a model is asked for are still those that it was trained on.
//!
//! A [`Reference`] is what an artifact knows of its training data and of its own answers. A [`Sketch`] counts later rows in the same
//! bins: of bounded size, however many rows there are, and two sketches are merged into that of all their rows. [`compare`] is the
//! one rule that judges a sketch; the trainer's commands and the server use it alike.

mod binning;
mod comparison;
mod distance;
mod evidence;
mod finding;
mod layout;
mod reference;
mod sketch;
mod thresholds;

pub use binning::Binning;
pub use comparison::{Comparison, compare};
pub use evidence::mean_has_grown;
pub use finding::{Bar, Cause, Finding, Verdict};
pub use layout::Layout;
pub use reference::{NotCompared, Reference, ReferenceError};
pub use sketch::{OtherLayout, Sketch};
pub use thresholds::{ThresholdError, Thresholds};
