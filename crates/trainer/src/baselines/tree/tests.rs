//! Trees of small tables, and the library's own tree as an oracle.

use forest::{Column, NodeView};
use forest_learner::ForestParams;
use linfa::ParamGuard;
use linfa::traits::Predict;
use model_core::winning_class;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::baselines::DEPTH;

const NUMBER: Column = Column::Numeric;

fn set(columns: Vec<(Column, Vec<f32>)>, classes: Vec<u32>, weights: Option<Vec<f64>>) -> TrainingSet {
    let columns = columns.into_iter().map(|(column, values)| TrainingColumn { column, values }).collect();
    let n_classes = classes.iter().max().map_or(1, |&most| most as usize + 1);
    TrainingSet::new(columns, Target::Classification { classes, n_classes }, weights).unwrap()
}

fn answer(forest: &Forest, row: &[f32]) -> Vec<f64> {
    let mut answer = vec![0.0; forest.shape().outputs()];
    forest.score_row(row, &mut answer);
    answer
}

/// Nodes in words, to compare trees.
fn nodes(forest: &Forest) -> Vec<String> {
    forest.tree(0).map(|node| format!("{node:?}")).collect()
}

/// Classes that overlap, without equal values.
fn overlapping(rows: usize, classes: u32) -> (Vec<(Column, Vec<f32>)>, Vec<u32>) {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let truth: Vec<u32> = (0..rows as u32).map(|row| row % classes).collect();
    let mut column = |place: u32| {
        let value = |&class: &u32| {
            let centre = if class == place { 1.5 } else { 0.0 };
            centre + (0..6).map(|_| random.gen_range(-0.8f32..0.8)).sum::<f32>()
        };
        (NUMBER, truth.iter().map(value).collect())
    };
    ((0..4).map(&mut column).collect(), truth)
}

#[test]
fn every_row_ends_where_the_library_puts_it() {
    let (columns, truth) = overlapping(2000, 2);
    let records = Array2::from_shape_fn((2000, 4), |(row, column)| columns[column].1[row]);
    let dataset = Dataset::new(records, truth.iter().map(|&class| class as usize).collect::<Array1<_>>());
    for depth in [1, 2, DEPTH] {
        let params = DecisionTree::params().min_impurity_decrease(LEAST_DECREASE).max_depth(Some(depth));
        let theirs = params.fit(&dataset).unwrap();
        let ours = classification(&set(columns.clone(), truth.clone(), None), depth).unwrap();
        let Some(NodeView::Threshold { feature, threshold, .. }) = ours.tree(0).next() else { panic!() };
        let (cut, border, _) = theirs.root_node().split();
        assert_eq!((feature, threshold), (cut, border));
        let answers: Array1<usize> = theirs.predict(&dataset);
        for (row, theirs) in dataset.records().rows().into_iter().zip(answers) {
            let ours = answer(&ours, &row.to_vec());
            assert!(winning_class(&ours) == theirs || ours[0] == 0.5, "{row}: {ours:?}, class {theirs}");
        }
    }
}

#[test]
fn the_same_rows_give_the_same_tree() {
    // Whole numbers, so that many splits are equally good.
    let (mut columns, truth) = overlapping(300, 3);
    columns.iter_mut().flat_map(|column| &mut column.1).for_each(|value| *value = (*value * 3.0).round());
    let learn = || nodes(&classification(&set(columns.clone(), truth.clone(), None), DEPTH).unwrap());
    let first = learn();
    assert!((0..10).all(|_| learn() == first));
}

#[test]
fn several_classes_are_told_apart_by_any_feature() {
    let (columns, truth) = overlapping(900, 3);
    let set_of_three = set(columns, truth.clone(), None);
    let rows = set_of_three.rows();
    let right = |forest: Forest| {
        let answers = forest.score(&rows);
        answers.rows().zip(&truth).filter(|(answer, class)| winning_class(answer) == **class as usize).count()
    };
    let found = right(classification(&set_of_three, DEPTH).unwrap());
    let own = ForestParams::decision_tree().max_depth(Some(DEPTH)).check().unwrap();
    let own = right(own.fit_table(&set_of_three, &|_| ()).unwrap().forest);
    assert!(found + 20 > own, "{found} of 900 rows, with the splits of the forest's own trees {own}");
    // Beyond what the library is asked at once.
    let noise = (NUMBER, vec![0.0; 6]);
    let mut columns = vec![noise; FEATURES_AT_ONCE + 1];
    columns[FEATURES_AT_ONCE].1 = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let forest = classification(&set(columns, vec![0, 0, 1, 1, 2, 2], None), DEPTH).unwrap();
    let mut row = [0.0; FEATURES_AT_ONCE + 1];
    for (value, expected) in [(2.4, 0), (2.6, 1), (4.4, 1), (4.6, 2)] {
        row[FEATURES_AT_ONCE] = value;
        assert_eq!(answer(&forest, &row)[expected], 1.0, "{value}");
    }
}

