//! A search for parameters by the command that people run: its trials, its limits, and what a killed one leaves.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::programs::{self, Ended, artifact_in, ran};
use crate::trained;

const SMALL: [&str; 2] = ["--set", "model.n_estimators=12"];

struct Search {
    config: &'static str,
    folder: PathBuf,
    settings: Vec<String>,
}

impl Search {
    fn new(config: &'static str, folder: &str) -> Self {
        Self { config, folder: trained::empty_folder(folder), settings: Vec::new() }
    }

    fn set(mut self, setting: &str) -> Self {
        self.settings.extend(["--set".to_owned(), setting.to_owned()]);
        self
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = programs::trainer();
        command.args(["tune", "--json", "--conf", self.config]).args(SMALL).args(&self.settings);
        command.arg("--output").arg(self.file(name).with_extension("json")).args(arguments);
        command
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Ended {
        ran(&mut self.command(name, arguments))
    }

    fn trials(&self, name: &str) -> String {
        fs::read_to_string(self.file(name).with_extension("trials.jsonl")).unwrap()
    }
}

fn score(trial: &Value) -> f64 {
    trial["score"].as_f64().unwrap()
}

#[test]
fn the_best_is_written_and_trains() {
    let search = Search::new("configs/boston.json", "tuning_boston");
    let report = search.file("tune.html");
    let arguments = ["--trials", "22", "--report", report.to_str().unwrap()];
    let found = search.run("best", &arguments).well().json();
    assert_eq!(found["metric"], "mae");
    assert_eq!((&found["default"]["number"], found["trials"].as_array().unwrap().len()), (&json!(0), 22));
    assert!(score(&found["best"]) <= score(&found["default"]), "{found:#}");
    let states: HashSet<&str> =
        found["trials"].as_array().unwrap().iter().map(|trial| trial["state"].as_str().unwrap()).collect();
    assert_eq!(states, HashSet::from(["complete", "pruned"]));
    for trial in found["trials"].as_array().unwrap() {
        // Extremely randomised trees have no rows that were not drawn.
        let bagged = trial["params"]["model.algorithm"] != "extra_trees";
        let folds = if bagged { trial["folds"].as_array().unwrap().len() } else { 0 };
        assert_eq!(trial["out_of_bag"].as_array().map_or(0, Vec::len), folds, "{trial}");
    }
    let shares = found["importance"].as_object().unwrap().values().map(|share| share.as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9, "{}", found["importance"]);

    // The user's config with the best values set, and the name that the file's would have given.
    let best: Value = serde_json::from_str(&fs::read_to_string(search.file("best.json")).unwrap()).unwrap();
    let mut expected: Value =
        serde_json::from_str(&fs::read_to_string(crate::workspace::path("configs/boston.json")).unwrap())
            .unwrap();
    expected["name"] = json!("boston");
    expected["model"]["n_estimators"] = json!(12);
    if found["best"]["number"] != 0 {
        for (key, value) in found["best"]["params"].as_object().unwrap() {
            expected["model"][key.strip_prefix("model.").unwrap()] = value.clone();
        }
    }
    assert_eq!(best, expected);
    let mut train = programs::trainer();
    train.args(["train", "--quiet", "--conf"]).arg(search.file("best.json"));
    train.args(["--set", &format!("output.dir={}", search.folder.display())]);
    ran(&mut train).well();
    assert!(artifact_in(&search.folder).to_str().unwrap().contains("boston"));

    let page = fs::read_to_string(report).unwrap();
    assert_eq!(page.matches("<svg").count(), 3, "history, parallel coordinates, importance");
    assert!(!page.contains("src=") && !page.contains("<script"));
}

#[test]
fn the_same_seed_gives_the_same_trials_on_any_number_of_threads() {
    let search = Search::new("configs/iris.json", "tuning_threads").set("tune.folds=3");
    let run = |name: &str, threads: &str, sampler: &str| {
        let mut command = search.command(name, &["--trials", "18", "--sampler", sampler]);
        ran(command.env("RAYON_NUM_THREADS", threads)).well();
        search.trials(name)
    };
    assert_eq!(run("one", "1", "tpe"), run("four", "4", "tpe"));
    assert_ne!(run("grid", "2", "grid").lines().nth(3), run("random", "2", "random").lines().nth(3));
}

#[test]
fn a_search_that_was_killed_goes_on_and_ends_the_same() {
    let search = Search::new("configs/iris.json", "tuning_killed").set("model.n_estimators=300");
    search.run("whole", &["--trials", "40"]).well();
    let mut child = search
        .command("killed", &["--trials", "40"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let journal = search.file("killed.trials.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What a torn write leaves.
    let torn = fs::read_to_string(&journal).unwrap() + "{\"number\":";
    fs::write(&journal, torn).unwrap();

    let refused = search.run("killed", &["--trials", "40"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("go on with --resume"), "{}", refused.stderr);
    let refused = search.run("killed", &["--trials", "40", "--resume", "--set", "tune.seed=7"]);
    assert!(refused.stderr.contains("trials of another search: seed"), "{}", refused.stderr);

    search.run("killed", &["--trials", "40", "--resume"]).well();
    assert_eq!(search.trials("killed"), search.trials("whole"));
    let [killed, whole] = ["killed.json", "whole.json"].map(|name| fs::read(search.file(name)).unwrap());
    assert_eq!(killed, whole);
    // A longer search begins with the shorter one.
    search.run("killed", &["--trials", "44", "--resume"]).well();
    let longer = search.trials("killed");
    assert!(longer.starts_with(&search.trials("whole")) && longer.lines().count() == 45, "{longer}");
}

/// The file with other numbers in the rows that are not trained on.
fn with_other_test_rows(data: &Path, train: &HashSet<usize>, other: &Path) -> usize {
    let text = fs::read_to_string(data).unwrap();
    let mut changed = 0;
    let lines = text.lines().enumerate().map(|(place, line)| {
        // A title line and a header come first.
        match place.checked_sub(2) {
            Some(row) if !train.contains(&(row + 1)) => {
                changed += 1;
                let cells: Vec<String> = line.split(',').map(|_| (7 * row + 3).to_string()).collect();
                cells.join(",")
            }
            _ => line.to_owned(),
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    fs::write(other, text + "\n").unwrap();
    changed
}

#[test]
fn the_test_part_is_not_touched() {
    let search = Search::new("configs/boston.json", "tuning_test_part").set("tune.folds=3");
    let data = crate::workspace::path("data/boston_house_prices.csv");
    let out_of_bag = search.file("oob.csv");
    let mut train = programs::trainer();
    train.args(["train", "--quiet", "--conf", "configs/boston.json"]).args(SMALL);
    train.args(["--set", &format!("output.dir={}", search.folder.display())]);
    train.args(["--set", "quality_gate=null", "--oob-predictions"]).arg(&out_of_bag);
    ran(&mut train).well();
    let rows: HashSet<usize> = fs::read_to_string(out_of_bag)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().parse().unwrap())
        .collect();
    let other = search.file("other.csv");
    assert_eq!((rows.len(), with_other_test_rows(&data, &rows, &other)), (404, 102));

    search.run("true", &["--trials", "6"]).well();
    let path = format!("data.path={}", other.display());
    search.run("other", &["--trials", "6", "--set", &path]).well();
    let [known, changed] = ["true", "other"].map(|name| search.trials(name));
    let trials = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(trials(&known), trials(&changed));
    assert_ne!(known, changed, "the data is another");
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let search = Search::new("configs/boston.json", "tuning_refused");
    let check = |setting: &str, code: i32, expected: &str| {
        let ended = search.run("refused", &["--trials", "2", "--set", setting]);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{setting}: {}", ended.stderr);
        assert!(!search.file("refused.json").exists());
    };
    check(r#"tune.space={"model.random_state":[1,2]}"#, 2, "is not searched; known are the keys of model");
    check(r#"tune.space={"model.max_depth":[3,"deep"]}"#, 2, "cannot be tried: model.max_depth expected");
    check(r#"tune.space={"model.n_estimators":{"minimum":10,"maximum":20}}"#, 2, "set whole to true");
    check(
        r#"tune.space={"model.max_features":{"minimum":0.5,"maximum":0.1}}"#,
        2,
        "a minimum below the maximum",
    );
    check(r#"tune.metric="accuracy""#, 1, "accuracy does not measure a regression");
    check(r#"tune.folds=500"#, 1, "404 rows cannot be divided into 500 folds");
    // Values that do not go together are a trial that was refused, and nothing more.
    let space = r#"tune.space={"model.algorithm":["extra_trees"],"model.max_samples":[0.5]}"#;
    let found = search.run("together", &["--trials", "3", "--set", space]).well().json();
    assert_eq!(found["trials"][1]["state"], "refused");
    assert!(found["trials"][1]["reason"].as_str().unwrap().contains("needs model.bootstrap"), "{found:#}");
    assert_eq!(
        (&found["best"]["number"], &found["ended"]),
        (&json!(0), &json!("every combination was tried"))
    );
}
