//! A file of lines that stays below a size: a full one becomes FILE.1, in place of the one before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) struct RotatingFile {
    path: PathBuf,
    most_bytes: u64,
    file: File,
    bytes: u64,
}

impl RotatingFile {
    /// Opens the file to write behind what is there. Others than the owner cannot read a new one.
    pub(super) fn open(path: &Path, most_bytes: u64) -> io::Result<Self> {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.into(), most_bytes, file, bytes })
    }

    /// Writes whole lines.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = lines.len() as u64;
        if self.bytes > 0 && self.bytes + length > self.most_bytes {
            let mut older = self.path.clone().into_os_string();
            older.push(".1");
            fs::rename(&self.path, older)?;
            self.file = open(&self.path)?;
            self.bytes = 0;
        }
        self.file.write_all(lines)?;
        self.bytes += length;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.ndjson");
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let mut file = RotatingFile::open(&path, 10).unwrap();
        for line in ["1234\n", "5678\n", "9\n"] {
            file.write(line.as_bytes()).unwrap();
        }
        assert_eq!((text("rows.ndjson"), text("rows.ndjson.1")), ("9\n".into(), "1234\n5678\n".into()));
        // A new process goes on behind what is there; a long line has a file of its own.
        let mut file = RotatingFile::open(&path, 10).unwrap();
        file.write(b"a line that is too long\n").unwrap();
        file.write(b"b\n").unwrap();
        assert_eq!(text("rows.ndjson.1"), "a line that is too long\n");
        assert_eq!(text("rows.ndjson"), "b\n");
    }
}
