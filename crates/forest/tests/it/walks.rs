//! One branch rule: every way to walk gives the same bits.

use forest::{Column, Forest, Shape, TreeBuilder};
use model_core::Rows;
use proptest::prelude::*;

use crate::random_forests::{
    Decided, Draws, answer_of, build, draw_trees, draw_trees_of, draws, number, row,
};

/// The answer by the definition: the mean over the trees, in their order.
fn by_definition(trees: &[Vec<Decided>], outputs: usize, row: &[f32]) -> Vec<f64> {
    let mut sums = vec![0.0; outputs];
    for tree in trees {
        for (sum, value) in sums.iter_mut().zip(answer_of(tree, row)) {
            *sum += value;
        }
    }
    sums.iter().map(|sum| sum / trees.len() as f64).collect()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_batch_and_every_number_of_threads_gives_the_same_bits(
        mut draws in draws(),
        width in 1..5usize,
        outputs in 1..4usize,
        trees in prop_oneof![9 => 1..40usize, 1 => 250..270usize],
        rows in 0..70usize,
        // Many rows go down by groups, in blocks that threads share.
        copies in prop_oneof![18 => Just(1usize), 2 => Just(40), 1 => Just(300)],
    ) {
        let drawn = draw_trees(&mut draws, width, outputs, trees);
        let forest = Forest::from_trees(drawn.shape, drawn.trees).unwrap();
        let values: Vec<Vec<f32>> = (0..rows).map(|_| row(&mut draws, width)).collect();
        let mut batch = Rows::with_capacity(width, rows * copies);
        for _ in 0..copies {
            values.iter().for_each(|row| batch.push(row));
        }
        let scores = forest.score(&batch);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        prop_assert_eq!(bits(scores.values()), bits(pool.install(|| forest.score(&batch)).values()));
        let mut answer = vec![f64::NAN; outputs];
        let expected: Vec<Vec<u64>> =
            values.iter().map(|row| bits(&by_definition(&drawn.decided, outputs, row))).collect();
        for (score, expected) in scores.rows().zip(expected.iter().cycle()) {
            prop_assert_eq!(&bits(score), expected);
        }
        for (row, expected) in values.iter().zip(&expected) {
            forest.score_row(row, &mut answer);
            prop_assert_eq!(&bits(&answer), expected);
            for (tree, decided) in drawn.decided.iter().enumerate() {
                prop_assert_eq!(forest.tree_answer(tree, row), answer_of(decided, row));
            }
        }
    }

    #[test]
    fn rows_without_missing_values_go_the_same_ways(mut draws in draws(), trees in 1..40usize, rows in 1..600usize) {
        // Numbers alone and no missing one: the rule that looks at least.
        let drawn = draw_trees(&mut draws, 1, 1, trees);
        let forest = Forest::from_trees(drawn.shape, drawn.trees).unwrap();
        let present = |value: f32| if value.is_nan() { 0.5 } else { value };
        let values = (0..rows).map(|_| present(row(&mut draws, 1)[0])).collect();
        let batch = Rows::from_values(1, values);
        for (row, score) in batch.rows().zip(forest.score(&batch).rows()) {
            prop_assert_eq!(bits(score), bits(&by_definition(&drawn.decided, 1, row)));
        }
    }

    /// Rows that fit the registers and longer ones, alone and in a batch of few.
    #[test]
    fn rows_of_numbers_go_the_same_ways_in_registers(
        mut draws in draws(),
        width in 1..40usize,
        outputs in 1..3usize,
        trees in 1..300usize,
        missing in any::<bool>(),
    ) {
        let drawn = draw_trees_of(&mut draws, vec![Column::Numeric; width], outputs, trees);
        let forest = Forest::from_trees(drawn.shape, drawn.trees).unwrap();
        let value = |draws: &mut Draws| {
            let number = number(draws);
            if missing && draws.below(4) == 0 { f32::NAN } else { number }
        };
        let batch = Rows::from_values(width, (0..7 * width).map(|_| value(&mut draws)).collect());
        let mut answer = vec![f64::NAN; outputs];
        for (row, score) in batch.rows().zip(forest.score(&batch).rows()) {
            let expected = bits(&by_definition(&drawn.decided, outputs, row));
            prop_assert_eq!(&bits(score), &expected);
            forest.score_row(row, &mut answer);
            prop_assert_eq!(&bits(&answer), &expected);
        }
    }

    /// Small forests compare ordinals then, but those of so many columns that a block of rows would be too large.
    #[test]
    fn many_rows_of_numbers_go_the_same_ways(
        mut draws in draws(),
        width in prop_oneof![8 => 1..20usize, 1 => 127..131usize, 1 => 255..259usize],
        outputs in 1..3usize,
        trees in 1..40usize,
        rows in 32..600usize,
        missing in any::<bool>(),
    ) {
        let drawn = draw_trees_of(&mut draws, vec![Column::Numeric; width], outputs, trees);
        let forest = Forest::from_trees(drawn.shape, drawn.trees).unwrap();
        let copy = forest.clone();
        let value = |draws: &mut Draws| match draws.below(8) {
            0 if missing => f32::NAN,
            1 => -0.0,
            _ => number(draws),
        };
        let batch = Rows::from_values(width, (0..rows * width).map(|_| value(&mut draws)).collect());
        for (row, score) in batch.rows().zip(forest.score(&batch).rows()) {
            prop_assert_eq!(bits(score), bits(&by_definition(&drawn.decided, outputs, row)));
        }
        prop_assert_eq!(&copy, &forest);
        prop_assert_eq!(copy.score(&batch), forest.score(&batch));
    }

    #[test]
    fn the_order_of_the_trees_moves_no_answer_beyond_rounding(mut draws in draws(), outputs in 1..4usize) {
        let numbers = draws.numbers();
        let forest = build(&mut draws, 4, outputs, 30);
        let mut again = draw_trees(&mut Draws::new(numbers), 4, outputs, 30);
        again.trees.reverse();
        let reversed = Forest::from_trees(again.shape, again.trees).unwrap();
        let rows = Rows::from_values(4, (0..50).flat_map(|_| row(&mut draws, 4)).collect());
        for (a, b) in forest.score(&rows).values().iter().zip(reversed.score(&rows).values()) {
            prop_assert!((a - b).abs() <= 1e-12, "{} {}", a, b);
        }
    }
}

