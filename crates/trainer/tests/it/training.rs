//! `trainer train`, end to end.

use std::fs;

use serde_json::{Value, json};

use crate::workshop::{Workshop, repository};

/// A report without what differs from run to run or follows from the forest: `#` for the digits of such figures.
fn stable(text: &str) -> String {
    let is_figure = |word: &str| word.contains(|c: char| c.is_ascii_digit()) && word.contains('.');
    let masked = |word: &str| word.replace(|c: char| c.is_ascii_digit(), "#");
    let line = |line: &str| match line.split_once("created ") {
        Some((before, _)) => format!("{before}created …"),
        None if line.contains(" nodes, depth ") => masked(line),
        None => line
            .split(' ')
            .map(|word| if is_figure(word) { masked(word) } else { word.into() })
            .collect::<Vec<_>>()
            .join(" "),
    };
    text.lines().filter(|line| !line.starts_with("Wrote ")).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_model_is_trained_reported_and_written() {
    let workshop = Workshop::of_houses();
    let report = workshop.success(&["train", "--conf", "houses.json"]);
    insta::assert_snapshot!(stable(&report));
    assert_eq!(workshop.artifacts("artifacts").len(), 1);
}

#[test]
fn every_training_is_a_new_version_of_its_name() {
    let workshop = Workshop::of_houses();
    for version in 1..=3 {
        let report = workshop.train("houses.json");
        assert_eq!(report["header"]["version"], version);
    }
    let other = workshop.success(&["train", "--json", "--conf", "houses.json", "--set", "name=cottages"]);
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_eq!(other["header"]["version"], 1);
    assert_eq!(workshop.artifacts("artifacts").len(), 4);
}

#[test]
fn trainers_side_by_side_write_different_versions() {
    let workshop = Workshop::of_houses();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| workshop.train("houses.json"));
        }
    });
    let names: Vec<String> = workshop
        .artifacts("artifacts")
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy()[.."houses-v1".len()].to_owned())
        .collect();
    assert_eq!(names, ["houses-v1", "houses-v2", "houses-v3", "houses-v4"]);
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let workshop = Workshop::of_houses();
    for threads in ["1", "2"] {
        let folder = format!("output.dir=on-{threads}");
        workshop
            .trainer(&["train", "--quiet", "--conf", "houses.json", "--set", &folder])
            .env("RAYON_NUM_THREADS", threads)
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .assert()
            .success()
            .stdout("")
            .stderr("");
    }
    let [one, two] = ["on-1", "on-2"].map(|folder| fs::read(&workshop.artifacts(folder)[0]).unwrap());
    // The config in the header names the folder; the rest of the two files is the same.
    let name = "houses-v1-20231114T221320Z.canopy";
    assert!(workshop.artifacts("on-1")[0].ends_with(name), "{:?}", workshop.artifacts("on-1"));
    assert_eq!(one.len(), two.len());
    let different = one.iter().zip(&two).filter(|(a, b)| a != b).count();
    assert!(different <= 1 + 32, "{different} bytes differ: more than the folder and the header's checksum");
}

#[test]
fn the_effective_config_trains_the_same_model() {
    let workshop = Workshop::of_houses();
    let first = workshop.train("houses.json");
    fs::write(workshop.path("effective.json"), first["header"]["config"].to_string()).unwrap();
    let second = workshop.train("effective.json");
    assert_eq!(first["header"]["schema"], second["header"]["schema"]);
    assert_eq!(first["header"]["config"], second["header"]["config"]);
    let checksum = |report: &Value| {
        let path = report["artifact"].as_str().unwrap();
        let inspected = workshop.success(&["inspect", "--json", path]);
        serde_json::from_str::<Value>(&inspected).unwrap()["checksum"].clone()
    };
    assert_eq!(checksum(&first), checksum(&second));
}

