//! One writer at a time in a folder.

use std::fs::File;
use std::path::Path;

use crate::{RegistryError, io};

/// The right to change the folder. It ends with the value, and with the process however that ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for whoever else changes the folder.
    pub(super) fn take(folder: &Path) -> Result<Self, RegistryError> {
        let path = folder.join(".registry.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(io("write", &path))?;
        file.lock().map_err(io("lock", &path))?;
        Ok(Self { _file: file })
    }
}
