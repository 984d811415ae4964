//! Where things lie in the checkout.

use std::env;
use std::path::{Path, PathBuf};

/// A path relative to the workspace root.
pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(relative)
}

/// A file of the shared data that the repository does not carry: in the folder that CANOPY_SHARED_DATA names, or else in
/// `shared/data` beside the checkout. `None` where there is none.
pub(crate) fn shared_data(file: &str) -> Option<PathBuf> {
    let folder = env::var_os("CANOPY_SHARED_DATA").map_or_else(|| path("../shared/data"), PathBuf::from);
    let file = folder.join(file);
    file.is_file().then_some(file)
}
