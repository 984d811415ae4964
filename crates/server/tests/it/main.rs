//! The HTTP API, asked as its callers ask it. All but the last module run on models without an artifact.

mod csv_files;
mod documents;
mod errors;
mod labelled;
mod limits;
mod named_rows;
mod positional_rows;
mod program;
mod robustness;
mod service;
mod stubs;
mod warnings;