/// Splits the whole numbers of the range until each has a leaf, whose answer is the number times `factor`.
fn number_leaves(tree: &mut TreeBuilder<'_>, node: u32, range: std::ops::Range<u32>, factor: f64) {
    if range.len() == 1 {
        return tree.leaf(node, &[f64::from(range.start) * factor]).unwrap();
    }
    let middle = range.start + (range.len() as u32 / 3).max(1);
    let left = tree.split_at(node, 1, middle as f32 - 0.5, false).unwrap();
    number_leaves(tree, left, range.start..middle, factor);
    number_leaves(tree, left + 1, middle..range.end, factor);
}

/// With 3,000 leaves a tree is beyond the first cache, with 30,000 its forest is read tree by tree, and with 50,000 it has no
/// other form.
#[test]
fn a_forest_beyond_the_caches_answers_as_a_small_one() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for leaves in [20, 3_000, 30_000, 50_000] {
        let shape = Shape::new(vec![Column::Numeric; 2], 1).unwrap();
        let trees = [1.0, 2.0, 3.0, 4.0, 5.0].map(|factor| {
            let mut tree = TreeBuilder::new(&shape);
            number_leaves(&mut tree, 0, 0..leaves, factor);
            tree.finish()
        });
        let forest = Forest::from_trees(shape.clone(), trees.into()).unwrap();
        let numbers: Vec<u32> = (0..5_000).map(|row| row * 7_919 % leaves).collect();
        let values = numbers.iter().flat_map(|&number| [-1.0, number as f32]);
        let rows = Rows::from_values(2, values.chain([-1.0, f32::NAN]).collect());
        let expected: Vec<f64> = numbers.iter().map(|&number| f64::from(number) * 3.0).chain([0.0]).collect();
        assert_eq!(forest.score(&rows).values(), expected);
        assert_eq!(pool.install(|| forest.score(&rows)).values(), expected);
        let present = Rows::from_values(2, rows.values()[..2 * numbers.len()].to_vec());
        assert_eq!(pool.install(|| forest.score(&present)).values(), &expected[..numbers.len()]);
        for (row, expected) in rows.rows().zip(expected) {
            let mut answer = [0.0];
            forest.score_row(row, &mut answer);
            assert_eq!(answer, [expected]);
        }
    }
}

