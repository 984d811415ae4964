//! The learner as its users meet it: whole forests, held against brute force, against known scores and against linfa.

#![allow(clippy::unwrap_used, clippy::panic)]

mod apart;
mod categories;
mod covers;
mod determinism;
mod exact_split;
mod intervals;
mod linfa_datasets;
mod missing;
mod monotonic;
mod parameters;
mod peers;
mod reference_scores;
mod scikit_scores;
mod tables;
mod warm_start;
