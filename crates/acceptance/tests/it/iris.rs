//! Reference block D: a small classifier, its answers, and its artifact as data.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::programs::{self, ran};
use crate::serving::{Serving, free_port};
use crate::{trained, workspace};

fn served() -> Serving {
    Serving::model(&trained::iris().artifact)
}

#[test]
fn a_bare_row_gets_a_bare_answer() {
    let server = served();
    let answer = server.post("/predict", &json!([5.9, 3.0, 5.1, 1.8]));
    assert_eq!((answer.status, answer.text.trim()), (200, "2"));
    let answers = server.post("/predict", &json!([[5.9, 3.0, 5.1, 1.8], [5.1, 3.5, 1.4, 0.2]])).ok();
    assert_eq!(answers, json!([2, 0]));
}

#[test]
fn wrong_bodies_are_told_apart() {
    let server = served();
    let problem = server.post("/predict", &json!([5.9, 3.0, 5.1])).problem(422);
    assert!(problem["detail"].as_str().unwrap().contains('4'), "{problem:#}");
    server.post_bytes("/predict", "application/json", b"[5.9, 3.0").problem(400);
}

/// As a client that never heard of content types; no HTTP library leaves them out.
#[test]
fn no_content_type_is_accepted() {
    let server = served();
    let body = "[5.9,3.0,5.1,1.8]";
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.trim_end().ends_with("\r\n\r\n2"), "{answer}");
}

#[test]
fn the_front_page_speaks_to_each_reader() {
    let server = served();
    for (accept, expected) in [
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ] {
        let answer = server.get_as("/", accept);
        assert_eq!(answer.status, 200, "{accept}");
        assert!(answer.content_type.starts_with(expected), "{accept}: {}", answer.content_type);
    }
}

#[test]
fn labels_probabilities_and_order_come_from_the_artifact() {
    let model = trained::iris();
    let accuracy = model.fold_mean("accuracy");
    assert!(accuracy >= 0.93, "accuracy {accuracy}");
    let classes = &model.header["schema"]["target"]["task"]["classification"];
    let names: Vec<&Value> = classes.as_array().unwrap().iter().map(|class| &class["name"]).collect();
    assert_eq!(names, ["setosa", "versicolor", "virginica"]);
}

#[test]
fn text_labels_train_with_gaps_in_the_data() {
    let Some(model) = trained::penguins() else {
        eprintln!("skipped: no shared data beside the checkout");
        return;
    };
    let accuracy = model.fold_mean("accuracy");
    assert!(accuracy >= 0.96, "accuracy {accuracy}");
    let server = Serving::model(&model.artifact);
    let field = model.header["serving"]["response_field"].as_str().unwrap();
    let gentoo = json!({
        "island": "Biscoe", "bill_length_mm": 50.0, "bill_depth_mm": 15.2, "flipper_length_mm": 218,
        "body_mass_g": 5700, "sex": null
    });
    assert_eq!(server.post("/predict", &gentoo).ok()[field], "Gentoo");
}

#[test]
fn missing_ages_and_cabins_do_not_stop_the_titanic() {
    let Some(model) = trained::titanic() else {
        eprintln!("skipped: no shared data beside the checkout");
        return;
    };
    assert_eq!(model.number("/data/rows_train") + model.number("/data/rows_test"), 891.0);
    let accuracy = model.fold_mean("accuracy");
    assert!(accuracy >= 0.78, "accuracy {accuracy}");
}

#[test]
fn the_address_can_be_chosen() {
    let artifact = &trained::iris().artifact;
    let port = free_port();
    let mut command = programs::server();
    command.arg("--model").arg(artifact).env("HOST", "127.0.0.1").env("PORT", port.to_string());
    let server = Serving::started_as_told(&mut command);
    assert_eq!((server.port, server.get("/health/live").status), (port, 200));
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = programs::server();
    let ended = ran(command
        .arg("--model")
        .arg(&trained::iris().artifact)
        .args(["--bind", &format!("127.0.0.1:{port}")]));
    assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
    assert!(ended.said().contains(&port), "{ended:?}");
}

/// No program panics or hangs on a spoilt artifact; each says what is wrong with the file, and none serves it.
#[test]
fn a_spoilt_artifact_is_refused() {
    let sound = fs::read(&trained::iris().artifact).unwrap();
    let flipped = |place: usize| {
        let mut bytes = sound.clone();
        bytes[place] ^= 0x10;
        bytes
    };
    let huge = |place: usize, length: usize| {
        let mut bytes = sound.clone();
        bytes[place..place + length].fill(0xff);
        bytes
    };
    let longer = [sound.as_slice(), b"more"].concat();
    let spoilt = [
        ("flipped in the magic", flipped(0)),
        ("flipped in the version", flipped(8)),
        ("flipped in the header", flipped(100)),
        ("flipped in the payload", flipped(sound.len() - 1000)),
        ("flipped in the checksum", flipped(sound.len() - 1)),
        ("cut in the header", sound[..50].to_vec()),
        ("cut in the payload", sound[..sound.len() - 100].to_vec()),
        ("empty", Vec::new()),
        ("longer", longer),
        ("huge header", huge(12, 4)),
        ("huge payload", huge(16, 8)),
        ("another file", fs::read(&trained::iris().data).unwrap()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoilt.canopy");
    for (how, bytes) in spoilt {
        fs::write(&path, bytes).unwrap();
        let inspected = ran(programs::trainer().arg("inspect").arg(&path));
        // A sound header is shown, together with what is wrong behind it.
        assert!(inspected.code != Some(0) || inspected.stdout.contains("damaged"), "{how}: {inspected:?}");
        let served = ran(programs::server().arg("--model").arg(&path).args(["--bind", "127.0.0.1:0"]));
        assert!(served.code.is_some_and(|code| code != 0), "{how}: {served:?}");
        assert!(served.stderr.contains("spoilt.canopy"), "{how}: {served:?}");
        for ended in [inspected, served] {
            assert!(ended.code.is_some() && !ended.said().contains("panicked"), "{how}: {ended:?}");
        }
    }
}

/// The README shows these requests of the iris model with their answers.
#[test]
fn the_readme_shows_what_is_answered() {
    let readme = fs::read_to_string(workspace::path("README.md")).unwrap();
    let server = served();
    let check = |path: &str, content_type: &str, body: &str| {
        assert!(readme.contains(&body.replace('\n', "\\n")), "{body}");
        let answer = server.post_bytes(path, content_type, body.as_bytes());
        assert!(answer.status == 200 && readme.contains(answer.text.trim_end()), "{answer:?}");
    };
    let form = "application/x-www-form-urlencoded";
    check("/predict?proba=true&explain=true", form, "[5.9,3.0,5.1,1.8]");
    let data = r#"{"data":[[5.9,3.0,5.1,1.8],[5.0,3.4,1.5,0.2]],"options":{"proba":true}}"#;
    check("/predict", form, data);
    let named = r#"{"sepal_length":5.0,"sepal_width":3.4,"petal_length":1.5,"petal_width":0.2}"#;
    let lines = format!("[5.9,3.0,5.1,1.8]\n[5.9,3.0]\n{named}\n");
    check("/predict", "application/x-ndjson", &lines);
}
