//! Tests of export and import from outside; ONNX Runtime itself is asked by `scripts/onnx_conformance.py`.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod files;
mod hostile;
mod round_trip;
