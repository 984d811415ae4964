//! Tests of the artifact: what is written is read, what is damaged is refused without a panic.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::sample;

mod twin;

fn bytes() -> Vec<u8> {
    encode(&sample::header(), &sample::payload()).unwrap()
}

/// Recomputes both checksums, so that a change of the content gets past them.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let preamble = Preamble::decode(&bytes).unwrap();
    let start = preamble.payload_start() as usize;
    let digest = blake3::hash(&bytes[..start - DIGEST_LENGTH]);
    bytes[start - DIGEST_LENGTH..start].copy_from_slice(digest.as_bytes());
    let end = bytes.len() - DIGEST_LENGTH;
    let digest = blake3::hash(&bytes[start..end]);
    bytes[end..].copy_from_slice(digest.as_bytes());
    bytes
}

#[test]
fn what_is_written_is_read() {
    let artifact = Artifact::decode(bytes()).unwrap();
    assert_eq!(*artifact.header(), sample::header());
    assert_eq!(*artifact.schema(), sample::payload().schema);
    assert_eq!(*artifact.profile(), sample::payload().profile);
    for block in sample::payload().blocks {
        assert_eq!(artifact.block(&block.name).unwrap(), block.bytes);
    }
    for block in sample::payload().blocks {
        let mut artifact = artifact.clone();
        assert_eq!(artifact.take_block(&block.name).unwrap(), block.bytes);
        assert!(artifact.take_block(&block.name).is_err());
    }
    assert_eq!(
        artifact.block("trees").unwrap_err().to_string(),
        r#"the artifact holds no "trees": it was written for another kind of model"#
    );
}

#[test]
fn a_header_that_could_not_be_read_is_not_written() {
    let mut header = sample::header();
    header.evaluation.test.get_or_insert_default().metrics.insert("r2".into(), f64::NAN);
    let said = encode(&header, &sample::payload()).unwrap_err().to_string();
    assert!(said.starts_with("the header cannot be read: invalid type: null"), "{said}");
}

#[test]
fn time_and_host_are_outside_the_payload_checksum() {
    let later =
        Header { created: "2027-01-01T00:00:00Z".into(), host: "elsewhere".into(), ..sample::header() };
    let later = Artifact::decode(encode(&later, &sample::payload()).unwrap()).unwrap();
    assert_eq!(later.checksum(), Artifact::decode(bytes()).unwrap().checksum());
}

#[test]
fn a_stored_version_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file_name("penguins", 3, "2026-11-21T08:15:00Z"));
    assert_eq!(path.file_name().unwrap(), "penguins-v3-20261121T081500Z.canopy");
    write(&path, &sample::header(), &sample::payload()).unwrap();
    let stored = fs::read(&path).unwrap();

    let other = Header { title: "Other".into(), ..sample::header() };
    let error = write(&path, &other, &sample::payload()).unwrap_err();
    assert!(matches!(error, ArtifactError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), stored);
    // No temporary file stays behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let summary = read_summary(&path).unwrap();
    assert_eq!(summary.header, sample::header());
    assert_eq!(summary.checksum, Artifact::read(&path).unwrap().checksum());
    assert_eq!(summary.file_bytes, stored.len() as u64);
}

#[test]
fn header_and_payload_must_agree_on_the_schema() {
    let mut header = sample::header();
    header.schema.features[0].name = "mass".into();
    assert!(matches!(encode(&header, &sample::payload()), Err(ArtifactError::Inconsistent { .. })));
}

