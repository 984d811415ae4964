//! The messages of the Open Inference Protocol (version 2) over gRPC, and of gRPC's standard health check.
//!
//! The code under `generated/` is what prost makes of the files in `proto/`, and is committed, so that a build needs no
//! compiler for them: `make proto` writes it again after a change.

/// The Open Inference Protocol: package `inference`.
#[path = "generated/inference.rs"]
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, reason = "generated")]
pub mod inference;

/// The health check: package `grpc.health.v1`.
#[path = "generated/grpc.health.v1.rs"]
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, reason = "generated")]
pub mod health;
