//! A folder of its own for each test, with the trainer at hand.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder in which the trainer runs.
pub(crate) struct Workshop(TempDir);

impl Workshop {
    /// A folder with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Self(folder)
    }

    /// A folder with 120 houses and their config.
    pub(crate) fn of_houses() -> Self {
        Self::new(&[("houses.csv", &houses(120)), ("houses.json", HOUSES)])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The trainer, to be run in the folder.
    pub(crate) fn trainer(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("trainer").unwrap();
        command.current_dir(self.0.path()).args(arguments).env_remove("SOURCE_DATE_EPOCH");
        command
    }

    /// Trains with the config `name` and gives the JSON report.
    pub(crate) fn train(&self, name: &str) -> Value {
        let output = self.trainer(&["train", "--json", "--conf", name]).assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    }

    /// What a run that must fail says on standard error, and its exit code.
    pub(crate) fn failure(&self, arguments: &[&str]) -> (String, i32) {
        let output = self.trainer(arguments).assert().failure();
        let output = output.get_output();
        (String::from_utf8(output.stderr.clone()).unwrap(), output.status.code().unwrap())
    }

    /// What a run that must succeed says on standard output.
    pub(crate) fn success(&self, arguments: &[&str]) -> String {
        let output = self.trainer(arguments).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    }

    /// The artifacts in a folder, sorted by name.
    pub(crate) fn artifacts(&self, folder: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "canopy"));
        paths.sort();
        paths
    }
}

/// A file of the repository's `data` folder.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Houses: a number, a text with missing cells, a truth value and a whole number decide the price.
pub(crate) fn houses(rows: usize) -> String {
    let mut csv = String::from("area,quarter,garden,rooms,id,price\n");
    for row in 0..rows {
        let area = 40.0 + (row * 37 % 101) as f64 * 1.25;
        let quarter = ["north", "south", "", "east"][row % 4];
        let garden = row % 3 == 0;
        let rooms = 1 + row * 7 % 5;
        let price = 1000.0 * area + if garden { 20_000.0 } else { 0.0 } + 5000.0 * rooms as f64;
        csv.push_str(&format!("{area},{quarter},{garden},{rooms},house {row},{price}\n"));
    }
    csv
}

/// A config for [`houses`] in `houses.csv`.
pub(crate) const HOUSES: &str = r#"{
  "title": "House prices",
  "data": {"path": "houses.csv"},
  "target": {"column": "price", "unit": "€"},
  "cross_validation": {"folds": 3},
  "model": {"n_estimators": 12, "oob_score": true}
}"#;
