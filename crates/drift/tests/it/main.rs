//! The rule on whole populations: what is silent, what is not, and that parts make a whole.

mod old_artifact;
mod populations;
mod resamples;
mod sketches;
