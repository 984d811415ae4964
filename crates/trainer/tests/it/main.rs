//! Tests of the trainer from outside.

mod config_errors;
mod config_properties;
mod config_reference;
mod predicting;
mod table_loading;
mod training;
mod workshop;
