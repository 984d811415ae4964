//! What the doctor says, and what helps the shell.

use std::fs;
use std::net::TcpListener;

use crate::workshop::{Workshop, houses};

const CONFIG: &str =
    r#"{"data": {"path": "houses.csv"}, "target": {"column": "price"}, "model": {"n_estimators": 3}}"#;

#[test]
fn what_is_well_is_said_and_nothing_is_left_behind() {
    let workshop = Workshop::new(&[("houses.csv", &houses(60)), ("houses.json", CONFIG)]);
    workshop.train("houses.json");
    let artifact = workshop.artifacts("artifacts")[0].display().to_string();
    let before = fs::read_dir(workshop.path("artifacts")).unwrap().count();
    let told =
        workshop.success(&["doctor", "--conf", "houses.json", "--model", &artifact, "--bind", "127.0.0.1:0"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!((lines.len(), lines.iter().filter(|line| line.starts_with("ok ")).count()), (6, 6), "{told}");
    assert!(
        told.contains("data houses.csv: 60 rows of 60 records, 4 features, regression of price"),
        "{told}"
    );
    assert_eq!(fs::read_dir(workshop.path("artifacts")).unwrap().count(), before);
}

#[test]
fn trouble_is_told_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let workshop = Workshop::new(&[
        (
            "good.json",
            &CONFIG
                .replace("houses.csv", "none.csv")
                .replace("}}", "}, \"output\": {\"dir\": \"taken/here\"}}"),
        ),
        ("bad.json", &CONFIG.replace("n_estimators", "n_estimator")),
        ("taken", "a file"),
        ("broken.canopy", "no artifact"),
    ]);
    let arguments = [
        "doctor",
        "--conf",
        "good.json",
        "--conf",
        "bad.json",
        "--model",
        "broken.canopy",
        "--bind",
        &address,
    ];
    let output = workshop.trainer(&arguments).assert().code(1);
    let told = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let trouble = |what: &str, cure: &str| {
        let line = told.lines().find(|line| line.starts_with(&format!("trouble  {what}")));
        assert!(line.is_some_and(|line| line.contains(cure)), "{what}: {cure} in {told}");
    };
    trouble("data none.csv", "No such file");
    trouble("folder taken/here", "set output.dir");
    trouble("config bad.json", "n_estimators");
    trouble("artifact broken.canopy", "train again");
    trouble(&format!("address {address}"), "another program listens there");
}

#[test]
fn shells_and_manuals_know_the_subcommands() {
    let workshop = Workshop::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(workshop.success(&["completions", shell]).contains("retrain"), "{shell}");
    }
    workshop.success(&["man", "--output", "pages"]);
    let page = fs::read_to_string(workshop.path("pages/trainer-train.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("pretrained"), "{page}");
    assert!(workshop.path("pages/trainer-doctor.1").is_file());
}
