//! The fixed front of an artifact file: magic, format version and the lengths of its sections.

use std::ops::Range;

use super::ArtifactError;

/// The format that this version writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// First bytes of every artifact. The line end shows a transfer in text mode, as in PNG.
const MAGIC: [u8; 8] = *b"CANOPY\r\n";
pub(super) const PREAMBLE_LENGTH: usize = 24;
pub(super) const DIGEST_LENGTH: usize = 32;
/// Longest header, 16 MiB.
pub(super) const HEADER_LIMIT: u32 = 16 << 20;

/// The decoded front of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preamble {
    pub(super) format: u32,
    pub(super) header_length: u32,
    payload_length: u64,
}

impl Preamble {
    pub(super) fn new(header_length: u32, payload_length: u64) -> Self {
        Self { format: FORMAT_VERSION, header_length, payload_length }
    }

    pub(super) fn encode(&self) -> [u8; PREAMBLE_LENGTH] {
        let mut bytes = [0; PREAMBLE_LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.format.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.header_length.to_le_bytes());
        bytes[16..].copy_from_slice(&self.payload_length.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, ArtifactError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(ArtifactError::Magic);
        }
        let Some((front, _)) = bytes.split_first_chunk::<PREAMBLE_LENGTH>() else {
            return Err(ArtifactError::Truncated {
                expected: PREAMBLE_LENGTH as u64,
                found: bytes.len() as u64,
            });
        };
        let word = |start: usize| {
            u32::from_le_bytes([front[start], front[start + 1], front[start + 2], front[start + 3]])
        };
        let format = word(8);
        if format == 0 || format > FORMAT_VERSION {
            return Err(ArtifactError::Format { found: format, supported: FORMAT_VERSION });
        }
        let header_length = word(12);
        if header_length > HEADER_LIMIT {
            return Err(ArtifactError::TooLong {
                section: "header",
                length: header_length.into(),
                limit: HEADER_LIMIT.into(),
            });
        }
        let payload_length = u64::from(word(16)) | u64::from(word(20)) << 32;
        Ok(Self { format, header_length, payload_length })
    }

    /// Offset of the first byte of the payload.
    pub(super) fn payload_start(&self) -> u64 {
        (PREAMBLE_LENGTH + DIGEST_LENGTH) as u64 + u64::from(self.header_length)
    }

    /// Place of the payload in a file whose length was checked.
    pub(super) fn payload_range(&self) -> Range<usize> {
        let start = self.payload_start() as usize;
        start..start + self.payload_length as usize
    }

    /// Length of the whole file, `None` when it is beyond what a `u64` can say.
    pub(super) fn file_length(&self) -> Option<u64> {
        self.payload_start().checked_add(self.payload_length)?.checked_add(DIGEST_LENGTH as u64)
    }

    /// Checks the stated lengths against the real length of the file, before anything is read by them.
    pub(super) fn check_length(&self, found: u64) -> Result<(), ArtifactError> {
        let expected = self.file_length().unwrap_or(u64::MAX);
        match found.cmp(&expected) {
            std::cmp::Ordering::Less => Err(ArtifactError::Truncated { expected, found }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(ArtifactError::Trailing { expected, found }),
        }
    }
}
