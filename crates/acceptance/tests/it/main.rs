//! Runs the built programs as a user would.

mod data;
mod workspace;
