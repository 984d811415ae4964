//! The artifact: one file that holds everything a server needs to answer.
//!
//! Byte layout of format 1, all integers little-endian:
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | magic `CANOPY\r\n` |
//! | 8 | 4 | format version, `u32` |
//! | 12 | 4 | length H of the header, `u32`, at most 16 MiB |
//! | 16 | 8 | length P of the payload, `u64` |
//! | 24 | H | header, JSON ([`Header`]) |
//! | 24 + H | 32 | BLAKE3 of everything before |
//! | 56 + H | P | payload, bincode (fixed-width integers) |
//! | 56 + H + P | 32 | BLAKE3 of the payload |
//!
//! Nothing may follow. The header can be read and verified without the payload. The payload depends on nothing but
//! data, config and seed; time and host are in the header, so two trainings on the same input have one payload checksum.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::aside::{self, Aside};
use crate::{FeatureSchema, Header, Profile};

mod envelope;
mod error;
mod payload;

pub use envelope::FORMAT_VERSION;
pub use error::ArtifactError;

use envelope::{DIGEST_LENGTH, HEADER_LIMIT, PREAMBLE_LENGTH, Preamble};

/// File name extension of an artifact, without the dot.
pub const EXTENSION: &str = "canopy";

/// What training hands over for storing: all that decides about an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// Schema of features and target.
    pub schema: FeatureSchema,
    /// Distribution of the training data.
    pub profile: Profile,
    /// The estimator's own arrays. Their meaning is the estimator's; here they are named bytes.
    pub blocks: Vec<Block>,
}

/// One array of an estimator as little-endian bytes, under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Name, unique in the artifact.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// An artifact that was read and verified: checksums, lengths and the schema are sound. The blocks are not yet looked
/// into; the estimator validates them.
#[derive(Debug, Clone)]
pub struct Artifact {
    header: Header,
    schema: FeatureSchema,
    profile: Profile,
    checksum: String,
    bytes: Vec<u8>,
    blocks: Vec<(String, Range<usize>)>,
}

impl Artifact {
    /// Reads and verifies an artifact file.
    ///
    /// # Errors
    /// When the file cannot be read, is no artifact, was written by a newer Canopy, is cut short or too long, or a
    /// checksum does not match. Memory use is bounded by a small multiple of the file's size.
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        let bytes = fs::read(path).map_err(|source| ArtifactError::io("read", path, source))?;
        Self::decode(bytes).map_err(|error| error.in_file(path))
    }

    /// Verifies the bytes of an artifact.
    ///
    /// # Errors
    /// As [`Artifact::read`], but for the file.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, ArtifactError> {
        let preamble = Preamble::decode(&bytes)?;
        preamble.check_length(bytes.len() as u64)?;
        let header = decode_header(&preamble, &bytes[..preamble.payload_start() as usize])?;
        let payload_range = preamble.payload_range();
        let payload = &bytes[payload_range.clone()];
        let digest = blake3::Hasher::new().update_rayon(payload).finalize();
        if digest.as_bytes()[..] != bytes[payload_range.end..] {
            return Err(ArtifactError::Checksum { section: "payload" });
        }
        let decoded = payload::decode(payload)?;
        if decoded.schema != header.schema {
            return Err(ArtifactError::Inconsistent {
                reason: "header and payload hold different schemas".into(),
            });
        }
        let blocks = decoded
            .blocks
            .into_iter()
            .map(|(name, range)| (name, range.start + payload_range.start..range.end + payload_range.start))
            .collect();
        Ok(Self {
            header,
            schema: decoded.schema,
            profile: decoded.profile,
            checksum: digest.to_hex().to_string(),
            bytes,
            blocks,
        })
    }

    /// What the artifact says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Schema of features and target.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// Distribution of the training data.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// BLAKE3 of the payload in hexadecimal: the same for the same data, config and seed.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The bytes of one block.
    ///
    /// # Errors
    /// When the artifact holds no block of this name.
    pub fn block(&self, name: &str) -> Result<&[u8], ArtifactError> {
        Ok(&self.bytes[self.place(name)?])
    }

    /// Takes the bytes of one block out, in the memory that the file was read into: a large block is never there twice.
    /// All other blocks are let go.
    ///
    /// # Errors
    /// When the artifact holds no block of this name.
    pub fn take_block(&mut self, name: &str) -> Result<Vec<u8>, ArtifactError> {
        let place = self.place(name)?;
        self.blocks.clear();
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.truncate(place.end);
        bytes.drain(..place.start);
        bytes.shrink_to_fit();
        Ok(bytes)
    }

    fn place(&self, name: &str) -> Result<Range<usize>, ArtifactError> {
        match self.blocks.iter().find(|(candidate, _)| candidate == name) {
            Some((_, place)) => Ok(place.clone()),
            None => Err(ArtifactError::NoBlock { name: name.into() }),
        }
    }

    /// Takes the descriptions out and lets the blocks go.
    pub fn into_parts(self) -> (Header, FeatureSchema, Profile) {
        (self.header, self.schema, self.profile)
    }
}

