//! The file beside an artifact that lists are made from: nobody downloads a forest to see its name.

use model_core::Header;
use model_core::artifact::Summary;
use serde::{Deserialize, Serialize};

/// The file with what can be told of an artifact.
#[derive(Serialize, Deserialize)]
pub(super) struct SummaryFile {
    pub(super) checksum: String,
    pub(super) format: u32,
    pub(super) file_bytes: u64,
    pub(super) header: Header,
}

impl SummaryFile {
    pub(super) fn of(summary: &Summary) -> Self {
        let Summary { header, format, checksum, file_bytes } = summary.clone();
        Self { checksum, format, file_bytes, header }
    }
}