/// Level 1, one that is unseen and a missing value go to the right of the root, where there is one leaf.
#[test]
fn a_forest_of_categories_beyond_the_caches_answers_as_a_small_one() {
    for leaves in [20, 50_000] {
        let columns = vec![Column::Numeric, Column::Numeric, Column::Category { levels: 40 }];
        let shape = Shape::new(columns, 1).unwrap();
        let trees = [1.0, 2.0].map(|factor| {
            let mut tree = TreeBuilder::new(&shape);
            let left = tree.split_by_levels(0, 2, &[!2, 0xff], true).unwrap();
            tree.leaf(left + 1, &[-factor]).unwrap();
            number_leaves(&mut tree, left, 0..leaves, factor);
            tree.finish()
        });
        let forest = Forest::from_trees(shape.clone(), trees.into()).unwrap();
        let row = |row: u32| {
            let number = row * 7_919 % leaves;
            let level = [0.0, 1.0, 39.0, 40.0, f32::NAN, 32.0][row as usize % 6];
            let is_left = [true, false, true, false, false, true][row as usize % 6];
            ([-1.0, number as f32, level], if is_left { f64::from(number) * 1.5 } else { -1.5 })
        };
        let (values, expected): (Vec<_>, Vec<_>) = (0..1_000).map(row).unzip();
        let rows = Rows::from_values(3, values.concat());
        assert_eq!(forest.score(&rows).values(), expected);
        for (row, expected) in rows.rows().zip(expected) {
            let mut answer = [0.0];
            forest.score_row(row, &mut answer);
            assert_eq!(answer, [expected]);
        }
    }
}

fn stump(columns: Vec<Column>, split: impl FnOnce(&mut TreeBuilder<'_>) -> u32) -> Forest {
    let shape = Shape::new(columns, 1).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let left = split(&mut tree);
    tree.leaf(left, &[0.0]).unwrap();
    tree.leaf(left + 1, &[1.0]).unwrap();
    let tree = tree.finish();
    Forest::from_trees(shape, vec![tree]).unwrap()
}

fn goes_right(forest: &Forest, value: f32) -> bool {
    let mut answer = [f64::NAN];
    forest.score_row(&[value], &mut answer);
    assert_eq!(forest.tree_answer(0, &[value]), answer);
    assert_eq!(forest.score(&Rows::from_values(1, vec![value])).values(), answer);
    answer == [1.0]
}

#[test]
fn values_up_to_the_threshold_go_left() {
    for missing_right in [false, true] {
        for threshold in [0.0, 1.5, -3.25e-40, f32::MAX, f32::NEG_INFINITY] {
            let forest =
                stump(vec![Column::Numeric], |tree| tree.split_at(0, 0, threshold, missing_right).unwrap());
            assert!(!goes_right(&forest, threshold));
            assert!(goes_right(&forest, threshold.next_up()));
            assert!(!goes_right(&forest, f32::NEG_INFINITY));
            assert!(goes_right(&forest, f32::INFINITY));
            assert_eq!(goes_right(&forest, f32::NAN), missing_right);
        }
    }
    let forest = stump(vec![Column::Numeric], |tree| tree.split_at(0, 0, f32::INFINITY, true).unwrap());
    assert!(!goes_right(&forest, f32::INFINITY) && goes_right(&forest, f32::NAN));
}

#[test]
fn levels_in_the_set_go_left() {
    for missing_right in [false, true] {
        let forest = stump(vec![Column::Category { levels: 32 }], |tree| {
            tree.split_by_levels(0, 0, &[1 << 31 | 0b101, 1], missing_right).unwrap()
        });
        for (level, right) in [(0.0, false), (1.0, true), (2.0, false), (30.0, true), (31.0, false)] {
            assert_eq!(goes_right(&forest, level), right, "{level}");
        }
        // The last bit is the unseen level's.
        assert!(!goes_right(&forest, 32.0));
        assert_eq!(goes_right(&forest, f32::NAN), missing_right);
    }
}

#[test]
fn a_tree_beyond_the_node_layout_is_refused() {
    // 16,384 columns leave 16 bits for the children.
    let shape = Shape::new(vec![Column::Numeric; 16_384], 1).unwrap();
    let mut tree = TreeBuilder::new(&shape);
    let mut node = 0;
    let error = loop {
        match tree.split_at(node, 0, 0.0, false) {
            Ok(left) => node = left,
            Err(error) => break error,
        }
    };
    assert_eq!(
        error.to_string(),
        "a tree has more than 65536 nodes, the most with 16384 features: raise min_samples_leaf"
    );
    assert!(node > 65_000);
}

#[test]
fn impossible_shapes_are_refused() {
    let check = |columns: Vec<Column>, outputs, message: &str| {
        let error = Shape::new(columns, outputs).unwrap_err().to_string();
        assert_eq!(error, format!("a forest of this shape is not possible: {message}"));
    };
    check(vec![], 1, "no features");
    check(vec![Column::Numeric], 0, "no outputs");
    check(vec![Column::Numeric; 16_385], 1, "16385 features, the limit is 16384");
    let levels = Shape::MAXIMUM_LEVELS + 1;
    check(vec![Column::Category { levels }], 1, "feature 0 has 16777217 levels, the limit is 16777216");
    assert!(Forest::from_trees(Shape::new(vec![Column::Numeric], 1).unwrap(), vec![]).is_err());
}