/// What can be told of an artifact without reading its payload.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The header, verified by its own checksum.
    pub header: Header,
    /// Format version of the file.
    pub format: u32,
    /// The payload checksum that the file states, in hexadecimal. Not verified: that takes the payload.
    pub checksum: String,
    /// Size of the file in bytes.
    pub file_bytes: u64,
}

/// Reads and verifies the header alone, however large the artifact.
///
/// # Errors
/// As [`Artifact::read`], save for what only the payload can show.
pub fn read_summary(path: &Path) -> Result<Summary, ArtifactError> {
    let io = |source| ArtifactError::io("read", path, source);
    let mut file = File::open(path).map_err(io)?;
    let file_bytes = file.metadata().map_err(io)?.len();
    let mut front = Vec::with_capacity(PREAMBLE_LENGTH);
    (&mut file).take(PREAMBLE_LENGTH as u64).read_to_end(&mut front).map_err(io)?;
    let preamble = Preamble::decode(&front).map_err(|error| error.in_file(path))?;
    preamble.check_length(file_bytes).map_err(|error| error.in_file(path))?;
    let rest = preamble.payload_start() - PREAMBLE_LENGTH as u64;
    (&mut file).take(rest).read_to_end(&mut front).map_err(io)?;
    let header = decode_header(&preamble, &front).map_err(|error| error.in_file(path))?;
    let mut digest = [0; DIGEST_LENGTH];
    file.seek(SeekFrom::End(-(DIGEST_LENGTH as i64))).map_err(io)?;
    file.read_exact(&mut digest).map_err(io)?;
    let checksum = blake3::Hash::from_bytes(digest).to_hex().to_string();
    Ok(Summary { header, format: preamble.format, checksum, file_bytes })
}

/// Length of the whole artifact as its first bytes state it, in bytes; `None` while fewer than 24 are there. Who receives one
/// knows so early how much is still to come.
///
/// # Errors
/// When they are no beginning of an artifact, or of one that a newer Canopy wrote.
pub fn stated_length(front: &[u8]) -> Result<Option<u64>, ArtifactError> {
    match front.len() < PREAMBLE_LENGTH {
        true => Ok(None),
        false => Ok(Some(Preamble::decode(front)?.file_length().unwrap_or(u64::MAX))),
    }
}

/// The artifact, verified, under another name and version: a registry that numbers versions itself decides about both. The
/// payload stays as it is, and so does its checksum.
///
/// # Errors
/// As [`Artifact::decode`].
pub fn relabelled(bytes: Vec<u8>, name: &str, version: u64) -> Result<Vec<u8>, ArtifactError> {
    let start = Preamble::decode(&bytes)?.payload_start() as usize;
    let artifact = Artifact::decode(bytes)?;
    if (artifact.header.name.as_str(), artifact.header.version) == (name, version) {
        return Ok(artifact.bytes);
    }
    let header = Header { name: name.into(), version, ..artifact.header };
    let rest = artifact.bytes.get(start..).unwrap_or_default();
    let mut bytes = front(&header, rest.len().saturating_sub(DIGEST_LENGTH) as u64)?;
    bytes.extend_from_slice(rest);
    Ok(bytes)
}

