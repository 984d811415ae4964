//! `trainer train --shard` and `trainer merge`: the same model as one run writes, and every wrong shard is refused by its name.

use std::fs;

use serde_json::Value;

use crate::workshop::{Workshop, houses};

/// Grows shards of `of`, and gives their names.
fn grow(workshop: &Workshop, of: u32, numbers: &[u32], settings: &[&str]) -> Vec<String> {
    let grow = |number: &u32| {
        let number = format!("{number}/{of}");
        let mut arguments = vec!["train", "--json", "--conf", "houses.json", "--shard", &number];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let told: Value = serde_json::from_str(&workshop.success(&arguments)).unwrap();
        told["shard"].as_str().unwrap().to_owned()
    };
    numbers.iter().map(grow).collect()
}

fn merge<'a>(shards: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let shards = shards.iter().map(String::as_str);
    ["merge"].into_iter().chain(shards).chain(more.iter().copied()).collect()
}

/// The artifact, apart from what differs between two runs.
fn content(workshop: &Workshop, report: &str) -> (Value, Value) {
    let mut report: Value = serde_json::from_str(report).unwrap();
    let inspected = workshop.success(&["inspect", "--json", report["artifact"].as_str().unwrap()]);
    let checksum = serde_json::from_str::<Value>(&inspected).unwrap()["checksum"].take();
    for key in ["version", "created"] {
        report["header"][key] = Value::Null;
    }
    // What the config that shards hold has left out already is not left out again.
    for key in ["artifact", "report", "left_out"] {
        report[key] = Value::Null;
    }
    (report, checksum)
}

#[track_caller]
fn assert_same_as_one_run(settings: &[&str], of: u32) {
    let workshop = Workshop::of_houses();
    let mut arguments = vec!["train", "--json", "--conf", "houses.json"];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let whole = content(&workshop, &workshop.success(&arguments));
    let shards = grow(&workshop, of, &(1..=of).rev().collect::<Vec<_>>(), settings);
    let merged = content(&workshop, &workshop.success(&merge(&shards, &["--json"])));
    assert_eq!(whole, merged);
    // With the config at hand, too.
    let mut more = vec!["--json", "--conf", "houses.json"];
    settings.iter().for_each(|setting| more.extend(["--set", setting]));
    assert_eq!(whole, content(&workshop, &workshop.success(&merge(&shards, &more))));
    assert_eq!(workshop.artifacts("artifacts").len(), 3);
}

#[test]
fn folds_out_of_bag_scores_and_importances_are_those_of_one_run() {
    assert_same_as_one_run(&[], 5);
}

#[test]
fn intervals_and_a_patience_are_those_of_one_run() {
    assert_same_as_one_run(&["model.interval=0.9", "model.n_estimators=80", "model.patience=10"], 3);
}

#[test]
fn a_training_on_all_rows_is_that_of_one_run() {
    assert_same_as_one_run(&["split.test_ratio=0", "model.sample_weight=rooms", "cross_validation=null"], 2);
}

#[test]
fn a_continued_model_is_that_of_one_run() {
    let workshop = Workshop::of_houses();
    workshop.train("houses.json");
    let base = workshop.artifacts("artifacts")[0].clone();
    let pretrained = format!("pretrained={:?}", base.display().to_string());
    let settings = [pretrained.as_str(), "model.n_estimators=21", "cross_validation=null"];
    let mut arguments = vec!["train", "--json", "--conf", "houses.json"];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let whole = content(&workshop, &workshop.success(&arguments));
    let shards = grow(&workshop, 2, &[1, 2], &settings);
    let merged = content(&workshop, &workshop.success(&merge(&shards, &["--json"])));
    assert_eq!(whole, merged);
}

#[test]
fn out_of_bag_answers_are_written_by_the_merge() {
    let workshop = Workshop::of_houses();
    workshop.success(&["train", "--conf", "houses.json", "--oob-predictions", "one.csv"]);
    let shards = grow(&workshop, 2, &[1, 2], &[]);
    workshop.success(&merge(&shards, &["--oob-predictions", "merged.csv"]));
    let [one, merged] = ["one.csv", "merged.csv"].map(|file| fs::read(workshop.path(file)).unwrap());
    assert_eq!(one, merged);
}

