//! Reference block A: Boston house prices, and how their API answers to wrong questions.

use std::fs;

use serde_json::json;

use crate::serving::Serving;
use crate::table::Table;
use crate::{trained, workspace};

const ROW: [f64; 13] = [0.00632, 18.0, 2.31, 0.0, 0.538, 6.575, 65.2, 4.09, 1.0, 296.0, 15.3, 396.9, 4.98];
const WRONG_WIDTH: &str = "Each data point must contain 13 features";

fn boston() -> Serving {
    Serving::model(&trained::boston().artifact)
}

/// Rows that differ, so that a wrong order shows.
fn row(index: usize) -> Vec<f64> {
    let mut row = ROW.to_vec();
    row[5] = 4.0 + (index % 40) as f64 / 10.0;
    row[12] = 2.0 + (index % 30) as f64;
    row
}

#[test]
fn the_first_row_costs_about_25() {
    let answer = boston()
        .post_bytes(
            "/predict",
            "application/json",
            br#"{"data":[[0.00632,18,2.31,0,0.538,6.575,65.2,4.09,1,296,15.3,396.9,4.98]]}"#,
        )
        .ok();
    let price = answer["data"][0].as_f64().unwrap();
    assert!((24.0..=27.0).contains(&price), "{answer}");
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
}

/// The curl command of README.md gets the answer that stands below it.
#[test]
fn the_readme_shows_the_real_answer() {
    let text = fs::read_to_string(workspace::path("README.md")).unwrap();
    let question = text.split("/predict -d '").nth(1).unwrap().split('\'').next().unwrap();
    let answer = text.split("```json\n").nth(1).unwrap().lines().next().unwrap();
    let answered = boston().post_bytes("/predict", "application/x-www-form-urlencoded", question.as_bytes());
    assert_eq!(answered.text.trim(), answer);
}

#[test]
fn ten_thousand_rows_are_answered_in_order() {
    let server = boston();
    let rows: Vec<Vec<f64>> = (0..10_000).map(row).collect();
    let answer = server.post("/predict", &json!({ "data": rows })).ok();
    let prices = answer["data"].as_array().unwrap();
    assert_eq!(prices.len(), rows.len());
    for index in (0..rows.len()).step_by(397) {
        let alone = server.post("/predict", &json!({ "data": [rows[index]] })).ok();
        assert_eq!(alone["data"][0], prices[index], "row {index}");
    }
}

/// The 174 cases of the quickstart's own test suite: 162 wrong shapes, 9 right ones, 3 files.
#[test]
fn quickstart_cases() {
    let server = boston();
    let mut cases = 0;
    for width in (1..=19).filter(|&width| width != 13) {
        for batch in 1..=9 {
            let problem =
                server.post("/predict", &json!({ "data": vec![vec![0.5; width]; batch] })).problem(422);
            assert_eq!(problem["detail"], WRONG_WIDTH, "{batch} rows of {width}");
            cases += 1;
        }
    }
    for batch in 1..=9 {
        let rows: Vec<Vec<f64>> = (0..batch).map(row).collect();
        let answer = server.post("/predict", &json!({ "data": rows })).ok();
        assert_eq!(answer["data"].as_array().unwrap().len(), batch);
        cases += 1;
    }
    let right = workspace::shared_data("danka_data_correct.csv")
        .map_or_else(|| Table::of(trained::boston()).csv_without_header(), |path| fs::read(path).unwrap());
    let wrong = workspace::shared_data("danka_data_incorrect.csv")
        .map_or_else(|| "0.1,2,3,4,5,6,7,8,9,10\n".repeat(10).into_bytes(), |path| fs::read(path).unwrap());
    assert_eq!(server.post_csv(&right).ok()["data"].as_array().unwrap().len(), 506);
    assert_eq!(server.post_csv(&wrong).problem(422)["detail"], WRONG_WIDTH);
    assert_eq!(server.post_csv(b"\x89PNG\r\n\x1a\n\0\0\0").problem(422)["detail"], "Unable to process file");
    assert_eq!(cases + 3, 174);
}

