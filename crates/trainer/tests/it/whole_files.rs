//! `trainer predict` on files of every form, and on files so long that a run may be killed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::workshop::{HOUSES, Workshop, houses};

/// A folder with a trained model, and the model's path.
fn trained() -> (Workshop, String) {
    let workshop = Workshop::of_houses();
    let report = workshop.train("houses.json");
    let path = report["artifact"].as_str().unwrap().to_owned();
    (workshop, path)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().unwrap().to_str().unwrap() {
        "gz" => MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap(),
        "zst" => zstd::Decoder::new(bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap(),
        _ => bytes.as_slice().read_to_string(&mut text).unwrap(),
    };
    text
}

/// The houses as objects, without the fields that have no value.
fn objects(csv: &str) -> String {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut text = String::new();
    for line in lines {
        let fields: Vec<String> = names
            .iter()
            .zip(line.split(','))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| match *name {
                "quarter" | "id" => format!("{name:?}: {cell:?}"),
                _ => format!("{name:?}: {cell}"),
            })
            .collect();
        text.push_str(&format!("{{{}}}\n\n", fields.join(", ")));
    }
    text
}

#[test]
fn packed_files_are_read_and_written() {
    let (workshop, path) = trained();
    let csv = houses(3000);
    fs::write(workshop.path("new.csv"), &csv).unwrap();
    let expected = workshop.success(&["predict", "--quiet", "--model", &path, "new.csv"]);
    assert_eq!(expected.lines().count(), 3001);
    // Two members, as `cat` makes of two files.
    let (front, back) = csv.as_bytes().split_at(csv.len() / 2);
    fs::write(workshop.path("new.csv.gz"), [gzip(front), gzip(back)].concat()).unwrap();
    fs::write(workshop.path("new.csv.zst"), zstd::encode_all(csv.as_bytes(), 1).unwrap()).unwrap();
    // The bytes tell how a file is packed, not its name.
    fs::write(workshop.path("named.csv"), gzip(csv.as_bytes())).unwrap();
    for input in ["new.csv.gz", "new.csv.zst", "named.csv"] {
        for output in ["out.csv", "out.csv.gz", "out.csv.zst"] {
            workshop.success(&["predict", "--model", &path, input, "--output", output]);
            assert_eq!(unpacked(&workshop.path(output)), expected, "{input} to {output}");
        }
    }
    let mut broken = gzip(csv.as_bytes());
    broken.truncate(broken.len() / 2);
    fs::write(workshop.path("new.csv.gz"), &broken).unwrap();
    let (error, code) =
        workshop.failure(&["predict", "--model", &path, "new.csv.gz", "--output", "new-out.csv"]);
    assert_eq!((error.as_str(), code), ("error: cannot read new.csv.gz: incomplete deflate stream\n", 1));
    assert!(!workshop.path("new-out.csv").exists() && !workshop.path("new-out.csv.unfinished").exists());
    // What is packed can be trained on, too.
    let config = HOUSES.replace("houses.csv", "houses.csv.gz");
    fs::write(workshop.path("houses.csv.gz"), gzip(houses(120).as_bytes())).unwrap();
    fs::write(workshop.path("packed.json"), config).unwrap();
    assert_eq!(
        workshop.train("packed.json")["header"]["evaluation"]["test"],
        workshop.train("houses.json")["header"]["evaluation"]["test"]
    );
}

#[test]
fn objects_are_answered_as_rows_are() {
    let (workshop, path) = trained();
    let csv = houses(200);
    fs::write(workshop.path("new.csv"), &csv).unwrap();
    fs::write(workshop.path("new.ndjson"), objects(&csv)).unwrap();
    let cells = workshop.success(&["predict", "--quiet", "--model", &path, "new.csv"]);
    let answers = workshop.success(&["predict", "--quiet", "--model", &path, "new.ndjson"]);
    let first: serde_json::Value = serde_json::from_str(answers.lines().next().unwrap()).unwrap();
    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(names, ["area", "quarter", "garden", "rooms", "id", "price", "prediction"]);
    let told: Vec<String> = answers
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["prediction"].to_string())
        .collect();
    let wanted: Vec<&str> = cells.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(told, wanted);
    // The columns are the fields of the first object; fields that are absent later are empty cells.
    let table = workshop.success(&["predict", "--quiet", "--format", "csv", "--model", &path, "new.ndjson"]);
    assert_eq!(table, cells);
    let piped = workshop
        .trainer(&["predict", "--quiet", "--input-format", "ndjson", "--model", &path, "-"])
        .write_stdin(objects(&csv))
        .assert()
        .success();
    assert_eq!(String::from_utf8_lossy(&piped.get_output().stdout), answers);
}