/// The bytes of an artifact.
///
/// # Errors
/// When the header is larger than its limit or holds a number that is not finite, or the schemas of header and payload differ.
pub fn encode(header: &Header, payload: &Payload) -> Result<Vec<u8>, ArtifactError> {
    if header.schema != payload.schema {
        return Err(ArtifactError::Inconsistent {
            reason: "header and payload hold different schemas".into(),
        });
    }
    let payload = payload::encode(payload)?;
    let mut bytes = front(header, payload.len() as u64)?;
    bytes.extend_from_slice(&payload);
    bytes.extend_from_slice(blake3::hash(&payload).as_bytes());
    Ok(bytes)
}

/// All that stands before the payload, in memory for the whole.
fn front(header: &Header, payload_length: u64) -> Result<Vec<u8>, ArtifactError> {
    let failed = |source: serde_json::Error| ArtifactError::Header { reason: source.to_string() };
    let header = serde_json::to_vec(header).map_err(failed)?;
    // JSON writes a number that is not finite as null, which is no number: nobody could read the file.
    serde_json::from_slice::<Header>(&header).map_err(failed)?;
    if header.len() > HEADER_LIMIT as usize {
        return Err(ArtifactError::TooLong {
            section: "header",
            length: header.len() as u64,
            limit: HEADER_LIMIT.into(),
        });
    }
    let preamble = Preamble::new(header.len() as u32, payload_length);
    let mut bytes = Vec::with_capacity(preamble.file_length().unwrap_or_default() as usize);
    bytes.extend_from_slice(&preamble.encode());
    bytes.extend_from_slice(&header);
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// Stores an artifact: written beside its place, synced, then linked into it in one step, so that a reader meets
/// either nothing or the whole file. An existing file is never touched.
///
/// # Errors
/// When a file stands at `path`, the folder cannot be written, or as for [`encode`].
pub fn write(path: &Path, header: &Header, payload: &Payload) -> Result<(), ArtifactError> {
    let bytes = encode(header, payload)?;
    let mut aside = Aside::create(path).map_err(|source| ArtifactError::io("create", path, source))?;
    aside.fill(&bytes).map_err(|source| ArtifactError::io("write", path, source))?;
    publish(aside.path(), path)?;
    aside::sync_folder(path).map_err(|source| ArtifactError::io("sync", path, source))
}

/// The file name of a version: name, version and UTC time, for example `boston-v3-20261121T081500Z.canopy`.
///
/// `created` is the header's RFC 3339 time; its separators are left out, since `:` is not allowed on every system.
pub fn file_name(name: &str, version: u64, created: &str) -> String {
    let time: String = created.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{name}-v{version}-{time}.{EXTENSION}")
}

/// Gives the finished file its name. A hard link fails when the name is taken, where a rename would replace the file;
/// only a file system without hard links gets the check and the rename one after the other.
fn publish(temporary: &Path, path: &Path) -> Result<(), ArtifactError> {
    match fs::hard_link(temporary, path) {
        Ok(()) => Ok(()),
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists || path.exists() => {
            Err(ArtifactError::Exists { path: path.into() })
        }
        Err(_) => fs::rename(temporary, path).map_err(|source| ArtifactError::io("create", path, source)),
    }
}

fn decode_header(preamble: &Preamble, front: &[u8]) -> Result<Header, ArtifactError> {
    let (covered, digest) = front
        .len()
        .checked_sub(DIGEST_LENGTH)
        .map(|end| front.split_at(end))
        .filter(|(covered, _)| covered.len() == PREAMBLE_LENGTH + preamble.header_length as usize)
        .ok_or(ArtifactError::Truncated { expected: preamble.payload_start(), found: front.len() as u64 })?;
    if blake3::hash(covered).as_bytes()[..] != *digest {
        return Err(ArtifactError::Checksum { section: "header" });
    }
    serde_json::from_slice(&covered[PREAMBLE_LENGTH..])
        .map_err(|source| ArtifactError::Header { reason: source.to_string() })
}

#[cfg(test)]
mod tests;
