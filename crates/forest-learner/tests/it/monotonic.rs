//! Monotonic constraints hold exactly, whatever the other features are, and cost little where the data obeys them.

use forest_learner::{
    Algorithm, Criterion, ForestParams, MaxFeatures, Monotonic, Target, TrainingColumn, TrainingSet,
};
use linfa::ParamGuard;
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::tables::{category, classification, fit, numeric, regression};

const LEVELS: u32 = 4;

/// Two constrained numbers with ties, a free one with missing values and a category, also with missing values.
fn columns(rows: usize, random: &mut ChaCha8Rng) -> Vec<TrainingColumn> {
    let mut column = |draw: &mut dyn FnMut(&mut ChaCha8Rng) -> f32| -> Vec<f32> {
        (0..rows).map(|_| if random.gen_bool(0.15) { f32::NAN } else { draw(random) }).collect()
    };
    let fine = column(&mut |random| random.gen_range(-1.0..1.0));
    let coarse = column(&mut |random| random.gen_range(0..9) as f32);
    let free = column(&mut |random| random.gen_range(-1.0..1.0));
    let level = column(&mut |random| random.gen_range(0..LEVELS) as f32);
    vec![numeric(&fine), numeric(&coarse), numeric(&free), category(LEVELS, &level)]
}

fn table(seed: u64, rows: usize, classes: bool) -> TrainingSet {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let columns = columns(rows, &mut random);
    let cell = |column: usize, row: usize| {
        let value = columns[column].values[row];
        if value.is_nan() { 0.3 } else { f64::from(value) }
    };
    // Against the constraints over a part of the range, and noisy.
    let target: Vec<f64> = (0..rows)
        .map(|row| {
            (cell(0, row) * 5.0).sin() - (cell(1, row) - 4.0).abs() * cell(2, row)
                + cell(3, row) * cell(0, row)
                + random.gen_range(-1.0..1.0)
        })
        .collect();
    let weights = (0..rows).map(|_| random.gen_range(0.1..3.0)).collect();
    let target = if classes {
        Target::Classification { classes: target.iter().map(|&y| u32::from(y > 0.2)).collect(), n_classes: 2 }
    } else {
        Target::Regression(target)
    };
    TrainingSet::new(columns, target, Some(weights)).unwrap()
}

fn constraints() -> Vec<Monotonic> {
    vec![Monotonic::Increasing, Monotonic::Decreasing, Monotonic::Free, Monotonic::Free]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_prediction_goes_the_wrong_way(
        seed in 0u64..1000,
        rows in 2usize..250,
        classes in any::<bool>(),
        entropy in any::<bool>(),
        algorithm in prop_oneof![
            Just(Algorithm::RandomForest),
            Just(Algorithm::ExtraTrees),
            Just(Algorithm::DecisionTree),
        ],
        leaves in prop_oneof![Just(None), (2usize..30).prop_map(Some)],
    ) {
        let set = table(seed, rows, classes);
        let mut params = ForestParams::new(algorithm)
            .max_features(MaxFeatures::Count(3))
            .max_leaf_nodes(leaves)
            .random_state(seed)
            .monotonic_cst(Some(constraints()));
        if algorithm != Algorithm::DecisionTree {
            params = params.n_estimators(4);
        }
        if classes && entropy {
            params = params.criterion(Criterion::Entropy);
        }
        let forest = fit(params, &set).forest;
        let mut random = ChaCha8Rng::seed_from_u64(seed + 1);
        let others = columns(20, &mut random);
        for row in 0..20 {
            for (feature, sign) in [(0, 1.0), (1, -1.0)] {
                let mut asked: Vec<f32> = others.iter().map(|column| column.values[row]).collect();
                let mut before = f64::NEG_INFINITY;
                for step in -30..=110 {
                    asked[feature] = step as f32 * 0.1;
                    let mut answer = vec![0.0; forest.shape().outputs()];
                    forest.score_row(&asked, &mut answer);
                    let answer = sign * answer[answer.len() - 1];
                    prop_assert!(answer >= before, "feature {feature} of {asked:?}: {before} then {answer}");
                    before = answer;
                }
            }
        }
    }
}

#[test]
fn constraints_change_what_breaks_them_and_keep_what_obeys() {
    let values: Vec<f32> = (0..60u8).map(f32::from).collect();
    let set = regression(vec![numeric(&values)], &values.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
    let answers = |direction| {
        let params = ForestParams::decision_tree().monotonic_cst(Some(vec![direction]));
        fit(params, &set).forest.score(&set.rows()).values().to_vec()
    };
    let free = answers(Monotonic::Free);
    assert_eq!(answers(Monotonic::Increasing), free);
    // No cut of a rising line has means that fall: one leaf is left.
    assert_eq!(answers(Monotonic::Decreasing), [29.5; 60]);
}

#[test]
fn free_constraints_leave_the_forest_as_it_is() {
    let set = table(3, 200, true);
    let forest = |params: ForestParams| fit(params.n_estimators(5), &set).forest;
    let free = ForestParams::random_forest().monotonic_cst(Some(vec![Monotonic::Free; 4]));
    assert_eq!(forest(free), forest(ForestParams::random_forest()));
}

#[test]
fn constraints_that_do_not_fit_the_table_are_refused() {
    let check = |set: &TrainingSet, constraints: Vec<Monotonic>, message: &str| {
        let params = ForestParams::random_forest().monotonic_cst(Some(constraints)).check().unwrap();
        assert_eq!(params.fit_table(set, &|_| ()).unwrap_err().to_string(), message);
    };
    let increasing = Monotonic::Increasing;
    check(
        &table(1, 20, false),
        vec![increasing],
        "monotonic_cst is a list of 1, expected one constraint for each of the 4 features",
    );
    check(
        &table(1, 20, false),
        vec![Monotonic::Free, Monotonic::Free, Monotonic::Free, increasing],
        "monotonic_cst is set, but one of its features is a category, whose levels have no order",
    );
    check(
        &classification(vec![numeric(&[1.0, 2.0, 3.0])], &[0, 1, 2], 3),
        vec![increasing],
        "monotonic_cst is set, but the target has not two classes, whose probabilities alone have one direction",
    );
}
