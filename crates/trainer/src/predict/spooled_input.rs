//! The input as a file: standard input is kept in a temporary one, since the place of a bad cell is found by reading
//! again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::PredictError;

/// A file to read.
pub(super) struct Input {
    path: PathBuf,
    is_temporary: bool,
}

impl Input {
    /// The file at `path`; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, PredictError> {
        if path != Path::new("-") {
            return Ok(Self { path: path.into(), is_temporary: false });
        }
        let name = format!("canopy-predict-{}.csv", std::process::id());
        let input = Self { path: std::env::temp_dir().join(name), is_temporary: true };
        let spooled =
            File::create_new(&input.path).and_then(|mut file| io::copy(&mut io::stdin().lock(), &mut file));
        spooled.map_err(|source| PredictError::Spool { source })?;
        Ok(input)
    }

    /// Whether it is a copy of standard input.
    pub(super) fn is_temporary(&self) -> bool {
        self.is_temporary
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        if self.is_temporary {
            // A temporary file that cannot be removed is the system's to clear away.
            let _ = fs::remove_file(&self.path);
        }
    }
}
