//! Stored forests that were tampered with: a clear error or a sound forest, never a panic.

use forest::{Forest, ForestError, LoadError};
use model_core::artifact::Artifact;
use model_core::{Block, FeatureSchema, Level, Rows};
use proptest::prelude::*;

use crate::model::{artifact_bytes, schema};
use crate::random_forests::{build, draws, row, with_intervals};

fn read(schema: &FeatureSchema, blocks: Vec<Block>) -> Result<Forest, LoadError> {
    let mut artifact = Artifact::decode(artifact_bytes(schema, blocks, schema.features.len())).unwrap();
    Forest::from_blocks(&mut artifact)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_was_stored_is_read(mut draws in draws(), width in 1..5usize, outputs in 1..4usize) {
        let forest = build(&mut draws, width, outputs, 10);
        let read = read(&schema(width, outputs), forest.to_blocks()).unwrap();
        prop_assert_eq!(&read, &forest);
    }

    #[test]
    fn stored_intervals_are_read_and_no_tampering_makes_them_unsound(
        mut draws in draws(),
        width in 1..5usize,
        faults in prop::collection::vec((5..8usize, any::<prop::sample::Index>(), any::<u8>()), 1..3),
        cut in prop_oneof![4 => Just(0usize), 1 => 1..20usize],
    ) {
        let built = build(&mut draws, width, 1, 5);
        let forest = with_intervals(&mut draws, built);
        let mut blocks = forest.to_blocks();
        let rows = Rows::from_values(width, (0..50).flat_map(|_| row(&mut draws, width)).collect());
        let level = Level::new(0.9).unwrap();
        let unspoilt = read(&schema(width, 1), blocks.clone()).unwrap();
        prop_assert_eq!(&unspoilt, &forest);
        prop_assert_eq!(unspoilt.intervals(&rows, level), forest.intervals(&rows, level));
        let last = 5 + cut % 3;
        let length = blocks[last].bytes.len().saturating_sub(cut);
        blocks[last].bytes.truncate(length);
        for (block, place, value) in faults {
            let bytes = &mut blocks[block].bytes;
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
        }
        if let Ok(forest) = read(&schema(width, 1), blocks) {
            for interval in forest.intervals(&rows, level).unwrap() {
                prop_assert!(interval.lower <= interval.upper, "{interval:?}");
            }
        }
    }

    #[test]
    fn no_tampering_makes_a_walk_unsound(
        mut draws in draws(),
        width in 1..5usize,
        outputs in 1..4usize,
        faults in prop::collection::vec((0..5usize, any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop_oneof![4 => Just(0usize), 1 => 1..20usize],
    ) {
        let forest = build(&mut draws, width, outputs, 5);
        let mut blocks = forest.to_blocks();
        for (block, place, value) in faults {
            let bytes = &mut blocks[block].bytes;
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
        }
        let last = cut % blocks.len();
        let length = blocks[last].bytes.len().saturating_sub(cut);
        blocks[last].bytes.truncate(length);
        if let Ok(forest) = read(&schema(width, outputs), blocks) {
            let rows = Rows::from_values(width, (0..50).flat_map(|_| row(&mut draws, width)).collect());
            prop_assert!(forest.score(&rows).values().iter().all(|score| score.is_finite()));
            let explained = forest.explain(&rows).unwrap();
            prop_assert!(explained.of(49, 0).iter().all(|contribution| contribution.is_finite()));
        }
    }
}

/// A stump on the second of two features, the first a number, the second a category of three levels; stored as
/// three nodes, one set, two leaves.
fn stump() -> Vec<Block> {
    use forest::TreeBuilder;
    let shape = forest::Shape::of_schema(&schema(2, 1)).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let left = tree.split_by_levels(0, 1, &[0b011], false).unwrap();
    tree.leaf(left, &[1.0]).unwrap();
    tree.leaf(left + 1, &[2.0]).unwrap();
    let tree = tree.finish();
    Forest::from_trees(shape, vec![tree]).unwrap().to_blocks()
}

#[test]
fn every_broken_rule_is_named() {
    const TREES: usize = 0;
    const NODES: usize = 1;
    const SETS: usize = 2;
    const LEAVES: usize = 3;
    let check = |spoil: &dyn Fn(&mut Vec<Block>), message: &str| {
        let mut blocks = stump();
        spoil(&mut blocks);
        match read(&schema(2, 1), blocks) {
            Err(LoadError::Forest(error)) => assert_eq!(error.to_string(), message),
            other => panic!("{message}: {other:?}"),
        }
    };
    // A node is `bits` and `packed`; with two features the child stands above three bits, the feature in bit 2, the
    // category bit in bit 1.
    let put = |block: usize, place: usize, word: u32| {
        move |blocks: &mut Vec<Block>| {
            blocks[block].bytes[place * 4..][..4].copy_from_slice(&word.to_le_bytes());
        }
    };
    let split = |child: u32, feature: u32, category: u32| child << 3 | feature << 2 | category << 1;
    check(
        &put(NODES, 1, split(0, 1, 1)),
        "tree 0, node 0: its children are not between itself and the end of the tree",
    );
    check(
        &put(NODES, 1, split(2, 1, 1)),
        "tree 0, node 0: its children are not between itself and the end of the tree",
    );
    check(&put(NODES, 1, split(1, 0, 1)), "tree 0, node 0: a set of levels splits a numeric feature");
    check(&put(NODES, 1, split(1, 1, 0)), "tree 0, node 0: a threshold splits a category");
    check(&put(NODES, 0, 1), "tree 0, node 0: its category set is beyond the table of sets");
    check(&put(NODES, 3, split(2, 0, 0)), "tree 0, node 1: a leaf that does not lead to itself");
    check(&put(NODES, 3, split(1, 1, 0)), "tree 0, node 1: a leaf that does not lead to itself");
    check(&put(NODES, 2, 0x7fc0_0002), "tree 0, node 1: its leaf is beyond the leaf table");
    check(
        &put(NODES, 2, 0x7f80_0001),
        "tree 0, node 1: its children are not between itself and the end of the tree",
    );
    check(&put(TREES, 1, 3), "tree 0: its leaf base is beyond the leaf table");
    check(&put(TREES, 0, 4), "block forest.nodes of the forest is 24 bytes long, expected 32");
    check(
        &put(TREES, 0, u32::MAX),
        "block forest.nodes of the forest is 24 bytes long, expected 34359738360",
    );
    check(&put(LEAVES, 1, 0x7ff0_0000), "leaf 0 holds inf, expected a number from -1e300 to 1e300");
    check(
        &|blocks| blocks[LEAVES].bytes.truncate(9),
        "block forest.leaves of the forest is 9 bytes long, expected a multiple of 8",
    );
    check(
        &|blocks| blocks[SETS].bytes.truncate(3),
        "block forest.sets of the forest is 3 bytes long, expected a multiple of 4",
    );
    check(
        &|blocks| blocks[TREES].bytes.clear(),
        "block forest.nodes of the forest is 24 bytes long, expected 0",
    );
    check(
        &|blocks| {
            blocks[TREES].bytes.clear();
            blocks[NODES].bytes.clear();
        },
        "the forest has no trees",
    );
    let covered = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        move |blocks: &mut Vec<Block>| {
            blocks.push(Block { name: "forest.covers".into(), bytes: bytes.clone() });
        }
    };
    check(&covered(&[]), "block forest.covers of the forest, leaf 0: the kind of its numbers is not known");
    check(
        &covered(&[9, 1, 1]),
        "block forest.covers of the forest, leaf 0: the kind of its numbers is not known",
    );
    check(&covered(&[0, 1, 0]), "block forest.covers of the forest, leaf 1: its cover is no positive number");
    check(
        &covered(&[0, 1, 0x80]),
        "block forest.covers of the forest, leaf 1: its cover is no positive number",
    );
    check(
        &covered(&[0, 1]),
        "block forest.covers of the forest, leaf 1: there is not one cover for each leaf",
    );
    check(
        &covered(&[0, 1, 1, 1]),
        "block forest.covers of the forest, leaf 3: there is not one cover for each leaf",
    );
    check(
        &covered(&[1, 0, 0, 0xc0, 0x7f]),
        "block forest.covers of the forest, leaf 0: its cover is no positive number",
    );
    let too_probable = read(&schema(2, 2), stump());
    assert!(
        matches!(too_probable, Err(LoadError::Forest(ForestError::LeafValue { .. }))),
        "{too_probable:?}"
    );
}
