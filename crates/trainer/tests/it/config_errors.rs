//! What a broken config is told: every message, with its place.

use trainer::Config;

/// Each case: what is broken, the text, the overrides.
type Case = (&'static str, &'static str, &'static [&'static str]);

const PLAIN: &str = r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}}"#;

const SYNTAX: &[Case] = &[
    ("an empty file", "", &[]),
    ("no object", "[1, 2]", &[]),
    ("a trailing comma", "{\n  \"data\": {\"path\": \"a.csv\",},\n  \"target\": {\"column\": \"y\"}\n}", &[]),
    ("a missing comma", "{\n  \"data\": {\"path\": \"a.csv\"}\n  \"target\": {\"column\": \"y\"}\n}", &[]),
    ("a comment", "{\n  // where the data is\n  \"data\": {\"path\": \"a.csv\"}\n}", &[]),
    ("a cut-off file", "{\n  \"data\": {\"path\": \"a.c", &[]),
    (
        "a key that stands twice",
        "{\n  \"data\": {\"path\": \"a.csv\"},\n  \"target\": {\"column\": \"y\"},\n  \"data\": {\"path\": \"b.csv\"}\n}",
        &[],
    ),
];

const KEYS: &[Case] = &[
    ("nothing at all", "{}", &[]),
    (
        "a known key in another section",
        "{\n  \"data\": {\"path\": \"a.csv\"},\n  \"target\": {\"column\": \"y\"},\n  \"train_test_ratio\": 0.2\n}",
        &[],
    ),
    (
        "several problems at once, in the order of the file",
        "{\n  \"titel\": \"T\",\n  \"target\": {\"column\": 3},\n  \"data\": {\"pth\": \"a.csv\", \"skip_rows\": -1},\n  \"model\": {\"n_estimators\": 0, \"max_features\": \"sqr\", \"ntrees\": 3}\n}",
        &[],
    ),
    (
        "a neural network",
        "{\n  \"data\": {\"path\": \"a.csv\"},\n  \"target\": {\"column\": \"y\"},\n  \"model\": {\n    \"layers\": [64, 64],\n    \"epochs\": 100,\n    \"batch_size\": 32,\n    \"learning_rate\": 0.001,\n    \"optimizer\": \"adam\",\n    \"activation\": \"relu\",\n    \"dropout\": 0.5\n  }\n}",
        &[],
    ),
    (
        "unknown keys in lists",
        "{\n  \"data\": {\"path\": \"a.csv\", \"filters\": [{\"column\": \"x\", \"min\": 1}]},\n  \"target\": {\"column\": \"y\"},\n  \"features\": [\"a\", {\"name\": \"b\", \"descripton\": \"?\"}]\n}",
        &[],
    ),
    (
        "rules of other sections beside an unknown key",
        "{\n  \"data\": {\"path\": \"a.csv\", \"header\": false, \"column_names\": [\"x\", \"y\"]},\n  \"target\": {\"column\": \"y\", \"name\": \"z\"}\n}",
        &[],
    ),
];

const VALUES: &[Case] = &[
    (
        "wrong types",
        "{\"name\": 7,\n\"data\": {\"path\": \"a.csv\", \"header\": \"yes\", \"delimiter\": \";;\", \"missing_values\": \"NA\", \"skip_rows\": 1.5},\n\"target\": [\"y\"],\n\"features\": 3,\n\"metrics\": [\"mae\", \"acuracy\", 7],\n\"serving\": {\"strict\": null}}",
        &[],
    ),
    (
        "values out of range",
        "{\"data\": {\"path\": \"\"},\n\"target\": {\"name\": \"t\", \"minutes_between\": [\"a\"]},\n\"features\": [{\"name\": \"b\", \"allowed\": []}],\n\"split\": {\"test_ratio\": 1.0, \"seed\": -1},\n\"cross_validation\": {\"folds\": 1},\n\"model\": {\"n_estimators\": 5000000000, \"min_samples_leaf\": 0, \"min_samples_split\": 1.5, \"max_samples\": 0.0, \"max_depth\": 0, \"class_weight\": {\"a\": 0}}}",
        &[],
    ),
    (
        "words that are none",
        "{\"data\": {\"path\": \"a.csv\", \"bad_cells\": \"ignore\"},\n\"target\": {\"column\": \"y\", \"task\": \"Classification\"},\n\"model\": {\"algorithm\": \"random_forrest\", \"criterion\": \"mse\", \"class_weight\": \"balance\"},\n\"features\": [{\"name\": \"a\", \"kind\": \"float\", \"missing\": \"ignore\"}],\n\"quality_gate\": {\"metric\": \"r2\", \"minimum\": 0.5, \"evaluation\": \"cv\"}}",
        &[],
    ),
];