#[test]
fn bad_bodies_are_refused_and_the_server_lives_on() {
    let server = boston();
    let row = json!({ "data": [ROW] });
    let with = |value: &str| row.to_string().replacen("0.00632", value, 1);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        "[]",
        "[[]]",
        "[[0]]",
        "{}",
        "null",
        "\"text\"",
        "text",
        "NaN",
        "",
        "{\"data\":",
        "{\"data\":[]}",
        "{\"data\":null}",
        "{\"data\":[0,1,2]}",
        "{\"data\":{\"a\":1}}",
        "{\"data\":[[[1]]]}",
        "0",
        &with("NaN"),
        &with("1e400"),
        &with("\"0.5\""),
        &with("true"),
        &with("null"),
        &with("[]"),
        &with("{}"),
        &deep,
        &format!("{{\"data\":{deep}}}"),
        "\u{FEFF}",
        "\0",
    ];
    for body in bodies {
        let answer = server.post_bytes("/predict", "application/json", body.as_bytes());
        let start: String = body.chars().take(60).collect();
        assert!((400..500).contains(&answer.status), "{start}: {answer:?}");
        assert!(answer.json()["detail"].is_string(), "{start}: {answer:?}");
        server.post("/predict", &row).ok();
    }
}

#[test]
fn unknown_paths_and_methods_are_json() {
    let server = boston();
    assert_eq!(server.get("/nowhere").problem(404)["detail"], "Not Found");
    assert_eq!(server.delete("/predict").problem(405)["detail"], "Method Not Allowed");
    assert_eq!(server.get("/predict").problem(405)["detail"], "Method Not Allowed");
}

#[test]
fn csv_files_are_matched_by_name_or_by_position() {
    let server = boston();
    let table = Table::of(trained::boston());
    // Warnings name columns by their place in the file, so they differ from the other order.
    let answers = |file: &[u8]| server.post_csv(file).ok()["data"].take();
    let plain = answers(&table.csv());
    assert_eq!(plain.as_array().unwrap().len(), 506);
    let text = String::from_utf8(table.csv()).unwrap();
    let quoted: String = text
        .lines()
        .map(|line| line.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    for (how, file) in [
        ("other order", table.reversed().csv()),
        ("no header", table.csv_without_header()),
        ("byte order mark", format!("\u{FEFF}{text}").into_bytes()),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("quotes", quoted.into_bytes()),
        ("no line end at the end", text.trim_end().as_bytes().to_vec()),
    ] {
        assert_eq!(answers(&file), plain, "{how}");
    }
}

#[test]
fn csv_faults_name_their_place() {
    let server = boston();
    let text = String::from_utf8(Table::of(trained::boston()).csv()).unwrap();
    let header = text.lines().next().unwrap();
    let row = text.lines().nth(1).unwrap();
    let file = |line: &str| format!("{header}\n{row}\n{line}\n{row}\n").into_bytes();

    let problem = server.post_csv(&file(&row.replacen("0.00632", "much", 1))).problem(422);
    assert_eq!(problem["detail"], "Unable to process file");
    assert_eq!(problem["errors"][0]["line"], 3, "{problem:#}");
    assert_eq!(problem["errors"][0]["column"], 1, "{problem:#}");
    assert_eq!(problem["errors"][0]["column_name"], "CRIM", "{problem:#}");

    for ragged in [format!("{row},1"), row.rsplit_once(',').unwrap().0.to_owned()] {
        let problem = server.post_csv(&file(&ragged)).problem(422);
        assert_eq!(problem["errors"][0]["line"], 3, "{problem:#}");
    }
    for nothing in [Vec::new(), b"\n\n".to_vec(), b"just words\n".to_vec(), vec![0xff; 300]] {
        server.post_csv(&nothing).problem(422);
    }
    let large = text.repeat(1 + (64 << 20) / text.len());
    assert_eq!(server.post_csv(large.as_bytes()).status, 413);
}

/// No container engine is needed to see that the image starts the program with arguments that a user can replace.
#[test]
fn the_image_is_a_program_with_arguments_on_port_8000() {
    let read = |file: &str| fs::read_to_string(workspace::path(file)).unwrap();
    let image = read("Dockerfile");
    for part in [
        "\nENTRYPOINT [\"",
        "\nCMD [\"",
        "\nEXPOSE 8000",
        "PORT=8000",
        "\nHEALTHCHECK ",
        "\nUSER 65532",
        "--locked",
    ] {
        assert!(image.contains(part), "{part:?} in the Dockerfile");
    }
    let compose = read("docker-compose.yaml");
    assert!(compose.contains("\"8000:8000\"") && compose.contains("healthcheck:"));
    assert!(read("docker-compose.test.yaml").contains("--exit-code-from tests"));
    let continuous = read(".github/workflows/ci.yml");
    assert!(continuous.contains("push:") && continuous.contains("pull_request:"));
}
