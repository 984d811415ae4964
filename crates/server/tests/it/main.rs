//! The HTTP API, asked as its callers ask it. All but the last module run on models without an artifact.

#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic, and reads best with values in place"
)]

mod admin;
mod catalogue;
mod csv_files;
mod documents;
mod drift;
mod ends;
mod errors;
mod following;
mod grpc;
mod grpc_client;
mod hostile;
mod http2;
mod kserve_v1;
mod labelled;
mod limits;
mod log;
mod metrics;
mod mlflow;
mod named_rows;
mod observability;
mod open_inference;
mod options;
mod overload;
mod places;
mod playground;
mod positional_rows;
mod program;
mod reloads;
mod robustness;
mod running;
mod security;
mod service;
mod streams;
mod stubs;
mod swaps;
mod tls;
mod traces;
mod traffic;
mod warnings;
