//! The payload of an artifact as bincode. This is the only file that names the binary codec.
//!
//! Fixed-width little-endian integers, so that the bytes are also those of bincode 1 and of `wincode`, which could take
//! over (a test writes with one and reads with the other). Blocks are borrowed from the input, never copied. In serde
//! mode a hostile length allocates at most what the limit below allows: four times the length of the payload.

use std::ops::Range;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian, legacy};
use serde::{Deserialize, Serialize, Serializer};

use super::{ArtifactError, Payload};
use crate::{FeatureSchema, Profile};

/// What a payload holds; the blocks by their place in it.
pub(super) struct Decoded {
    pub(super) schema: FeatureSchema,
    pub(super) profile: Profile,
    pub(super) blocks: Vec<(String, Range<usize>)>,
}

/// Layout of format 1. It never changes; a new layout is a new struct.
#[derive(Serialize)]
struct PayloadV1<'a> {
    schema: &'a FeatureSchema,
    profile: &'a Profile,
    blocks: Vec<BlockV1<'a>>,
}

#[derive(Deserialize)]
struct DecodedV1<'a> {
    schema: FeatureSchema,
    profile: Profile,
    #[serde(borrow)]
    blocks: Vec<BlockV1<'a>>,
}

#[derive(Serialize, Deserialize)]
struct BlockV1<'a> {
    name: &'a str,
    #[serde(serialize_with = "in_bulk")]
    bytes: &'a [u8],
}

fn in_bulk<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

pub(super) fn encode(payload: &Payload) -> Result<Vec<u8>, ArtifactError> {
    let blocks =
        payload.blocks.iter().map(|block| BlockV1 { name: &block.name, bytes: &block.bytes }).collect();
    let stored = PayloadV1 { schema: &payload.schema, profile: &payload.profile, blocks };
    bincode::serde::encode_to_vec(&stored, legacy())
        .map_err(|source| ArtifactError::Payload { reason: source.to_string() })
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, ArtifactError> {
    let (decoded, length) =
        decode_limited(bytes).map_err(|source| ArtifactError::Payload { reason: source.to_string() })?;
    if length != bytes.len() {
        let reason = format!("{} bytes are left over", bytes.len() - length);
        return Err(ArtifactError::Payload { reason });
    }
    let blocks =
        decoded.blocks.iter().map(|block| (block.name.to_owned(), place(bytes, block.bytes))).collect();
    Ok(Decoded { schema: decoded.schema, profile: decoded.profile, blocks })
}

/// Where `part`, a slice of `whole`, stands in it.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

type Limited<const LIMIT: usize> = Configuration<LittleEndian, Fixint, Limit<LIMIT>>;

/// Decodes with the smallest limit that the input can need. bincode takes limits as constants only.
fn decode_limited(bytes: &[u8]) -> Result<(DecodedV1<'_>, usize), bincode::error::DecodeError> {
    macro_rules! first_sufficient {
        ($($limit:literal),+) => {
            $(if bytes.len() <= 1 << $limit {
                let config: Limited<{ 1 << $limit }> = legacy().with_limit();
                return bincode::serde::borrow_decode_from_slice(bytes, config);
            })+
        };
    }
    first_sufficient!(12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40);
    Err(bincode::error::DecodeError::LimitExceeded)
}
