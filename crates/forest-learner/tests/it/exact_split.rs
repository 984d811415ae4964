//! The split of a stump against all splits there are.

use forest::Column;
use forest_learner::{Amount, Criterion, ForestParams, Target, TrainingColumn, TrainingSet, TreeMethod};
use proptest::prelude::*;

use crate::tables::{category, fit, numeric};

/// Impurity of some rows times their weight.
fn impurity(set: &TrainingSet, criterion: Criterion, rows: &[usize]) -> f64 {
    let weight = |row: usize| set.weights().map_or(1.0, |weights| weights[row]);
    let total: f64 = rows.iter().map(|&row| weight(row)).sum();
    match set.target() {
        Target::Regression(values) => {
            let mean = rows.iter().map(|&row| weight(row) * values[row]).sum::<f64>() / total;
            rows.iter().map(|&row| weight(row) * (values[row] - mean).powi(2)).sum()
        }
        Target::Classification { classes, n_classes } => {
            let mut sums = vec![0.0; *n_classes];
            for &row in rows {
                sums[classes[row] as usize] += weight(row);
            }
            let shares = sums.iter().map(|sum| sum / total).filter(|share| *share > 0.0);
            match criterion {
                Criterion::Entropy => total * shares.map(|share| -share * share.log2()).sum::<f64>(),
                _ => total * (1.0 - shares.map(|share| share * share).sum::<f64>()),
            }
        }
    }
}

/// What dividing the rows by `goes_left` gains; `None` when a side has too few rows.
fn gain(
    set: &TrainingSet,
    criterion: Criterion,
    least_rows: usize,
    goes_left: impl Fn(usize) -> bool,
) -> Option<f64> {
    let weighs = |row: &usize| set.weights().is_none_or(|weights| weights[*row] > 0.0);
    let rows: Vec<usize> = (0..set.len()).filter(weighs).collect();
    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| goes_left(row));
    (left.len() >= least_rows && right.len() >= least_rows).then(|| {
        let of = |rows: &[usize]| impurity(set, criterion, rows);
        of(&rows) - of(&left) - of(&right)
    })
}

/// The best gain over all features, cuts or subsets, and directions of missing values.
fn best_gain(set: &TrainingSet, criterion: Criterion, least_rows: usize) -> Option<f64> {
    let mut best: Option<f64> = None;
    let mut try_split = |goes_left: &dyn Fn(usize) -> bool| {
        if let Some(gain) = gain(set, criterion, least_rows, goes_left) {
            best = Some(best.map_or(gain, |best| best.max(gain)));
        }
    };
    for TrainingColumn { column, values } in set.columns() {
        for missing_left in [false, true] {
            let side = |row: usize, valued: bool| if values[row].is_nan() { missing_left } else { valued };
            match *column {
                Column::Numeric => {
                    for &cut in values.iter().filter(|value| !value.is_nan()) {
                        try_split(&|row| side(row, values[row] <= cut));
                    }
                }
                Column::Category { levels } => {
                    for subset in 0..1u32 << (levels + 1) {
                        try_split(&|row| side(row, subset >> values[row] as u32 & 1 == 1));
                    }
                }
            }
        }
    }
    best
}

/// The gain of the stump's own division: its two leaves are told apart by their answers.
fn stump_gain(set: &TrainingSet, criterion: Criterion, least_rows: usize) -> Option<f64> {
    gain_by(TreeMethod::Auto, set, criterion, least_rows)
}

fn gain_by(method: TreeMethod, set: &TrainingSet, criterion: Criterion, least_rows: usize) -> Option<f64> {
    let params = ForestParams::decision_tree()
        .tree_method(method)
        .max_depth(Some(1))
        .criterion(criterion)
        .min_samples_leaf(Amount::Count(least_rows));
    let forest = fit(params, set).forest;
    if forest.node_count() == 1 {
        return None;
    }
    let rows = set.rows();
    let first = forest.tree_answer(0, rows.row(0));
    let same = |row: usize| forest.tree_answer(0, rows.row(row)) == first;
    if (0..set.len()).all(same) {
        return Some(0.0);
    }
    gain(set, criterion, least_rows, same)
}

