//! Tests of the trainer from outside.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod config_errors;
mod config_properties;
mod config_reference;
mod continuing;
mod doctor;
mod exchange;
mod init;
mod parquet_data;
mod predicting;
mod registry;
mod sharding;
mod table_loading;
mod telling;
mod training;
mod whole_files;
mod workshop;
