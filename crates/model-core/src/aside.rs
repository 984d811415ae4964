//! A file in the making: written beside its place under a name of its own, and put there in one step, so that a reader meets
//! the whole file or none.
//!
//! What a killed process left behind is removed by the next one that writes to the same folder. Who writes holds the
//! file's lock, which the system takes away with the process however it ends, so that a file is never removed under a living
//! writer, not even under one in another container. The name says which process made it; where nothing says that this one is
//! dead, its file goes when it is ten minutes old.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::artifact::EXTENSION;

/// Age from which a file is left over whoever made it.
const OLD: Duration = Duration::from_secs(600);
/// End of the name.
const SUFFIX: &str = "tmp";

/// A file that is being written. It vanishes with the value, unless it was put in its place.
#[derive(Debug)]
pub struct Aside {
    file: File,
    path: PathBuf,
}

impl Aside {
    /// Begins a file beside `place`, in the name of this process; first removes what others left there.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn create(place: &Path) -> io::Result<Self> {
        Self::create_as(place, "")
    }

    /// The same in the name of this process of `host`, for folders that several machines write to. An empty host is not named.
    ///
    /// # Errors
    /// As [`Aside::create`].
    pub fn create_as(place: &Path, host: &str) -> io::Result<Self> {
        remove_left_over(place, host);
        let path = beside(place, host);
        loop {
            let file = File::options().write(true).create(true).truncate(false).open(&path)?;
            // A file system without locks lets nobody remove it either. One with them may have given the name to another file
            // while this one waited for who had it: another thread of this process, or one that took it for left over.
            if file.lock().is_err() || is_at(&file, &path) {
                file.set_len(0)?;
                return Ok(Self { file, path });
            }
        }
    }

    /// Where it stands until it is put in its place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all of the content, to the disk.
    ///
    /// # Errors
    /// When the disk is full or broken.
    pub fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Puts it where another file may stand, which it replaces, and lets that reach the disk.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn replace(self, place: &Path) -> io::Result<()> {
        fs::rename(&self.path, place)?;
        sync_folder(place)
    }

    /// Writes a whole file and puts it in its place.
    ///
    /// # Errors
    /// When the folder cannot be written to; then its place is as it was.
    pub fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut aside = Self::create(place)?;
        aside.fill(bytes)?;
        aside.replace(place)
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Another file may have the name by now, when this one is in its place. There is nobody to tell of a failure.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Lets renames and deletions beside `place` reach the disk.
///
/// # Errors
/// When the disk is broken.
pub fn sync_folder(place: &Path) -> io::Result<()> {
    File::open(folder_of(place))?.sync_all()
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name of a file in the making: `models.json.4711.tmp`, or with a host before the number.
fn beside(place: &Path, host: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_os_string();
    for part in [host, &std::process::id().to_string(), SUFFIX].iter().filter(|part| !part.is_empty()) {
        name.push(".");
        name.push(part);
    }
    place.with_file_name(name)
}

/// Removes what dead processes left in the folder of `place`. What cannot be looked at or removed is let be: the file that
/// is to be written now is none of its business.
fn remove_left_over(place: &Path, host: &str) {
    let Ok(entries) = fs::read_dir(folder_of(place)) else { return };
    let own = place.file_name().map(OsString::from).unwrap_or_default();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let writer = name.to_str().and_then(|name| writer(name, own.to_str().unwrap_or_default(), host));
        // A pipe would be waited for, and a link leads elsewhere.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if let (Some(writer), true) = (writer, is_file) {
            let _ = remove_if_left_over(&entry.path(), writer);
        }
    }
}

fn remove_if_left_over(path: &Path, writer: Option<u32>) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    if file.try_lock().is_err() {
        return Ok(());
    }
    let is_old = || file.metadata().and_then(|file| file.modified()).is_ok_and(is_old);
    if (writer.is_some_and(is_dead) || is_old()) && is_at(&file, path) {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn is_old(modified: std::time::SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age > OLD)
}

/// The process that made a file of this name; nothing when the name is none of ours, and no process when the name tells none.
///
/// Those of ours are made for the place that is written to now, and in any folder for an artifact, its rows or `models.json`.
fn writer(name: &str, own: &str, host: &str) -> Option<Option<u32>> {
    let name = name.strip_suffix(SUFFIX)?.strip_suffix('.')?;
    // Names that earlier versions gave, under the lock of the folder.
    if matches!(name, ".models.json" | ".push") || name.strip_suffix(".rows").is_some_and(is_version) {
        return Some(None);
    }
    let (name, process) = name.rsplit_once('.')?;
    let process = process.parse().ok()?;
    let of_host =
        |name: &str| name.strip_suffix(host).map(|name| name.strip_suffix('.').unwrap_or(name) == own);
    let is_own = name == own || (!host.is_empty() && of_host(name).unwrap_or(false));
    let stem =
        [".rows", &format!(".{EXTENSION}")].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    (is_own || matches!(name, "models.json" | "models") || is_version(stem)).then_some(Some(process))
}

/// Whether a name is that of an artifact without its ending: `boston-v3-20261121T081500Z`.
fn is_version(stem: &str) -> bool {
    let Some((name, rest)) = stem.rsplit_once("-v") else { return false };
    let Some((version, time)) = rest.split_once('-') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty()
        && is_number(version)
        && !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether the system says that there is no such process.
fn is_dead(process: u32) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && !processes.join(process.to_string()).exists()
}

/// Whether it is this file that has the name.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(named)) => is_same(&file, &named),
        _ => false,
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

#[cfg(test)]
mod tests;