fn check(set: &TrainingSet, criterion: Criterion, least_rows: usize) -> Result<(), TestCaseError> {
    let all = impurity(set, criterion, &(0..set.len()).collect::<Vec<_>>());
    // A pure node is not split, whatever there is to split by.
    let expected = best_gain(set, criterion, least_rows).filter(|_| all > 1e-9);
    let found = stump_gain(set, criterion, least_rows);
    match (expected, found) {
        (None, None) => Ok(()),
        (Some(expected), Some(found)) => {
            prop_assert!(
                (expected - found).abs() <= 1e-9 * (1.0 + all),
                "expected {expected}, found {found}"
            );
            Ok(())
        }
        // The rows are of one target but for rows that weigh nothing.
        (Some(gain), None) if gain.abs() < 1e-12 => Ok(()),
        other => Err(TestCaseError::fail(format!("{other:?}"))),
    }
}

/// Cells from 0 to 4, every ninth missing.
fn column(rows: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![8 => (0..4u8).prop_map(f32::from), 1 => Just(f32::NAN)], rows)
}

/// The second column is a category only when a leaf may have one row: a cut in the order of means is the best subset
/// there is, but not always the best with enough rows on both sides.
fn columns(rows: usize, least_rows: usize) -> impl Strategy<Value = Vec<TrainingColumn>> {
    (column(rows), column(rows), prop::bool::ANY).prop_map(move |(a, b, is_category)| {
        vec![numeric(&a), if is_category && least_rows == 1 { category(3, &b) } else { numeric(&b) }]
    })
}

