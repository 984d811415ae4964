//! Rows that a model was not trained for: a house model of inland districts meets more of them, and then the coast.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::{Place, districts};
use forest::ForestModel;
use model_core::{Model, Payload, artifact};
use serde_json::{Value, json};

use crate::http::Client;
use crate::programs::{self, Ended, artifact_in, ran};
use crate::serving::{Serving, free_port};

use crate::trained;

/// A model of 3000 inland districts, and a folder for what it meets.
struct House {
    folder: PathBuf,
    artifact: PathBuf,
}

impl House {
    fn trained(name: &str) -> Self {
        let folder = trained::empty_folder(name);
        let data = folder.join("inland.csv");
        fs::write(&data, districts(Place::Inland, 3000, 1)).unwrap();
        let models = folder.join("models");
        let config = folder.join("house.json");
        let settings = json!({
            "name": "house",
            "data": {"path": data},
            "target": {"column": "median_house_value"},
            "split": {"test_ratio": 0.2, "seed": 1},
            "model": {"algorithm": "random_forest", "n_estimators": 40, "random_state": 1},
            "output": {"dir": models},
        });
        fs::write(&config, settings.to_string()).unwrap();
        ran(programs::trainer().args(["train", "--quiet", "--conf"]).arg(&config)).well();
        Self { artifact: artifact_in(&models), folder }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Looks for drift and ends with this code.
    #[track_caller]
    fn ends(&self, code: i32, data: &Path, options: &[&str]) -> Ended {
        let mut command = programs::trainer();
        command.arg("drift").arg("--model").arg(&self.artifact).arg("--data").arg(data).args(options);
        let ended = ran(&mut command);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        ended
    }
}

/// Without the column of the target, the last.
fn unlabelled(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0)).collect()
}

fn names(findings: &Value) -> Vec<&str> {
    let drifted = findings.as_array().unwrap().iter().filter(|finding| finding["verdict"] == "drifted");
    drifted.map(|finding| finding["name"].as_str().unwrap()).collect()
}

#[test]
fn the_coast_is_told_from_more_of_the_inland() {
    let house = House::trained("drifting");
    let inland = house.file("later.csv", &districts(Place::Inland, 1500, 2));
    let silent = house.ends(0, &inland, &["--json"]).json();
    assert_eq!(silent["outcome"], "no_drift", "{silent:#}");
    assert_eq!((&silent["rows"], &silent["rows_before"]), (&json!(1500), &json!(2400)));
    assert_eq!(silent["score"]["dropped"], false);
    assert_eq!(silent["not_compared"], json!([]));

    let text = districts(Place::Coast, 800, 3);
    let coast = house.file("coast.csv", &text);
    let found = house.ends(5, &coast, &["--json"]).json();
    assert_eq!(found["outcome"], "drift");
    for name in ["longitude", "median_income", "ocean_proximity"] {
        assert!(names(&found["features"]).contains(&name), "{name} in {found:#}");
    }
    for name in ["latitude", "total_rooms"] {
        assert!(!names(&found["features"]).contains(&name), "{name} in {found:#}");
    }
    assert_eq!(found["predictions"]["verdict"], "drifted");
    assert_eq!(found["score"]["dropped"], true, "{:#}", found["score"]);
    let ocean = found["features"].as_array().unwrap().iter().find(|found| found["name"] == "ocean_proximity");
    assert!(ocean.unwrap()["causes"].as_array().unwrap().contains(&json!("new_levels")), "{ocean:?}");

    // For people: the reason on standard error, a table, and a report with pictures.
    let html = house.folder.join("coast.html");
    let told = house.ends(5, &coast, &["--report", html.to_str().unwrap()]);
    assert!(told.stdout.contains("drifted: distribution"), "{}", told.stdout);
    assert!(told.stderr.contains("longitude: distribution moved (PSI 1."), "{}", told.stderr);
    let page = fs::read_to_string(&html).unwrap();
    assert!(
        page.contains("<svg") && page.contains("predicted median_house_value") && !page.contains("<script")
    );
    let markdown = house.folder.join("coast.md");
    house.ends(5, &coast, &["--quiet", "--report", markdown.to_str().unwrap()]);
    assert!(fs::read_to_string(&markdown).unwrap().contains("](<coast-1.svg>)"));
    assert!(fs::read_to_string(house.folder.join("coast-1.svg")).unwrap().starts_with("<svg"));

    // Without the target, as lines of JSON, or with thresholds that allow everything.
    let features = house.file("features.csv", &unlabelled(&text));
    let found = house.ends(5, &features, &["--json"]).json();
    assert_eq!(found["score"], Value::Null);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let lines = reader.records().map(Result::unwrap).map(|record| {
        let value = |cell: &str| cell.parse::<f64>().map_or_else(|_| json!(cell), |number| json!(number));
        let cells = header.iter().zip(&record).take(6);
        let object: serde_json::Map<_, _> = cells.map(|(name, cell)| (name.into(), value(cell))).collect();
        format!("{}\n", Value::from(object))
    });
    let lines = house.file("coast.ndjson", &lines.collect::<String>());
    let of_lines = house.ends(5, &lines, &["--json"]).json();
    assert_eq!(of_lines["features"], found["features"]);
    let lenient = ["--max-psi", "99", "--max-ks", "1", "--max-js", "1", "--max-outside", "1"];
    house.ends(0, &features, &lenient);

    // Too few rows are not judged.
    let few: String = text.lines().take(31).map(|line| format!("{line}\n")).collect();
    let few = house.file("few.csv", &few);
    assert_eq!(house.ends(0, &few, &["--json"]).json()["outcome"], "too_few_rows");
    house.ends(5, &few, &["--min-rows", "30"]);
}

