//! Every door on its corpus, and on inputs that are changed at random from it, the same on every run.

use std::path::PathBuf;

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::DOORS;

/// Changed inputs for each door.
const CHANGED: usize = 3000;
/// Most bytes of an input that are changed at random; larger ones are asked about as they are.
const LARGEST: usize = 20_000;

fn corpus(door: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(door);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// One input, changed in a few places: bits, bytes, pieces that are doubled, removed or taken from another input.
fn changed(input: &[u8], other: &[u8], random: &mut TestRng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    let mut below = |limit: usize| random.next_u64() as usize % limit.max(1);
    for _ in 0..=below(4) {
        let (at, length) = (below(bytes.len() + 1), below(16));
        let end = (at + length).min(bytes.len());
        match below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(8),
            1 if at < bytes.len() => bytes[at] = below(256) as u8,
            2 if at < bytes.len() => bytes[at] = *b"0\"[]{},:\n-e\0\xff;".get(below(15)).unwrap_or(&0),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let from = below(other.len() + 1);
                let piece = other[from..(from + 4 * length).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(bytes.len() - below(bytes.len() / 4 + 1)),
        }
    }
    bytes
}

#[test]
fn every_door_stands_its_corpus_and_what_is_near_it() {
    for (name, door) in DOORS {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name} has inputs");
        corpus.iter().for_each(|input| door(input));
        let small: Vec<_> = corpus.iter().filter(|input| input.len() <= LARGEST).collect();
        let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        for index in 0..CHANGED {
            let input = small[index % small.len()];
            let other = small[random.next_u64() as usize % small.len()];
            let changed = changed(input, other, &mut random);
            let outcome = std::panic::catch_unwind(|| door(&changed));
            assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&changed));
        }
    }
}
