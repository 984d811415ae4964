//! The rule on whole populations: what is silent, what is not, and that parts make a whole.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod old_artifact;
mod populations;
mod resamples;
mod sketches;
