//! Which rows a model was trained on, told by marks of their features: what later data holds of them is not new to the model.

use std::fs;
use std::path::{Path, PathBuf};

use crate::folder::write_aside;
use crate::{RegistryError, io};

const MAGIC: &[u8; 8] = b"CNPYROW1";
const DIGEST: usize = 32;

/// Marks of the rows that a model was trained on.
///
/// A mark is of the encoded features alone, without the target: a row whose target was corrected or spoilt since is still a row
/// that the model has seen, and so is another row with the same features.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainedRows {
    /// Ascending, each once.
    marks: Vec<u64>,
}

/// The mark of an encoded row.
pub fn row_mark(encoded: &[f32]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for value in encoded {
        // Every missing value is the same one.
        let bits = if value.is_nan() { f32::NAN.to_bits() } else { (value + 0.0).to_bits() };
        hasher.update(&bits.to_le_bytes());
    }
    let mut mark = [0; 8];
    hasher.finalize_xof().fill(&mut mark);
    u64::from_le_bytes(mark)
}

impl TrainedRows {
    /// Of these marks.
    pub fn new(mut marks: Vec<u64>) -> Self {
        marks.sort_unstable();
        marks.dedup();
        Self { marks }
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.marks.extend(others.marks);
        Self::new(self.marks)
    }

    /// Whether the model was trained on a row of this mark.
    pub fn hold(&self, mark: u64) -> bool {
        self.marks.binary_search(&mark).is_ok()
    }

    /// The file beside an artifact that holds them.
    pub fn path_beside(artifact: &Path) -> PathBuf {
        artifact.with_extension("rows")
    }

    /// Reads the file beside an artifact; `None` where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is damaged.
    pub fn read_beside(artifact: &Path) -> Result<Option<Self>, RegistryError> {
        let path = Self::path_beside(artifact);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(io("read", &path))?,
        };
        Self::decode(&bytes).map(Some).map_err(|reason| RegistryError::TrainedRows { path, reason })
    }

    /// Writes the file beside an artifact, in one step. The caller holds the lock of the folder.
    pub(crate) fn write_beside(&self, artifact: &Path) -> Result<(), RegistryError> {
        write_aside(&Self::path_beside(artifact), &self.encode())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.marks.iter().flat_map(|mark| mark.to_le_bytes()));
        let digest = blake3::hash(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let (content, digest) =
            bytes.split_at_checked(bytes.len().saturating_sub(DIGEST)).ok_or("too short")?;
        if blake3::hash(content).as_bytes()[..] != *digest {
            return Err("the checksum does not match");
        }
        let marks = content.strip_prefix(MAGIC).ok_or("it is of another form")?;
        let (marks, rest) = marks.as_chunks::<8>();
        match rest.is_empty() {
            true => Ok(Self::new(marks.iter().map(|mark| u64::from_le_bytes(*mark)).collect())),
            false => Err("it ends in the middle of a mark"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_have_equal_marks() {
        let check =
            |a: &[f32], b: &[f32], equal: bool| assert_eq!(row_mark(a) == row_mark(b), equal, "{a:?} {b:?}");
        check(&[1.0, 2.0], &[1.0, 2.0], true);
        check(&[0.0], &[-0.0], true);
        check(&[f32::NAN], &[-f32::NAN], true);
        check(&[1.0, 2.0], &[2.0, 1.0], false);
        check(&[1.0], &[1.0, 1.0], false);
    }

    #[test]
    fn a_file_is_read_as_written_and_every_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let artifact = folder.path().join("boston-v1-x.canopy");
        assert_eq!(TrainedRows::read_beside(&artifact).unwrap(), None);
        let rows = TrainedRows::new(vec![3, 1, 3, u64::MAX]);
        rows.write_beside(&artifact).unwrap();
        assert_eq!(TrainedRows::read_beside(&artifact).unwrap(), Some(rows.clone()));
        assert!(rows.hold(3) && rows.hold(u64::MAX) && !rows.hold(2));
        let bytes = rows.encode();
        for place in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[place] ^= 1;
            assert!(TrainedRows::decode(&wrong).is_err(), "byte {place}");
            assert!(TrainedRows::decode(&bytes[..place]).is_err(), "cut at {place}");
        }
    }
}
