//! The synthetic data files of `data/`, for people without the originals.
//!
//! Two reference problems have data that this repository does not carry. The files made here have their columns and
//! their quirks, and a relation between features and target that a forest can learn, from a fixed seed: the bytes are
//! the same on every machine. The crate's tests run the built `trainer` and `server` as a user would.

mod countries;
mod districts;
mod draw;
mod taxi_trips;

pub use countries::countries;
pub use districts::{Place, districts};
pub use taxi_trips::taxi_trips;

/// File name of the synthetic countries in `data/`.
pub const COUNTRIES_FILE: &str = "world-data-2023.csv";
/// File name of the synthetic taxi trips in `data/`.
pub const TAXI_TRIPS_FILE: &str = "nyc_taxis_2019-03_raw.csv";