#[test]
fn a_shard_that_does_not_belong_is_refused_by_its_name() {
    let workshop = Workshop::of_houses();
    let shards = grow(&workshop, 3, &[1, 2, 3], &[]);
    let other = |settings: &[&str]| grow(&workshop, 3, &[2], &[&["output.dir=other"], settings].concat());
    let refused = |shards: &[&str], more: &[&str], expected: &str| {
        let shards: Vec<String> = shards.iter().map(|shard| (*shard).to_owned()).collect();
        let (error, code) = workshop.failure(&merge(&shards, more));
        assert_eq!((error.as_str(), code), (format!("error: {expected}\n").as_str(), 1));
    };
    let [one, two, three] = [0, 1, 2].map(|place| shards[place].as_str());
    refused(&[three, one], &[], "shard 2/3 is missing: grow it with --shard 2/3, and merge all 3");
    refused(
        &[two],
        &[],
        "shards 1/3, 3/3 are missing: grow them, beginning with --shard 1/3, and merge all 3",
    );
    let twice = other(&[]);
    refused(
        &[one, two, &twice[0], three],
        &[],
        "shard 2/3 is given twice: artifacts/houses-2-of-3.shard and other/houses-2-of-3.shard; give each shard once",
    );
    let seed = other(&["model.random_state=7"]);
    refused(
        &[one, &seed[0], three],
        &[],
        "shard 2/3, other/houses-2-of-3.shard, is of another training: model.random_state is 7, not 42; \
         compared with artifacts/houses-1-of-3.shard",
    );
    let of_four = grow(&workshop, 4, &[2], &[]);
    refused(
        &[one, &of_four[0], three],
        &[],
        "shard 2/4, artifacts/houses-2-of-4.shard, is of another training: it is one of 4 shards, not of 3; \
         compared with artifacts/houses-1-of-3.shard",
    );
    refused(
        &[one, two, three],
        &["--set", "model.max_depth=3"],
        "shard 1/3, artifacts/houses-1-of-3.shard, is of another training: model.max_depth is null, not 3",
    );
    fs::write(workshop.path("houses.csv"), houses(119)).unwrap();
    let (error, _) = workshop.failure(&merge(&shards, &[]));
    assert!(
        error.contains("houses-1-of-3.shard, is of another training: its data has the fingerprint "),
        "{error}"
    );
    let later = other(&[]);
    let (error, _) = workshop.failure(&merge(&[one.into(), later[0].clone(), three.into()], &[]));
    assert!(
        error.contains("shard 2/3, other/houses-2-of-3.shard, is of another training: its data"),
        "{error}"
    );
    assert!(workshop.artifacts("artifacts").is_empty());
}

#[test]
fn a_damaged_shard_is_refused_and_can_be_grown_again() {
    let workshop = Workshop::of_houses();
    let shards = grow(&workshop, 2, &[1, 2], &[]);
    let whole = fs::read(workshop.path(&shards[1])).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", b"area,quarter\n1,2\n"] {
        fs::write(workshop.path(&shards[1]), damaged).unwrap();
        let (error, code) = workshop.failure(&merge(&shards, &[]));
        assert!(error.starts_with("error: artifacts/houses-2-of-2.shard is no sound shard: it"), "{error}");
        assert_eq!(code, 1);
    }
    fs::remove_file(workshop.path(&shards[1])).unwrap();
    let (error, _) = workshop.failure(&merge(&shards, &[]));
    assert!(error.starts_with("error: cannot read artifacts/houses-2-of-2.shard: "), "{error}");
    grow(&workshop, 2, &[2], &[]);
    assert_eq!(fs::read(workshop.path(&shards[1])).unwrap(), whole);
    workshop.success(&merge(&shards, &[]));
}

#[test]
fn a_number_that_is_not_there_is_a_wrong_command_line() {
    let workshop = Workshop::of_houses();
    let check = |arguments: &[&str], expected: &str| {
        let arguments = [&["train", "--conf", "houses.json"], arguments].concat();
        let (error, code) = workshop.failure(&arguments);
        assert!(error.contains(expected), "{error}");
        assert_eq!(code, 2, "{error}");
    };
    check(&["--shard", "0/4"], "shards are counted from 1 to 4; --shard-base 0 counts from 0");
    check(&["--shard", "5/4"], "shards are counted from 1 to 4");
    check(&["--shard", "4/4", "--shard-base", "0"], "shards are counted from 0 to 3");
    check(&["--shard", "two"], "expected the number of the shard and how many there are");
    check(&["--shard", "1/2", "--oob-predictions", "x.csv"], "cannot be used with");
    let (error, code) = workshop.failure(&["train", "--conf", "houses.json", "--shard", "1/13"]);
    assert_eq!(
        error,
        "error: shard 1/13 of 12 trees: there are fewer trees than shards; ask for at most 12\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_merged_model_that_misses_its_gate_is_not_written() {
    let workshop = Workshop::of_houses();
    let shards = grow(&workshop, 2, &[1, 2], &[]);
    let gate = r#"quality_gate={"metric": "mae", "maximum": 0.5}"#;
    let (error, code) = workshop.failure(&merge(&shards, &["--set", gate]));
    assert!(error.starts_with("error: the model misses its quality gate"), "{error}");
    assert_eq!(code, 3);
    assert!(workshop.artifacts("artifacts").is_empty());
}
