//! Reports of models, as people get them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

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
    // The simple models know the same training rows, and the forest is better than each of them.
    let simple = told["simple_models"]["models"].as_array().unwrap();
    let mae = |model: &Value| model["metrics"]["mae"].as_f64().unwrap();
    let names: Vec<&str> = simple.iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["the mean", "a linear model", "one tree of depth 5"]);
    assert!(mae(&simple[0]) > 2.0 * metrics["mae"].as_f64().unwrap());
    assert!((2.8..4.0).contains(&mae(&simple[1])) && mae(&simple[1]) < mae(&simple[0]), "{simple:?}");
    assert!((2.0..4.0).contains(&mae(&simple[2])), "{simple:?}");
    assert_eq!(simple[0]["verdict"], "worse");
    assert!(page.contains("Beside simple models") && page.contains("The single tree, down to 3 splits"));
    // Shuffles differ, and whiskers show by how much; the rows of the report give what the training stored.
    let rooms = importance(&told, "RM");
    let [mean, deviation] = ["permutation", "permutation_deviation"].map(|key| rooms[key].as_f64().unwrap());
    assert!(deviation > 0.0 && deviation < mean, "{rooms}");
    let again = report(&artifact, &["--json", "--n-repeats", "5"]).well().json();
    assert_eq!(again["importances"], told["importances"]);
    let many = report(&artifact, &["--json", "--n-repeats", "20"]).well().json();
    let found = importance(&many, "RM");
    assert!((found["permutation"].as_f64().unwrap() - mean).abs() < 2.0 * deviation, "{found} {rooms}");
    assert_ne!(found["permutation_deviation"], rooms["permutation_deviation"]);
    let single = report(&artifact, &["--json", "--n-repeats", "1"]).well().json();
    assert_eq!(importance(&single, "RM").get("permutation_deviation"), None);
    // What is known by heart is known better.
    let last = |curve: &str| told[curve].as_array().unwrap().last().unwrap()["error"].as_f64().unwrap();
    assert!(last("over_trees_trained") < 0.7 * last("over_trees"), "{}", told["over_trees_trained"]);
    assert!(page.contains("was learned by heart") && page.contains("What features add to MEDV"));
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

fn importance<'a>(told: &'a Value, feature: &str) -> &'a Value {
    told["importances"].as_array().unwrap().iter().find(|one| one["feature"] == feature).unwrap()
}

/// People of two classes; `sex` is no feature, and half of the women of the class are hard to find.
fn people() -> String {
    let mut text = "age,income,sex,id,paid\n".to_owned();
    for row in 0..400_u32 {
        let noise = row.wrapping_mul(2_654_435_761) >> 20;
        let sex = if row % 2 == 0 { "f" } else { "m" };
        let paid = noise % 10 < 5;
        let shows = paid && (sex == "m" || noise % 3 > 0);
        let income = if shows { 900 } else { 300 } + noise % 200;
        text.push_str(&format!("{},{income},{sex},p{row},{}\n", 20 + noise % 50, u8::from(paid)));
    }
    text
}

#[test]
fn groups_of_a_protected_column_that_is_no_feature_are_told_apart() {
    let folder = trained::empty_folder("report-protected");
    fs::create_dir_all(&folder).unwrap();
    let [data, config] = ["people.csv", "people.json"].map(|name| folder.join(name));
    fs::write(&data, people()).unwrap();
    let document = json!({
        "data": {"path": data}, "target": {"column": "paid", "task": "classification"},
        "features": ["age", "income"], "model": {"n_estimators": 20},
        "report": {"n_repeats": 8, "protected": ["sex"], "learning_curve": false},
    });
    fs::write(&config, document.to_string()).unwrap();
    let artifact = train(config.to_str().unwrap(), &folder, &[]);
    let page = fs::read_to_string(artifact.with_extension("html")).unwrap();
    check_page(&page, 12);
    assert!(
        page.contains("Protected groups")
            && page.contains("equal opportunity")
            && page.contains("over 8 shuffles")
    );
    assert!(page.contains("Confusion matrix") && !page.contains("by the number of training rows"));
    let told = report(&artifact, &["--json", "-o", folder.join("p.json").to_str().unwrap()]).well().json();
    let groups = told["protected_groups"].as_array().unwrap();
    let group = |name: &str| groups.iter().find(|one| one["rows_with"] == name).unwrap();
    assert_eq!(groups.iter().map(|group| group["rows"].as_u64().unwrap()).sum::<u64>(), 80);
    let found = |name: &str| group(name)["found"].as_f64().unwrap();
    assert!(found("m") > 0.95 && found("f") < 0.85, "{groups:?}");

    // Other rows without the column are reported all the same; who asks for it is told.
    let other = folder.join("other.csv");
    let without: Vec<String> = people()
        .lines()
        .map(|line| {
            line.split(',')
                .enumerate()
                .filter(|(place, _)| *place != 2)
                .map(|(_, cell)| cell)
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    fs::write(&other, without.join("\n")).unwrap();
    let output = folder.join("o.json");
    let arguments = ["--json", "--data", other.to_str().unwrap(), "-o", output.to_str().unwrap()];
    let told = report(&artifact, &arguments).well().json();
    assert_eq!((&told["protected_groups"], &told["metrics"]["rows"]), (&json!([]), &json!(400)));
    assert_eq!(told["simple_models"]["models"].as_array().unwrap().len(), 3);
    let refused = report(&artifact, &[&arguments[..], &["--protected", "sex"]].concat());
    assert!(refused.code == Some(1) && refused.stderr.contains("\"sex\""), "{refused:?}");
    let refused = report(&artifact, &["--protected", "paid"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("has no groups"), "{refused:?}");
    // A column that is not there is told before anything is grown.
    let mut command = programs::trainer();
    command.args(["train", "--conf"]).arg(&config).args(["--set", "report.protected=[\"sexe\"]"]);
    let refused = ran(&mut command);
    assert!(refused.code == Some(1) && refused.stderr.contains("sexe"), "{refused:?}");
}

#[test]
fn classes_and_categories_are_shown() {
    let folder = trained::empty_folder("report-iris");
    let artifact = train("configs/iris.json", &folder, &["--set", "model.n_estimators=20"]);
    let page = fs::read_to_string(artifact.with_extension("html")).unwrap();
    check_page(&page, 12);
    assert!(page.contains("Precision and recall") && page.contains("Receiver operating characteristic"));
    assert!(
        page.contains("Confusion matrix")
            && page.contains("What features add to the probability of virginica")
    );
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
    assert!(refused.code == Some(1) && refused.stderr.contains("\"RMS\""), "{refused:?}");
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
