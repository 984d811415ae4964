//! `canopy-sql` against `trainer predict`, as their users run them.
//!
//! The trainer is the one that `CANOPY_TRAINER` names, else that of the main workspace's debug build.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
#[cfg(feature = "cluster")]
mod cluster;
mod common;
mod files;
mod memory;
mod refusals;