#[test]
fn a_model_that_misses_its_gate_is_not_written() {
    let workshop = Workshop::of_houses();
    let gate = r#"quality_gate={"metric": "mae", "maximum": 0.5}"#;
    let (error, code) = workshop.failure(&["train", "--conf", "houses.json", "--set", gate]);
    assert_eq!(code, 3);
    assert!(
        error.starts_with("error: the model misses its quality gate and was not written: mae is "),
        "{error}"
    );
    assert!(error.ends_with("required is test mae at most 0.5\n"), "{error}");
    assert!(workshop.artifacts("artifacts").is_empty());
}

#[test]
fn the_largest_numbers_make_a_model_that_can_be_read() {
    // Features beyond the largest f32, and targets whose squares no number holds.
    let mut csv = String::from("side,other,y\n");
    for row in 0..120 {
        let side = row * 37 % 120;
        let sign = if side < 60 { "-" } else { "" };
        csv.push_str(&format!("{side},{sign}{}e300,{sign}9e299\n", row % 7));
    }
    let config = r#"{"data": {"path": "huge.csv"}, "target": {"column": "y"}, "model": {"n_estimators": 5}}"#;
    let workshop = Workshop::new(&[("huge.csv", &csv), ("huge.json", config)]);
    let metrics = &workshop.train("huge.json")["header"]["evaluation"]["test"]["metrics"];
    assert!(metrics["mae"].as_f64() < Some(1e300) && metrics["r2"].as_f64() > Some(0.5), "{metrics}");
    let artifact = &workshop.artifacts("artifacts")[0];
    let inspected = workshop.success(&["inspect", artifact.to_str().unwrap()]);
    assert!(inspected.lines().all(|line| line.chars().count() < 160), "{inspected}");
    workshop.success(&["report", artifact.to_str().unwrap(), "--output", "huge.html"]);
    workshop.success(&["compare", "--conf", "huge.json", "--metric", "mae"]);
    workshop.success(&["drift", "--model", artifact.to_str().unwrap(), "--data", "huge.csv"]);
}

#[test]
fn texts_are_classes_and_sums_of_a_fold_are_whole() {
    let mut csv = String::from("length;width;kind\n");
    for row in 0..90 {
        let kind = ["elm", "oak", "yew"][row % 3];
        csv.push_str(&format!("{},5;{};{kind}\n", row % 3 * 10 + row % 7, row % 5));
    }
    let config = r#"{
      "data": {"path": "leaves.csv", "delimiter": ";", "number_format": {"decimal": ","}},
      "target": {"column": "kind", "labels": {"yew": "Taxus baccata"}},
      "split": {"stratify": true},
      "model": {"n_estimators": 10, "class_weight": {"oak": 2.0}},
      "serving": {"class_answer": "name"}
    }"#;
    let workshop = Workshop::new(&[("leaves.csv", &csv), ("leaves.json", config)]);
    let report = workshop.train("leaves.json");
    let test = &report["header"]["evaluation"]["test"];
    assert_eq!(test["metrics"]["accuracy"], 1.0);
    assert_eq!(test["confusion"], json!([[6, 0, 0], [0, 6, 0], [0, 0, 6]]));
    assert_eq!(test["per_class"][2]["class"], "Taxus baccata");
}

#[test]
fn the_reference_data_of_the_repository_meets_its_bounds() {
    let check = |config: &str, data: &str, metric: &str, passes: fn(f64) -> bool| {
        let workshop = Workshop::new(&[]);
        let data = format!("data.path={}", repository(data).display());
        let config = repository(config);
        let report =
            workshop.success(&["train", "--json", "--conf", config.to_str().unwrap(), "--set", &data]);
        let report: Value = serde_json::from_str(&report).unwrap();
        let value = report["header"]["evaluation"]["test"]["metrics"][metric].as_f64().unwrap();
        assert!(passes(value), "{metric} of {data} is {value}");
    };
    check("configs/boston.json", "data/boston_house_prices.csv", "mae", |mae| mae <= 2.8);
    check("configs/iris.json", "data/iris.csv", "accuracy", |accuracy| accuracy >= 0.9);
}

