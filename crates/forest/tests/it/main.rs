//! The forest as its users meet it: built, walked, stored and read again.

#![allow(clippy::unwrap_used, clippy::panic)]

mod explanations;
mod model;
mod random_forests;
mod stored_forests;
mod walks;