fn weights(rows: usize) -> impl Strategy<Value = Option<Vec<f64>>> {
    let weight = prop_oneof![Just(0.0), Just(1.0), 0.1..5.0];
    let some = prop::collection::vec(weight, rows)
        .prop_filter("a row weighs something", |weights| weights.iter().sum::<f64>() > 0.0);
    prop_oneof![Just(None), some.prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_regression_stump_is_the_best_there_is(
        (columns, target, weights, least_rows) in (1..14usize, 1..4usize).prop_flat_map(|(rows, least_rows)| {
            let target = prop::collection::vec(-3..4i8, rows);
            (columns(rows, least_rows), target, weights(rows), Just(least_rows))
        }),
    ) {
        let target = Target::Regression(target.into_iter().map(f64::from).collect());
        let set = TrainingSet::new(columns, target, weights).unwrap();
        check(&set, Criterion::SquaredError, least_rows)?;
    }

    #[test]
    fn a_stump_of_two_classes_is_the_best_there_is(
        (columns, classes, weights, least_rows) in (1..14usize, 1..4usize).prop_flat_map(|(rows, least_rows)| {
            (columns(rows, least_rows), prop::collection::vec(0..2u32, rows), weights(rows), Just(least_rows))
        }),
        entropy: bool,
    ) {
        let set = TrainingSet::new(columns, Target::Classification { classes, n_classes: 2 }, weights).unwrap();
        check(&set, if entropy { Criterion::Entropy } else { Criterion::Gini }, least_rows)?;
    }

    #[test]
    fn a_numeric_stump_of_more_classes_is_the_best_there_is(
        (first, second, classes, weights) in (1..14usize).prop_flat_map(|rows| {
            (column(rows), column(rows), prop::collection::vec(0..4u32, rows), weights(rows))
        }),
        least_rows in 1..4usize,
        entropy: bool,
    ) {
        let columns = vec![numeric(&first), numeric(&second)];
        let set = TrainingSet::new(columns, Target::Classification { classes, n_classes: 4 }, weights).unwrap();
        check(&set, if entropy { Criterion::Entropy } else { Criterion::Gini }, least_rows)?;
    }
}

#[test]
fn large_nodes_are_split_as_exactly() {
    // Sorting and adding up per code, up to counting sort beyond 65,536 rows, all give the best split.
    for (rows, distinct) in [(300, 1000), (3000, 50), (3000, 100_000), (70_000, 30)] {
        let cell = |row: usize, salt: u64| (row as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let values: Vec<f32> = (0..rows).map(|row| (cell(row, 1) % distinct) as f32).collect();
        let target: Vec<f64> = (0..rows)
            .map(|row| f64::from(values[row] > distinct as f32 * 0.37) * 4.0 + (cell(row, 7) % 8) as f64)
            .collect();
        let classes: Vec<u32> = target.iter().map(|&value| value as u32 / 4).collect();
        let columns = || vec![numeric(&values)];
        for (target, criterion) in [
            (Target::Regression(target.clone()), Criterion::SquaredError),
            (Target::Classification { classes: classes.clone(), n_classes: 3 }, Criterion::Gini),
            (Target::Classification { classes: classes.clone(), n_classes: 3000 }, Criterion::Gini),
        ] {
            let set = TrainingSet::new(columns(), target, None).unwrap();
            let expected = best_cut(&set, criterion, 5);
            for method in [TreeMethod::Auto, TreeMethod::Exact] {
                let found = gain_by(method, &set, criterion, 5).unwrap();
                assert!(
                    (found - expected).abs() <= 1e-6 * expected,
                    "{rows} rows: {found}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn quantiles_lose_nothing_to_exact_splits_where_tails_are_heavy() {
    // Half of what is to be learned lies within the last quantile of a column, which spans many powers of ten.
    let rows = 40_000u64;
    let random = |row: u64, salt: u64| {
        (row * 2 + salt)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
            .wrapping_mul(0xd6e8_feb8_6659_fd93)
            >> 40
    };
    let unit = |row: u64, salt: u64| random(row, salt) as f64 / f64::from(1u32 << 24);
    let column = |salt: u64| -> Vec<f32> {
        (0..rows).map(|row| (1.0 - unit(row, salt)).max(1e-9).powf(-1.5) as f32).collect()
    };
    let columns = [column(1), column(3), column(5)];
    let answer = |row: usize| {
        let tail: f64 = columns[..2].iter().map(|values| f64::from(values[row]).ln()).sum();
        tail + f64::from(columns[0][row] > 5_000.0) * 20.0
    };
    let (train, test) = (0..20_000usize, 20_000..rows as usize);
    let target: Vec<f64> = train.clone().map(|row| answer(row) + unit(row as u64, 7)).collect();
    let set = TrainingSet::new(
        columns.iter().map(|values| numeric(&values[train.clone()])).collect(),
        Target::Regression(target),
        None,
    )
    .unwrap();
    let error = |method: TreeMethod, seed: u64| -> f64 {
        let params = ForestParams::random_forest().n_estimators(10).tree_method(method).random_state(seed);
        let forest = fit(params, &set).forest;
        let squares = test.clone().map(|row| {
            let row_values: Vec<f32> = columns.iter().map(|values| values[row]).collect();
            let mut found = [0.0];
            forest.score_row(&row_values, &mut found);
            (found[0] - answer(row)).powi(2)
        });
        squares.sum::<f64>() / test.len() as f64
    };
    let mean = |method: TreeMethod| (0..4).map(|seed| error(method, seed)).sum::<f64>() / 4.0;
    let (auto, exact) = (mean(TreeMethod::Auto), mean(TreeMethod::Exact));
    assert!(auto <= exact * 1.03, "{auto} with quantiles, {exact} exactly");
}

/// The best gain of a numeric column, tried at a hundred cuts around the true one.
fn best_cut(set: &TrainingSet, criterion: Criterion, least_rows: usize) -> f64 {
    let values = &set.columns()[0].values;
    let mut cuts = values.clone();
    cuts.sort_by(f32::total_cmp);
    cuts.dedup();
    let middle = (cuts.len() as f64 * 0.37) as usize;
    let near = &cuts[middle.saturating_sub(50)..(middle + 50).min(cuts.len())];
    let gains = near.iter().filter_map(|&cut| gain(set, criterion, least_rows, |row| values[row] <= cut));
    gains.fold(0.0, f64::max)
}