#[test]
fn what_cannot_be_compared_is_said_and_mistakes_have_their_codes() {
    let house = House::trained("drifting-mistakes");
    let inland = house.file("later.csv", &districts(Place::Inland, 500, 2));
    house.ends(2, &inland, &["--max-psi=-1"]);
    house.ends(2, &inland, &["--report", "drift.pdf"]);
    house.ends(1, &house.folder.join("nowhere.csv"), &[]);
    let other = house.file("other.csv", "a,b\n1,2\n");
    assert!(house.ends(1, &other, &[]).stderr.contains("other.csv"));
    let spoilt = house.file("spoilt.csv", &unlabelled(&districts(Place::Inland, 60, 4)).replace('.', "x"));
    assert!(house.ends(1, &spoilt, &[]).stderr.contains("no row can be read"));

    // As an older Canopy wrote it.
    let model = ForestModel::read(&house.artifact).unwrap();
    let mut header = model.header().clone();
    assert!(header.baseline.take().is_some());
    let payload = Payload {
        schema: header.schema.clone(),
        profile: model.profile().clone(),
        blocks: model.forest().to_blocks(),
    };
    let old = House { folder: house.folder.clone(), artifact: house.folder.join("old.canopy") };
    artifact::write(&old.artifact, &header, &payload).unwrap();
    let silent = old.ends(0, &inland, &["--json"]).json();
    assert_eq!(silent["predictions"], Value::Null);
    let lacks = silent["not_compared"].to_string();
    assert!(lacks.contains("predictions cannot be compared") && lacks.contains("train it again"), "{lacks}");
    let coast = house.file("coast.csv", &districts(Place::Coast, 800, 3));
    assert!(names(&old.ends(5, &coast, &["--json"]).json()["features"]).contains(&"longitude"));
}

#[test]
fn a_server_tells_the_coast_and_writes_what_it_is_asked_only_where_it_may() {
    let house = House::trained("drifting-server");
    let captured = house.folder.join("asked.ndjson");
    let free = free_port();
    let mut server = Serving::started(
        programs::server()
            .arg("--model-folder")
            .arg(house.folder.join("models"))
            .args(["--admin-bind", &format!("127.0.0.1:{free}"), "--drift-window", "300"])
            .arg("--capture")
            .arg(&captured)
            .args(["--capture-redact", "median_income"]),
    );
    let told = |server: &Serving| server.get("/v1/models/house/drift").ok();
    let ask = |server: &Serving, place: Place, rows: usize, seed: u64| {
        let text = unlabelled(&districts(place, rows, seed));
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap().split(',').collect();
        for line in lines {
            let value = |cell: &str| cell.parse::<f64>().map_or_else(|_| json!(cell), |number| json!(number));
            let row: serde_json::Map<_, _> =
                names.iter().zip(line.split(',')).map(|(name, cell)| ((*name).into(), value(cell))).collect();
            server.post("/predict", &row.into()).ok();
        }
    };
    assert_eq!(told(&server)["state"], "too_few_rows");
    ask(&server, Place::Inland, 400, 5);
    let silent = told(&server);
    assert_eq!((&silent["state"], &silent["not_compared"]), (&json!("no_drift"), &json!([])), "{silent:#}");

    // After two windows nothing is left of the inland.
    ask(&server, Place::Coast, 700, 6);
    let found = told(&server);
    assert_eq!(found["state"], "drift");
    assert_eq!(found["predictions"]["verdict"], "drifted");
    assert!(names(&found["features"]).contains(&"longitude"), "{found:#}");
    assert!(found["rows"].as_u64().unwrap() <= 800, "{found:#}");
    let page = Client::new(&format!("http://127.0.0.1:{free}")).get("/metrics").text;
    let drifted = |name: &str, value: u8| {
        format!("canopy_drift_feature_drifted{{model=\"house\",version=\"1\",feature=\"{name}\"}} {value}\n")
    };
    assert!(page.contains(&drifted("longitude", 1)) && page.contains(&drifted("latitude", 0)), "{page}");

    // Every row is in the file when the server has ended, and nothing of what is to be hidden.
    ran(std::process::Command::new("kill").arg(server.child.id().to_string())).well();
    assert_eq!(server.ends_within(Duration::from_secs(20)), Some(0));
    let lines: Vec<Value> = fs::read_to_string(&captured)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1100);
    assert!(lines.iter().all(|line| line["features"]["median_income"] == "[redacted]"));
    assert!(lines.iter().all(|line| line["prediction"].is_number() && line["request_id"].is_string()));

    // The file is rows again.
    let features: String = lines[400..]
        .iter()
        .map(|line| {
            let mut features = line["features"].clone();
            features["median_income"] = json!(4.0);
            format!("{features}\n")
        })
        .collect();
    let again = house.file("again.ndjson", &features);
    assert!(names(&house.ends(5, &again, &["--json"]).json()["features"]).contains(&"longitude"));
}
