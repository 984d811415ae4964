//! When, where and with what a model was trained.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::TrainError;

/// The time of `SOURCE_DATE_EPOCH` where that is set, as reproducible builds do; else now.
pub(crate) fn created() -> Result<String, TrainError> {
    let time = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(found) => found
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or(TrainError::SourceDateEpoch { found })?,
        Err(_) => Timestamp::now(),
    };
    Ok(format!("{time:.0}"))
}

/// Versions of the crates that decide about the content of an artifact.
pub(crate) fn libraries() -> BTreeMap<String, String> {
    // The crates of the workspace have one version.
    ["forest", "forest-learner", "model-core", "trainer"]
        .map(|name| (name.to_owned(), env!("CARGO_PKG_VERSION").to_owned()))
        .into()
}