#[test]
fn impossible_trainings_are_refused_with_place_and_cure() {
    let check = |name: &str, csv: &str, overrides: &[&str]| -> String {
        let config =
            r#"{"data": {"path": "t.csv"}, "target": {"column": "y"}, "model": {"n_estimators": 2}}"#;
        let workshop = Workshop::new(&[("t.csv", csv), ("t.json", config)]);
        let mut arguments = vec!["train", "--conf", "t.json"];
        arguments.extend(overrides.iter().flat_map(|change| ["--set", change]));
        let (error, code) = workshop.failure(&arguments);
        assert_eq!(code, 1, "{error}");
        assert!(workshop.artifacts("artifacts").is_empty());
        format!("# {name}\n{error}\n")
    };
    let numbers: String = (0..30).map(|row| format!("{row},{}\n", row as f64 * 1.5)).collect();
    let with = |more: &str| format!("x,y\n{numbers}{more}");
    let messages = [
        check("empty", "", &[]),
        check("header only", "x,y\n", &[]),
        check("no target column", "x,Y1\n1,2\n", &[]),
        check("unknown feature", &with(""), &[r#"features=["xx"]"#]),
        check("text in a number column", &with("a,1\n\n\"b\nc\",2\n"), &[]),
        check("text in the target", &with("1,none\n"), &[]),
        check("ragged", &with("1\n1,2,3\n"), &[]),
        check("duplicate column", "x,x,y\n1,2,3\n", &[]),
        check("not text", "\u{0}\u{1}\u{2}\n", &[]),
        check("invalid UTF-8 in a number", &with("1\u{fffd},2\n"), &[]),
        check("no value at all", "x,y\n,1\n,2\n", &[r#"features=["x"]"#]),
        check(
            "only names",
            &{
                let names: String = (0..30).map(|row| format!("name {row},{row}.5\n")).collect();
                format!("x,y\n{names}")
            },
            &[],
        ),
        check("all rows filtered", &with(""), &[r#"data.filters=[{"column": "x", "minimum": 100}]"#]),
        check("one class", "x,y\n1,a\n2,a\n", &[]),
        check("unknown class weight", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n", &[r#"model.class_weight={"c": 1}"#]),
        check("a constraint on no feature", &with(""), &[r#"model.monotonic_cst={"z": 1}"#]),
        check(
            "a constraint on a category",
            "x,y\na,1.5\nb,2\na,3\nb,4\na,5\n",
            &[r#"model.monotonic_cst={"x": 1}"#],
        ),
        check(
            "a constraint on many classes",
            "x,y\n1,a\n2,b\n3,a\n4,b\n5,c\n6,c\n",
            &[r#"model.monotonic_cst={"x": -1}"#],
        ),
        check("same identifier", "a b,a_b,y\n1,2,3.5\n2,3,4.5\n3,4,5.5\n", &[]),
        check("too few rows", "x,y\n1,0.5\n", &[]),
        check("too few rows for the folds", "x,y\n1,0.5\n2,1.5\n3,1.5\n", &["cross_validation.folds=5"]),
        check(
            "a default of another kind",
            "x,y\n1,0.5\n2,1.5\n3,1.5\n",
            &[r#"features=[{"name": "x", "missing": {"default": "a"}}]"#],
        ),
        check(
            "below the minimum",
            "x,y\n1,0.5\n2,1.5\n3,1.5\n",
            &[r#"features=[{"name": "x", "minimum": 2}]"#],
        ),
    ];
    insta::assert_snapshot!(messages.concat());
}

#[test]
fn a_constrained_model_answers_no_larger_house_with_less() {
    let csv = |area: std::ops::Range<usize>| -> String {
        let row = |area: usize| format!("{area},3,{}\n", 50 + area * 13 % 29 + area / 4);
        format!("area,rooms,price\n{}", area.map(row).collect::<String>())
    };
    let config = r#"{"data": {"path": "t.csv"}, "target": {"column": "price", "task": "regression"},
      "features": ["area"], "model": {"n_estimators": 9, "monotonic_cst": {"area": 1}}}"#;
    let workshop = Workshop::new(&[("t.csv", &csv(0..80)), ("t.json", config), ("asked.csv", &csv(0..100))]);
    let report = workshop.success(&["train", "--conf", "t.json"]);
    assert!(report.contains("answers never fall"), "{report}");
    let model = workshop.artifacts("artifacts")[0].display().to_string();
    let answers = workshop.success(&["predict", "--model", &model, "asked.csv", "--column", "answer"]);
    let last = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    let answers: Vec<f64> = answers.lines().skip(1).map(last).collect();
    assert!(answers.len() == 100 && answers.is_sorted() && answers[0] < answers[99], "{answers:?}");
}

#[test]
fn without_held_out_rows_features_are_permuted_on_out_of_bag_rows() {
    let workshop = Workshop::of_houses();
    let importances = |out_of_bag: &str| -> Vec<Value> {
        let arguments = ["--set", "split.test_ratio=0", "--set", out_of_bag];
        let arguments = [&["train", "--json", "--conf", "houses.json"], arguments.as_slice()].concat();
        let report: Value = serde_json::from_str(&workshop.success(&arguments)).unwrap();
        report["header"]["importances"].as_array().unwrap().clone()
    };
    let permuted = importances("model.oob_score=true");
    let of = |feature: &str| {
        let found = permuted.iter().find(|importance| importance["feature"] == feature).unwrap();
        found["permutation"].as_f64().unwrap()
    };
    assert!(of("area") > 0.5 && of("area") > 10.0 * of("quarter"), "{permuted:?}");
    assert!(
        importances("model.oob_score=false").iter().all(|importance| importance["permutation"].is_null())
    );
}

#[test]
fn a_patient_training_stops_and_writes_its_out_of_bag_answers() {
    let workshop = Workshop::of_houses();
    let more =
        ["--set", "model.n_estimators=3000", "--set", "model.patience=20", "--oob-predictions", "oob.csv"];
    let arguments =
        |form: &'static str| [&["train", form, "--conf", "houses.json"], more.as_slice()].concat();
    let report: Value = serde_json::from_str(&workshop.success(&arguments("--json"))).unwrap();
    let trees = report["forest"]["trees"].as_u64().unwrap();
    assert!((30..3000).contains(&trees), "{trees}");
    let curve = report["out_of_bag_curve"].as_array().unwrap();
    assert_eq!(curve.len() as u64, trees / 10);
    // The file holds what the report is computed from.
    let csv = fs::read_to_string(workshop.path("oob.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("row,truth,prediction,trees"));
    let rows: Vec<Vec<f64>> =
        lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len() as u64, report["header"]["data"]["rows_train"].as_u64().unwrap());
    let mean = rows.iter().map(|row| (row[1] - row[2]).abs()).sum::<f64>() / rows.len() as f64;
    let reported = report["header"]["evaluation"]["out_of_bag"]["metrics"]["mae"].as_f64().unwrap();
    assert!((mean / reported - 1.0).abs() < 1e-9, "{mean} {reported}");
    let story = workshop.success(&arguments("--set=name=again"));
    assert!(story.contains(&format!("Stopped at {trees} of 3000 trees")), "{story}");
    assert!(story.contains("out-of-bag mean squared error by trees"), "{story}");

    let without = ["--set", "model.oob_score=false", "--oob-predictions", "oob.csv"];
    let (error, code) = workshop.failure(&[&["train", "--conf", "houses.json"], without.as_slice()].concat());
    assert_eq!(
        (error.as_str(), code),
        ("error: --oob-predictions needs out-of-bag answers: set model.oob_score to true\n", 1)
    );
}
