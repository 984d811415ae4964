//! Reports of models, as people get them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::programs::{self, Ended, artifact_in, ran};
use crate::{trained, workspace};

fn train(config: &str, folder: &Path, settings: &[&str]) -> PathBuf {
    let mut command = programs::trainer();
    command.args(["train", "--json", "--conf"]).arg(workspace::path(config));
    command.args(["--set", &format!("output.dir={}", folder.display())]);
    let document = ran(command.args(settings)).well().json();
    let artifact = artifact_in(folder);
    assert_eq!(document["report"], artifact.with_extension("html").display().to_string());
    artifact
}

fn report(artifact: &Path, arguments: &[&str]) -> Ended {
    ran(programs::trainer().arg("report").arg(artifact).args(arguments))
}

/// What every page keeps to: nothing from elsewhere, no script, every picture told in words.
fn check_page(page: &str, pictures: usize) {
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("url("));
    assert!(page.matches("<svg").count() >= pictures, "{} pictures", page.matches("<svg").count());
    assert_eq!(page.matches("<svg").count(), page.matches("<figcaption>").count());
    assert!(!page.contains("NaN") && !page.contains("inf\""), "every place in a picture is a number");
}

#[test]
fn a_regression_is_shown_with_what_it_learned_and_where_it_errs() {
    let folder = trained::empty_folder("report-boston");
    let small = [
        "--set",
        "model.n_estimators=30",
        "--set",
        "model.interval=0.9",
        "--set",
        "quality_gate.maximum=3.5",
    ];
    let artifact = train("configs/boston.json", &folder, &small);
    check_page(&fs::read_to_string(artifact.with_extension("html")).unwrap(), 18);

    let [page, markdown, figures] = ["b.html", "b.md", "b.json"].map(|name| folder.join(name));
    let outputs = [&page, &markdown, &figures].map(|path| path.to_str().unwrap());
    let arguments = [
        "--protected",
        "CHAS",
        "--learning-curve",
        "--json",
        "-o",
        outputs[0],
        "-o",
        outputs[1],
        "-o",
        outputs[2],
    ];
    let told = report(&artifact, &arguments).well().json();
    assert_eq!(told, serde_json::from_str::<Value>(&fs::read_to_string(&figures).unwrap()).unwrap());
    let page = fs::read_to_string(&page).unwrap();
    check_page(&page, 19);
    assert!(page.contains("Protected groups") && page.contains("training rows"));
    assert!(fs::read_to_string(&markdown).unwrap().contains("](<b-predicted.svg>)"));

    // The figures are those of the training, each within its interval.
    let inspected = ran(programs::trainer().args(["inspect", "--json"]).arg(&artifact)).well().json();
    let metrics = &inspected["header"]["evaluation"]["test"]["metrics"];
    assert_eq!(&told["metrics"]["metrics"], metrics);
    for (metric, value) in metrics.as_object().unwrap() {
        let [low, high] = [0, 1].map(|end| told["intervals"][metric][end].as_f64().unwrap());
        assert!((low..=high).contains(&value.as_f64().unwrap()) && low < high, "{metric}: {low} to {high}");
    }
    assert!(told["baseline"]["mae"].as_f64() > Some(2.0 * metrics["mae"].as_f64().unwrap()));
    let learning = told["learning_curve"].as_array().unwrap();
    let error = |place: usize, on: &str| learning[place][on]["rmse"].as_f64().unwrap();
    assert_eq!((learning.len(), learning[4]["rows"].as_u64()), (5, Some(404)));
    assert!(error(4, "held_out") < error(0, "held_out") && error(4, "trained") < error(4, "held_out"));
    assert_eq!(learning[4]["held_out"]["mae"], metrics["mae"], "all rows give the model itself");
    // CHAS is a number here, so its groups are quarters; together they are all rows.
    let rows: u64 = told["protected_groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 102);
    assert_eq!(report(&artifact, &["--json"]).well().stdout, report(&artifact, &["--json"]).well().stdout);
}

#[test]
fn classes_and_categories_are_shown() {
    let folder = trained::empty_folder("report-iris");
    let artifact = train("configs/iris.json", &folder, &["--set", "model.n_estimators=20"]);
    let page = fs::read_to_string(artifact.with_extension("html")).unwrap();
    check_page(&page, 12);
    assert!(page.contains("Precision and recall") && page.contains("Receiver operating characteristic"));
    let folder = trained::empty_folder("report-taxi");
    let artifact = train(
        "configs/taxi.json",
        &folder,
        &["--set", "model.n_estimators=10", "--set", "quality_gate=null"],
    );
    let page = fs::read_to_string(artifact.with_extension("html")).unwrap();
    check_page(&page, 12);
    assert!(page.contains("PULocationID: mean answer by level"));
}

#[test]
fn rows_that_the_model_knows_are_not_taken_for_a_measure() {
    let folder = trained::empty_folder("report-refused");
    fs::create_dir_all(&folder).unwrap();
    let data = folder.join("boston.csv");
    fs::copy(workspace::path("data/boston_house_prices.csv"), &data).unwrap();
    let path = format!("data.path={}", data.display());
    let settings = ["--set", &path, "--set", "model.n_estimators=5", "--set", "quality_gate=null"];
    let artifact = train("configs/boston.json", &folder, &settings);
    let refused = report(&artifact, &["--protected", "RMS"]);
    assert!(
        refused.code == Some(1) && refused.stderr.contains("no feature is called \"RMS\""),
        "{refused:?}"
    );
    let mut text = fs::read_to_string(&data).unwrap();
    let last = text.lines().last().unwrap().to_owned();
    text.push_str(&last);
    fs::write(&data, text).unwrap();
    let refused = report(&artifact, &[]);
    assert!(refused.code == Some(1) && refused.stderr.contains("--data"), "{refused:?}");
    let measured = report(
        &artifact,
        &["--json", "--data", data.to_str().unwrap(), "-o", folder.join("x.json").to_str().unwrap()],
    );
    assert_eq!(measured.well().json()["metrics"]["rows"], 507);
}
