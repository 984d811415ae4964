//! The codes that docs/exit-codes.md lists are those that the programs end with.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::programs::{self, ran};
use crate::serving::Serving;
use crate::{trained, workspace};

/// The codes in the table below a heading.
fn documented(program: &str) -> BTreeSet<i32> {
    let text = fs::read_to_string(workspace::path("docs/exit-codes.md")).unwrap();
    let (_, section) = text.split_once(&format!("\n## {program}\n")).unwrap();
    let table = section.split("\n## ").next().unwrap();
    table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect()
}

/// Runs a command for each code, and holds the codes against the document.
#[track_caller]
fn check(program: fn() -> Command, name: &str, cases: &[(i32, &[&str])]) -> BTreeSet<i32> {
    for (code, arguments) in cases {
        let ended = ran(program().args(*arguments));
        assert_eq!(ended.code, Some(*code), "{name} {arguments:?}: {}", ended.said());
        let is_told = *code == 0 || ended.stderr.contains("error: ") || ended.stderr.contains("Error: ");
        assert!(is_told, "{name} {arguments:?} says why on standard error: {}", ended.said());
    }
    cases.iter().map(|(code, _)| *code).collect()
}

#[test]
fn of_the_trainer() {
    let folder = trained::empty_folder("exit-codes");
    let path = |name: &str| folder.join(name).display().to_string();
    // Half of the rows, then all of them, then a few.
    let text = fs::read_to_string(workspace::path("data/boston_house_prices.csv")).unwrap();
    let rows = |takes: fn(usize) -> bool| -> String {
        let lines = text.lines().enumerate().filter(|(place, _)| *place < 2 || takes(*place));
        lines.map(|(_, line)| format!("{line}\n")).collect()
    };
    fs::write(path("half.csv"), rows(|place| place % 2 == 0)).unwrap();
    fs::write(path("few.csv"), rows(|place| place % 6 == 0)).unwrap();
    // Rows of another world: the same names, other numbers.
    let (title_and_names, _) =
        text.match_indices('\n').nth(1).map(|(end, _)| text.split_at(end + 1)).unwrap();
    let names = title_and_names.lines().nth(1).unwrap();
    fs::write(
        path("drifted.csv"),
        format!("{names}\n{}", "9,99,30,1,0.9,9,99,12,24,700,22,1,40,5\n".repeat(200)),
    )
    .unwrap();
    let model = trained::boston().artifact.display().to_string();
    let output = format!("output.dir={}", path("models"));
    let data = |name: &str| format!("data.path={}", path(name));
    let (half, few) = (data("half.csv"), data("few.csv"));
    let quick = ["--set", "model.n_estimators=20", "--set", "cross_validation=null", "--set", &output];
    let retrain = |data: &str| -> Vec<String> {
        let first = ["retrain", "--conf", "configs/boston.json", "--set", "quality_gate=null", "--set", data];
        first.iter().chain(&quick).map(|word| (*word).to_owned()).collect()
    };
    let (first, second) = (retrain(&half), retrain(&few));
    let (first, second): (Vec<&str>, Vec<&str>) =
        (first.iter().map(String::as_str).collect(), second.iter().map(String::as_str).collect());
    let gate: Vec<&str> = ["train", "--conf", "configs/boston.json", "--set", "quality_gate.maximum=0.01"]
        .into_iter()
        .chain(quick)
        .collect();
    let drifted = path("drifted.csv");
    let drift = ["drift", "--model", &model, "--data", &drifted];
    let ended = check(
        programs::trainer,
        "trainer",
        &[
            (0, &["inspect", &model]),
            (0, &first),
            (0, &first),
            (1, &["inspect", "nothing.canopy"]),
            (1, &["predict", "--model", &model, "nothing.csv"]),
            (1, &["registry", "--folder", "nowhere", "show", "nobody"]),
            (2, &["train"]),
            (2, &["no-such-command"]),
            (2, &["train", "--conf", "configs/boston.json", "--set", "model.n_estimators=0"]),
            (2, &["train", "--conf", "configs/nothing.json"]),
            (2, &["drift", "--model", &model, "--data", &drifted, "--max-psi=-1"]),
            (3, &gate),
            (4, &second),
            (5, &drift),
        ],
    );
    assert_eq!(ended, documented("trainer"));
    // `trainer --help` lists them, too.
    let help = ran(programs::trainer().arg("--help")).well().stdout;
    let (_, list) = help.split_once("Exit codes:\n").unwrap();
    let listed: BTreeSet<i32> =
        list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(listed, documented("trainer"));
}

#[test]
fn of_the_server() {
    let model = trained::boston().artifact.display().to_string();
    let mut running = Serving::model(trained::boston().artifact.as_path());
    let port = running.port.to_string();
    let mut ended = check(
        programs::server,
        "server",
        &[
            (0, &["--version"]),
            (0, &["--health-check", "--host", "127.0.0.1", "--port", &port]),
            (1, &[]),
            (1, &["--model", "nothing.canopy"]),
            (1, &["--model", &model, "--host", "127.0.0.1", "--port", &port]),
            (2, &["--no-such-option"]),
            (2, &["--model", &model, "--port", "much"]),
        ],
    );
    assert!(
        Command::new("kill").args(["-TERM", &running.child.id().to_string()]).status().unwrap().success()
    );
    ended.extend(running.ends_within(Duration::from_secs(20)));
    assert_eq!(ended, documented("server"));
    check(programs::server, "server", &[(1, &["--health-check", "--host", "127.0.0.1", "--port", &port])]);
}