#[test]
fn values_that_rows_of_other_nodes_share_are_split() {
    // The last row of each value of the second column is in the other node of the first one.
    let first = vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let second = vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0];
    let set = set(vec![(NUMBER, first), (NUMBER, second)], vec![0, 0, 0, 1, 0, 0, 1, 1], None);
    let forest = classification(&set, 2).unwrap();
    assert_eq!(answer(&forest, &[0.0, 0.0]), [1.0, 0.0]);
    assert_eq!(answer(&forest, &[0.0, 1.0]), [0.5, 0.5]);
    assert_eq!(answer(&forest, &[1.0, 0.0]), [1.0, 0.0]);
    assert_eq!(answer(&forest, &[1.0, 1.0]), [0.0, 1.0]);
}

#[test]
fn a_rare_class_has_its_shares_and_close_values_are_parted() {
    // One row of ten is of the class below the border, four of ten above: all leaves answer the other class.
    let values: Vec<f32> = (0..200).map(|row| row as f32 * 1e-6).collect();
    let classes = (0..200).map(|row| u32::from(row % 10 < if row < 100 { 1 } else { 4 })).collect();
    let forest = classification(&set(vec![(NUMBER, values)], classes, None), 1).unwrap();
    let [low, high] = [0.0, 2e-4].map(|value| answer(&forest, &[value])[1]);
    assert!(low < 0.15 && (0.35..0.5).contains(&high), "{low} {high}");
}

#[test]
fn levels_are_parted_as_a_set_and_a_missing_one_is_one_more() {
    let levels = 40;
    let mut values: Vec<f32> = (0..160).map(|row| (row % levels) as f32).collect();
    let mut classes: Vec<u32> = (0..160).map(|row| row % levels % 2).collect();
    for _ in 0..8 {
        values.push(f32::NAN);
        classes.push(1);
    }
    let forest = classification(&set(vec![(Column::Category { levels }, values)], classes, None), 1).unwrap();
    for level in 0..levels {
        assert_eq!(answer(&forest, &[level as f32])[(level % 2) as usize], 1.0, "{level}");
    }
    // The class of the missing ones is the more frequent one, where unseen levels go.
    assert_eq!(answer(&forest, &[f32::NAN]), [0.0, 1.0]);
    assert_eq!(answer(&forest, &[levels as f32]), [0.0, 1.0]);
}

#[test]
fn a_missing_number_counts_as_the_median() {
    let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, f32::NAN, f32::NAN];
    let forest =
        classification(&set(vec![(NUMBER, values)], vec![0, 0, 1, 1, 1, 1, 1], None), DEPTH).unwrap();
    assert_eq!(answer(&forest, &[f32::NAN]), [0.0, 1.0]);
    assert_eq!(answer(&forest, &[2.4]), [1.0, 0.0]);
}

#[test]
fn weights_count_as_so_many_rows() {
    let (columns, truth) = overlapping(60, 3);
    let twice = |row: usize| if row.is_multiple_of(2) { 2 } else { 1 };
    let repeated: Vec<usize> = (0..60).flat_map(|row| vec![row; twice(row)]).collect();
    let again =
        columns.iter().map(|(kind, values)| (*kind, repeated.iter().map(|&row| values[row]).collect()));
    let classes = repeated.iter().map(|&row| truth[row]).collect();
    let expected = classification(&set(again.collect(), classes, None), DEPTH).unwrap();
    let weights = (0..60).map(|row| 0.3 * twice(row) as f64).collect();
    let found = classification(&set(columns.clone(), truth.clone(), Some(weights)), DEPTH).unwrap();
    assert_eq!(nodes(&found).len(), nodes(&expected).len());
    for row in 0..60 {
        let row: Vec<f32> = columns.iter().map(|column| column.1[row]).collect();
        let pairs = answer(&found, &row).into_iter().zip(answer(&expected, &row));
        pairs.for_each(|(found, expected)| assert!((found - expected).abs() < 1e-5, "{found} {expected}"));
    }
    // A row without weight is not there.
    let weights = (0..60).map(|row| f64::from(u8::from(truth[row] == 1))).collect();
    let forest = classification(&set(columns, truth, Some(weights)), DEPTH).unwrap();
    assert_eq!(answer(&forest, &[0.0; 4]), [0.0, 1.0, 0.0]);
}