const RULES: &[Case] = &[
    ("a bad name", r#"{"name": "My Model", "data": {"path": "a.csv"}, "target": {"column": "y"}}"#, &[]),
    (
        "the CSV file",
        r#"{"data": {"path": "a.csv", "delimiter": ";", "quote": ";", "header": false, "columns": ["a", "", "a"],
  "number_format": {"thousands": ".", "currency": [" "]},
  "filters": [{"column": "a"}, {"column": "b", "minimum": 2, "maximum": 1}]},
 "target": {"column": "y"}}"#,
        &[],
    ),
    (
        "names of columns beside a header",
        r#"{"data": {"path": "a.csv", "columns": ["a"]}, "target": {"column": "y"}}"#,
        &[],
    ),
    (
        "no header and no names",
        r#"{"data": {"path": "a.csv", "header": false, "delimiter": "é"}, "target": {"column": "y"}}"#,
        &[],
    ),
    ("no target", r#"{"data": {"path": "a.csv"}, "target": {}}"#, &[]),
    ("a target without a name", r#"{"data": {"path": "a.csv"}, "target": ""}"#, &[]),
    (
        "a target in its short form as a feature",
        r#"{"data": {"path": "a.csv"}, "target": "y", "features": ["x", "y"]}"#,
        &["target.minimum=2", "target.maximum=1"],
    ),
    (
        "two targets",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y", "minutes_between": ["a", "b"], "minimum": 3, "maximum": 2}}"#,
        &[],
    ),
    (
        "a derived target without a name",
        r#"{"data": {"path": "a.csv"}, "target": {"minutes_between": ["a", "a"]}}"#,
        &[],
    ),
    (
        "a classification as a regression",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y", "task": "regression", "labels": {"0": "no"}},
 "split": {"stratify": true, "shuffle": false},
 "model": {"criterion": "gini", "class_weight": "balanced"},
 "metrics": ["mae", "accuracy"],
 "quality_gate": [{"metric": "f1_macro", "minimum": 0.5}]}"#,
        &[],
    ),
    (
        "intervals where there can be none",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y", "task": "classification"},
 "model": {"interval": 0.9, "bootstrap": false}}"#,
        &[],
    ),
    (
        "measures of intervals that are not there, or that calibrated them",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "metrics": ["interval_width"],
 "quality_gate": {"metric": "interval_coverage", "minimum": 0.88, "evaluation": "out_of_bag"}}"#,
        &[],
    ),
    (
        "an interval of a single tree",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "model": {"algorithm": "decision_tree", "interval": 0.9}}"#,
        &[],
    ),
    (
        "a regression as a classification",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y", "task": "classification", "maximum": 2},
 "model": {"criterion": "squared_error"}, "metrics": ["rmse"]}"#,
        &[],
    ),
    (
        "features that contradict themselves",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"},
 "model": {"sample_weight": "w"},
 "features": [
  "y", "w", "a", "a", "Birth Rate", "Birth-Rate",
  {"name": "b", "minimum": 2, "maximum": 1},
  {"name": "c", "identifier": "9 lives"},
  {"name": "d", "kind": "boolean", "minimum": 0},
  {"name": "e", "kind": "number", "allowed": [1]},
  {"name": "f", "kind": "integer", "minimum": 0.5},
  {"name": "g", "kind": "integer", "minimum": 0, "allowed": [-1, 1]},
  {"name": "h", "kind": "category", "values": "text", "allowed": ["x", 3]},
  {"name": "i", "kind": "category", "values": "text", "minimum": 1},
  {"name": "j", "kind": "integer", "missing": {"default": "mean"}},
  {"name": "k", "kind": "number", "missing": {"default": "many"}},
  {"name": "l", "kind": "category", "missing": {"default": "median"}}
 ]}"#,
        &[],
    ),
    (
        "a feature that is left out and described",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"},
 "features": {"exclude": ["id", "age"], "settings": [{"name": "age", "unit": "years"}]}}"#,
        &[],
    ),
    ("no features", r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "features": []}"#, &[]),
    (
        "one tree as many",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"},
 "model": {"algorithm": "decision_tree", "n_estimators": 50, "bootstrap": true, "max_samples": 0.5, "oob_score": true}}"#,
        &[],
    ),
    (
        "samples without bootstrap",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"},
 "model": {"algorithm": "extra_trees", "max_samples": 0.5, "oob_score": true, "min_samples_split": 1, "min_samples_leaf": 1.0}}"#,
        &[],
    ),
    (
        "a report of what is not there",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "split": {"test_ratio": 0},
 "report": {"protected": ["sex", "y", "sex"], "learning_curve": true}}"#,
        &[],
    ),
    (
        "gates that read nothing",
        r#"{"data": {"path": "a.csv"}, "target": {"column": "y"}, "split": {"test_ratio": 0},
 "quality_gate": [
  {"metric": "mae"},
  {"metric": "mae", "maximum": 3, "evaluation": "cross_validation"},
  {"metric": "r2", "minimum": 0.8, "evaluation": "out_of_bag"}
 ]}"#,
        &[],
    ),
];