/// Every kind of damage, with the first words of the refusal.
#[test]
fn damage_is_refused_in_words() {
    let check = |damage: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let mut damaged = bytes();
        damage(&mut damaged);
        let error = Artifact::decode(damaged).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error:?} does not start with {expected:?}");
    };
    let payload_start = Preamble::decode(&bytes()).unwrap().payload_start() as usize;
    check(&|b| b.clear(), "not a Canopy artifact");
    check(&|b| b[0] = b'X', "not a Canopy artifact");
    check(&|b| b.truncate(20), "the file is cut short: 20 bytes of 24");
    check(&|b| b.truncate(b.len() - 1), "the file is cut short");
    check(&|b| b.push(0), "the file is");
    check(
        &|b| b[8] = 2,
        "artifact format 2 is not known here, this version reads formats 1 to 1: use a newer Canopy",
    );
    check(&|b| b[8] = 0, "artifact format 0 is not known");
    check(&|b| b[12..16].fill(0xff), "the header is 4294967295 bytes long, more than the limit of 16777216");
    check(&|b| b[16..24].fill(0xff), "the file is cut short");
    check(&|b| b[16..24].copy_from_slice(&(1_u64 << 60).to_le_bytes()), "the file is cut short");
    check(&|b| b[30] ^= 1, "the header is damaged");
    check(&|b| b[payload_start - 1] ^= 1, "the header is damaged");
    check(&|b| b[payload_start] ^= 1, "the payload is damaged");
    check(&|b| *b.last_mut().unwrap() ^= 1, "the payload is damaged");
    // With the checksums made right again, the structure itself is checked.
    let reseal = |b: &mut Vec<u8>| *b = resealed(std::mem::take(b));
    check(&|b| (b[24] = b'[', reseal(b)).1, "the header cannot be read");
    check(&|b| (b[payload_start..payload_start + 8].fill(0xff), reseal(b)).1, "the payload cannot be read");
    let one_more = |b: &mut Vec<u8>| {
        let length = u64::from_le_bytes(b[16..24].try_into().unwrap()) + 1;
        b[16..24].copy_from_slice(&length.to_le_bytes());
        b.insert(b.len() - DIGEST_LENGTH, 0);
        reseal(b);
    };
    check(&one_more, "the payload cannot be read: 1 bytes are left over");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let whole = bytes();
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 1 << (position % 8);
        assert!(Artifact::decode(damaged).is_err(), "byte {position}");
    }
}

#[test]
fn every_cut_is_noticed() {
    let whole = bytes();
    for length in 0..whole.len() {
        assert!(Artifact::decode(whole[..length].to_vec()).is_err(), "{length} bytes");
    }
}

#[test]
fn wincode_reads_and_writes_the_same_payload() {
    let written = payload::encode(&sample::payload()).unwrap();
    // bincode → wincode
    let twin: twin::Payload = wincode::deserialize(&written).unwrap();
    assert_eq!(twin.features.len(), 7);
    assert_eq!(twin.features[0].name, "Body mass");
    assert_eq!(twin.features[1].missing, twin::Missing::Default(twin::DefaultValue::Integer(4)));
    assert_eq!(twin.profile.examples[0][1], None);
    assert_eq!(twin.blocks[0].1.len(), 256);
    // wincode → bincode
    let rewritten = wincode::serialize(&twin).unwrap();
    assert_eq!(rewritten, written);
    let decoded = payload::decode(&rewritten).unwrap();
    assert_eq!(decoded.schema, sample::payload().schema);
    assert_eq!(decoded.profile, sample::payload().profile);
}

/// An artifact of format 1, committed once and read for ever. `CANOPY_WRITE_FIXTURE=1` writes it where there is none.
#[test]
fn the_fixture_of_format_1_is_read_for_ever() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1.canopy");
    if std::env::var_os("CANOPY_WRITE_FIXTURE").is_some() {
        write(&path, &sample::header(), &sample::payload()).unwrap();
    }
    let artifact = Artifact::read(&path).unwrap();
    assert_eq!(*artifact.header(), sample::header());
    assert_eq!(*artifact.profile(), sample::payload().profile);
    assert_eq!(artifact.block("nodes").unwrap(), (0..=255).collect::<Vec<u8>>());
}

proptest! {
    #[test]
    fn random_bytes_are_refused(content in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(Artifact::decode(content).is_err());
    }

    /// Damage below the checksums: any outcome but a panic or a huge allocation.
    #[test]
    fn a_resealed_change_never_panics(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut damaged = bytes();
        let last = damaged.len() - DIGEST_LENGTH;
        for (position, value) in changes {
            let position = PREAMBLE_LENGTH + position.index(last - PREAMBLE_LENGTH);
            damaged[position] = value;
        }
        if let Ok(artifact) = Artifact::decode(resealed(damaged)) {
            let _ = crate::Encoder::new(artifact.schema().clone());
        }
    }

    #[test]
    fn a_resealed_huge_length_is_an_error(position in any::<prop::sample::Index>(), length in (1_u64 << 20)..u64::MAX) {
        let mut damaged = bytes();
        let start = Preamble::decode(&damaged).unwrap().payload_start() as usize;
        let end = damaged.len() - DIGEST_LENGTH - 8;
        let position = start + position.index(end - start);
        damaged[position..position + 8].copy_from_slice(&length.to_le_bytes());
        if let Ok(artifact) = Artifact::decode(resealed(damaged)) {
            prop_assert!(artifact.profile().features.len() <= 7);
        }
    }
}