#[test]
fn objects_that_cannot_be_answered_are_told() {
    let (workshop, path) = trained();
    let lines = r#"{"area": 60, "garden": true, "rooms": 2}
{"area": "60", "garden": 1, "rooms": 2.5}

[60, null, true, 2]
{"area": 60, "garden": true, "rooms": 2
{"area": 60, "area": 61, "garden": true, "rooms": 2, "prediction": 7}
{"area": 60, "garden": true, "rooms": 2, "note": {"a": [1]}}
"#;
    fs::write(workshop.path("new.jsonl"), lines).unwrap();
    let arguments =
        ["predict", "--model", &path, "new.jsonl", "--errors", "bad.csv", "--output", "out.ndjson"];
    workshop.trainer(&arguments).assert().success().stderr("2 rows predicted, 4 skipped\n");
    insta::assert_snapshot!(fs::read_to_string(workshop.path("bad.csv")).unwrap());
    let out = fs::read_to_string(workshop.path("out.ndjson")).unwrap();
    assert!(out.lines().nth(1).unwrap().contains(r#""note":{"a":[1]},"prediction":"#), "{out}");
    let (error, code) =
        workshop.failure(&["predict", "--model", &path, "new.jsonl", "--format", "csv", "--output", "o.csv"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(error);
}

/// Starts a run, and kills it once it has marked how far it is.
fn killed(workshop: &Workshop, arguments: &[&str], mark: &str) {
    let mut run = Command::new(assert_cmd::cargo::cargo_bin("trainer"))
        .current_dir(workshop.path("."))
        .args(arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !workshop.path(mark).exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no mark");
        assert!(run.try_wait().unwrap().is_none(), "the run ended before it was killed");
        thread::sleep(Duration::from_millis(1));
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_run_that_was_killed_is_gone_on_with() {
    let (workshop, path) = trained();
    // Some rows cannot be answered.
    let rows = houses(1000).lines().skip(1).map(|row| format!("{row}\n")).collect::<String>()
        + "wide,north,true,1,house x,\n";
    let csv = format!("area,quarter,garden,rooms,id,price\n{}", rows.repeat(1500));
    assert!(csv.len() > 3 << 24, "several marks");
    fs::write(workshop.path("long.csv"), &csv).unwrap();
    let common = ["predict", "--model", &path, "long.csv", "--errors", "bad.csv", "--output"];
    workshop.trainer(&[&common[..], &["whole.csv"]].concat()).assert().success();
    let expected = fs::read_to_string(workshop.path("whole.csv")).unwrap();
    let expected_bad = fs::read(workshop.path("bad.csv")).unwrap();
    assert_eq!(expected.lines().count(), 1_500_001);

    for output in ["out.csv", "out.csv.gz"] {
        let mut arguments = [&common[..], &[output]].concat();
        fs::remove_file(workshop.path("bad.csv")).unwrap();
        let mark = format!("{output}.unfinished.json");
        killed(&workshop, &arguments, &mark);
        assert!(!workshop.path(output).exists() && !workshop.path("bad.csv").exists());

        // What another run left is not mixed up with this one.
        let mut other = arguments.clone();
        other.extend(["--resume", "--column", "price_prediction"]);
        let (error, code) = workshop.failure(&other);
        let expected_error = format!(
            "error: {mark} was left by a run that cannot be gone on with: the options were others; without --resume the work begins again\n"
        );
        assert_eq!((error, code), (expected_error, 1));

        arguments.extend(["--resume", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&workshop.success(&arguments)).unwrap();
        assert!(report["resumed_at"].as_u64().unwrap() > 100_000, "{report}");
        assert_eq!((&report["rows"], &report["skipped"]), (&1_500_000.into(), &1500.into()));
        assert!(unpacked(&workshop.path(output)) == expected, "rows were lost or doubled in {output}");
        assert!(fs::read(workshop.path("bad.csv")).unwrap() == expected_bad, "{output}");
        assert!(!workshop.path(&mark).exists());
    }
}

#[test]
fn one_output_is_written_by_one_run() {
    let (workshop, path) = trained();
    let unfinished = File::create(workshop.path("out.csv.unfinished")).unwrap();
    unfinished.lock().unwrap();
    let (error, code) = workshop.failure(&["predict", "--model", &path, "houses.csv", "--output", "out.csv"]);
    let expected = "error: another process writes out.csv: wait for it, or name another output\n";
    assert_eq!((error.as_str(), code), (expected, 1));
}