const OVERRIDES: &[Case] = &[
    ("no value", PLAIN, &["data.path"]),
    ("an unknown key", PLAIN, &["data.pth=b.csv"]),
    ("a wrong type", PLAIN, &["model.n_estimators=many", "model.max_depth=3"]),
    ("a value in a value", PLAIN, &["data.path.x=1"]),
    (
        "an element far away",
        r#"{"data": {"path": "a"}, "target": {"column": "y"}, "features": ["a"]}"#,
        &["features[7]=b"],
    ),
    ("a part of an override", PLAIN, &["model={\"ntrees\": 3}"]),
    (
        "a problem of the file beside one of an override",
        r#"{"data": {"path": "a"}, "target": {"colum": "y"}}"#,
        &["split.test_ratio=2"],
    ),
];

fn transcript(cases: &[Case]) -> String {
    let mut transcript = String::new();
    for (what, text, overrides) in cases {
        let overrides: Vec<String> = overrides.iter().map(|&argument| argument.into()).collect();
        let Err(errors) = Config::parse(text, &overrides, "c.json", "c") else { panic!("{what}: no error") };
        transcript.push_str(&format!("# {what}\n{errors}\n\n"));
    }
    transcript
}

#[test]
fn invalid_json_is_told_where_and_why() {
    insta::assert_snapshot!(transcript(SYNTAX));
}

#[test]
fn unknown_keys_are_told_the_nearest_one() {
    insta::assert_snapshot!(transcript(KEYS));
}

#[test]
fn wrong_values_are_told_what_is_expected() {
    insta::assert_snapshot!(transcript(VALUES));
}

#[test]
fn broken_rules_are_told_the_cure() {
    insta::assert_snapshot!(transcript(RULES));
}

#[test]
fn broken_overrides_are_told_their_argument() {
    insta::assert_snapshot!(transcript(OVERRIDES));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, expected: &str| {
        let path = folder.path().join(name);
        let message = Config::read(&path, &[]).unwrap_err().to_string();
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        assert!(message.contains(expected), "{message}");
    };
    std::fs::write(folder.path().join("latin1.json"), b"{\"name\": \"caf\xe9\"}").unwrap();
    check("missing.json", "there is no such file");
    check("latin1.json", "not UTF-8 text, from byte 14");
    check("", "cannot be read");
    let relative = Config::read("no/such.json".as_ref(), &[]).unwrap_err().to_string();
    let tried = std::env::current_dir().unwrap().join("no/such.json");
    assert_eq!(relative, format!("no/such.json: there is no such file ({})", tried.display()));
}
