//! Runs the built programs as a user would.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administering;
mod architecture;
mod comparing;
mod data;
mod drifting;
mod exit_codes;
mod explained;
mod exploring;
mod grpc;
mod house_price;
mod http;
mod identical;
mod iris;
mod life_expectancy;
mod links;
mod model_reports;
mod nats;
mod parquet;
mod programs;
mod quickstart;
mod registry;
mod retraining;
mod serving;
mod sharding;
mod streaming;
mod streaming_nats;
mod streaming_nats_secured;
mod table;
mod taxi;
mod trained;
mod tuning;
mod tutorials;
mod workspace;
