//! `trainer init` writes configs that train as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::workshop::repository;

fn trainer(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trainer")).args(arguments).output().unwrap()
}

/// A file of the folder of real data, where that is at hand.
fn shared_data(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("CANOPY_SHARED_DATA").map_or_else(|| repository("../shared/data"), PathBuf::from);
    Some(folder.join(name)).filter(|path| path.is_file())
}

/// Makes a config for the file and trains with it. Gives the config.
fn check_trains(data: &Path, target: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let (data, conf) = (data.to_str().unwrap(), config.to_str().unwrap());
    let made = trainer(&[&["init", data, "--target", target, "--output", conf, "--quiet"], more].concat());
    assert!(made.status.success(), "{data}: {made:?}");
    let folder = format!("output.dir={}", folder.path().display());
    let trained =
        trainer(&["train", "--conf", conf, "--set", &folder, "--set", "model.n_estimators=5", "--quiet"]);
    assert!(trained.status.success(), "{data}: {trained:?}");
    serde_json::from_str(&fs::read_to_string(&config).unwrap()).unwrap()
}

#[test]
fn configs_of_the_carried_files_train() {
    let data = repository("data");
    let names = ["--columns", "sepal length,sepal width,petal length,petal width,species"];
    let iris = check_trains(&data.join("iris.csv"), "species", &names);
    assert_eq!(iris["data"]["skip_rows"], 1);
    assert_eq!(iris["target"]["task"], "classification");
    assert_eq!(check_trains(&data.join("iris.csv"), "5", &[])["target"]["column"], "column_5");
    let boston = check_trains(&data.join("boston_house_prices.csv"), "MEDV", &[]);
    assert_eq!(boston["data"]["skip_rows"], 1);
    assert_eq!(boston["features"]["settings"].as_array().unwrap().len(), 13);
    let world = check_trains(&data.join("world-data-2023.csv"), "Life expectancy", &[]);
    let format = serde_json::json!({"currency": ["$"], "percent": true, "thousands": ","});
    assert_eq!(world["data"]["number_format"], format);
    check_trains(&data.join("nyc_taxis_2019-03_raw.csv"), "fare_amount", &[]);
}

#[test]
fn configs_of_the_original_files_train() {
    let files = [
        ("titanic_raw.csv", "survived"),
        ("penguins.csv", "species"),
        ("world-data-2023.csv", "Life expectancy"),
        ("wine_data.csv", "14"),
    ];
    for (name, target) in files {
        if let Some(path) = shared_data(name) {
            check_trains(&path, target, &[]);
        }
    }
}

/// Passengers with names that hold commas, and ages that are missing.
fn passengers(folder: &Path) -> PathBuf {
    let mut text = "survived;name;age;fare;port of exit;port-of-exit\n".to_owned();
    for number in 0..60 {
        let age = if number % 7 == 0 { "?".into() } else { format!("{},5", 20 + number % 30) };
        let port = ["S", "C", "Q"][number % 3];
        let text_of = |port: &str| if number == 9 { String::new() } else { port.to_owned() };
        text.push_str(&format!(
            "{};Doe, {number};{age};{}.000,25 €;{};{port}\n",
            number % 2,
            number + 1,
            text_of(port)
        ));
    }
    let path = folder.join("Some Passengers.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_file_with_many_quirks_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = passengers(folder.path());
    let mut config = check_trains(&path, "survived", &[]);
    config["data"]["path"] = "Some Passengers.csv".into();
    insta::assert_json_snapshot!(config);
}

#[test]
fn rows_with_bad_cells_are_dropped_rather_than_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let rows: String = (0..40).map(|number| format!("{number},{}\n", number * 2)).collect();
    fs::write(&path, format!("x,y\n{rows}oops,3\n")).unwrap();
    let config = check_trains(&path, "y", &[]);
    assert_eq!(config["data"]["bad_cells"], "drop");
    let told = trainer(&["init", path.to_str().unwrap(), "--target", "y"]);
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("rows with bad cells will be dropped"), "{told}");
    assert!(told.contains("record 41 (line 42), column \"x\": expected a number, found \"oops\""), "{told}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let data = passengers(folder.path());
    let output = folder.path().join("config.json");
    fs::write(&output, "mine").unwrap();
    let (data, conf) = (data.to_str().unwrap(), output.to_str().unwrap());
    let refused = trainer(&["init", data, "--target", "survived", "--output", conf]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("is there already; name another file, or overwrite it with --force"), "{told}");
    assert_eq!(fs::read_to_string(&output).unwrap(), "mine");
    let made = trainer(&["init", data, "--target", "survived", "--output", conf, "--force"]);
    assert!(made.status.success(), "{made:?}");
    assert!(fs::read_to_string(&output).unwrap().starts_with('{'));
}

#[test]
fn what_is_no_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |bytes: &[u8], target: &str, expected: &str| {
        let path = folder.path().join("a.csv");
        fs::write(&path, bytes).unwrap();
        let refused = trainer(&["init", path.to_str().unwrap(), "--target", target]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(refused.stdout.is_empty());
    };
    check(b"", "y", "is empty");
    check(b"a,b\n1,2\n3,4\n", "bb", "no column \"bb\"");
    check(b"a\n1\n2\n", "a", "no column is left");
    check(b"\xff\xfea\0,\0", "a", "UTF-16");
    check(b"a,b\n", "b", "no records");
}
