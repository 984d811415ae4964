//! The life after training, by the commands that a person or a workflow runs: more rows, worse rows, a broken file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::programs::{self, Ended, ran};
use crate::{trained, workspace};

/// A registry of its own, and a data file that changes.
struct Plant {
    folder: PathBuf,
    data: PathBuf,
}

impl Plant {
    fn new(name: &str) -> Self {
        let folder = trained::empty_folder(name);
        let data = folder.with_extension("csv");
        Self { folder, data }
    }

    fn retrain(&self, settings: &[&str]) -> Ended {
        let mut command = programs::trainer();
        command.args(["retrain", "--json", "--conf"]).arg(workspace::path("configs/boston.json"));
        command.args(["--set", &format!("data.path={}", self.data.display())]);
        command.args(["--set", &format!("output.dir={}", self.folder.display())]);
        command.args(["--set", "model.n_estimators=40", "--set", "cross_validation=null"]);
        // With fewer rows and trees the model is worse than the one that the config asks for.
        command.args(["--set", "quality_gate.maximum=3.5"]);
        ran(command.args(settings))
    }

    /// Runs a retraining that ends with this code.
    #[track_caller]
    fn ends(&self, code: i32, settings: &[&str]) -> Ended {
        let ended = self.retrain(settings);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        ended
    }

    fn champion(&self) -> Value {
        let mut command = programs::trainer();
        command.args(["--json", "registry", "--folder"]).arg(&self.folder).args(["show", "boston@champion"]);
        ran(&mut command).well().json()
    }

    fn files(&self) -> BTreeSet<PathBuf> {
        let names = |folder: &Path| -> Vec<PathBuf> {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
        };
        names(&self.folder).into_iter().chain(names(&self.folder.join("reports"))).collect()
    }
}

/// The lines of the Boston data that a rule takes, under their title and header.
fn boston(takes: impl Fn(usize) -> bool) -> String {
    let text = fs::read_to_string(workspace::path("data/boston_house_prices.csv")).unwrap();
    let lines = text.lines().enumerate().filter(|(place, _)| *place < 2 || takes(*place - 2));
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn more_rows_are_promoted_and_worse_ones_refused() {
    let plant = Plant::new("retraining");
    fs::write(&plant.data, boston(|row| row % 3 != 0)).unwrap();
    let first = plant.ends(0, &[]).json();
    assert_eq!((&first["outcome"], &first["version"]), (&"promoted".into(), &1.into()), "{first:#}");

    // Nothing new: nothing is written.
    let before = plant.files();
    let again = plant.ends(0, &[]).json();
    assert_eq!((&again["outcome"], &again["champion"]), (&"unchanged".into(), &1.into()));
    assert_eq!(plant.files(), before);

    // The rest of the rows arrives.
    let rest = boston(|row| row % 3 == 0);
    let mut more = fs::read_to_string(&plant.data).unwrap();
    rest.lines().skip(2).for_each(|line| more.push_str(&format!("{line}\n")));
    fs::write(&plant.data, &more).unwrap();
    let second = plant.ends(0, &[]).json();
    assert_eq!((&second["outcome"], &second["version"]), (&"promoted".into(), &2.into()), "{second:#}");
    let comparison = &second["comparison"];
    assert!(comparison["rows"].as_u64().unwrap() >= 102, "{second:#}");
    assert!(comparison["challenger"].as_f64() <= comparison["champion"].as_f64(), "{second:#}");
    let report = PathBuf::from(second["report"].as_str().unwrap());
    for form in ["md", "html"] {
        let text = fs::read_to_string(report.with_extension(form)).unwrap();
        assert!(text.contains("Version 2 of boston was promoted in place of version 1."), "{text}");
    }

    // Targets turned round in the new half of the file: the gate keeps them out.
    let turned = more.lines().skip(2).map(|line| {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.trim_matches('"').parse().unwrap()).collect();
        let mut cells = cells;
        cells[12] *= 1.01;
        cells[13] = 60.0 - cells[13];
        cells.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n"
    });
    fs::write(&plant.data, more.clone() + &turned.collect::<String>()).unwrap();
    let refused = plant.ends(3, &[]);
    assert!(refused.stderr.contains("misses its quality gate"), "{}", refused.stderr);
    assert_eq!(refused.json()["outcome"], "refused");
    assert_eq!(plant.champion()["version"], 2);

    // Most rows got lost: without a gate the comparison keeps the smaller model out.
    let few: String = more
        .lines()
        .enumerate()
        .filter(|(place, _)| *place < 2 || place % 4 == 0)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    fs::write(&plant.data, few).unwrap();
    let refused = plant.ends(4, &["--set", "quality_gate=null"]);
    assert!(refused.stderr.contains("the champion stays"), "{}", refused.stderr);

    // A broken file is told, with its place, and nothing else happens.
    let before = plant.files();
    fs::write(&plant.data, more.replace("0.00632,", "nought,")).unwrap();
    let broken = plant.ends(1, &[]);
    assert!(
        broken.stderr.contains("retraining.csv") && broken.stderr.contains("nought"),
        "{}",
        broken.stderr
    );
    fs::write(&plant.data, &more[..100]).unwrap();
    plant.ends(1, &[]);
    assert_eq!(plant.files(), before);

    let champion = plant.champion();
    assert_eq!(champion["version"], 2);
    let events: Vec<&str> = champion["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["promoted", "promoted", "refused", "refused"]);
}

#[test]
fn a_champion_of_unknown_rows_is_not_replaced() {
    let plant = Plant::new("retraining-unknown");
    fs::write(&plant.data, boston(|row| row % 2 == 0)).unwrap();
    plant.ends(0, &[]);
    for file in plant.files() {
        if file.extension().is_some_and(|extension| extension == "rows") {
            fs::remove_file(file).unwrap();
        }
    }
    fs::write(&plant.data, boston(|_| true)).unwrap();
    let refused = plant.ends(4, &[]);
    assert!(refused.stderr.contains("not known which rows"), "{}", refused.stderr);
    assert_eq!(plant.champion()["version"], 1);
}
