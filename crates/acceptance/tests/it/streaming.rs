//! Lines of NDJSON that are answered as they come.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::programs::{self, artifacts_in, ran};
use crate::registry::{registry, with_versions};
use crate::trained;

/// A stream under way, on standard input and output.
struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Talk {
    fn begun(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self { child, input, output, errors }
    }

    fn say(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    #[track_caller]
    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }

    /// The next line on standard error.
    fn told(&mut self) -> String {
        let mut line = String::new();
        self.errors.read_line(&mut line).unwrap();
        line
    }

    /// The exit code after the end of the input, and the answers that were left.
    fn end(mut self) -> (Option<i32>, Vec<Value>) {
        self.input = None;
        let lines = self.output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        (self.child.wait().unwrap().code(), lines)
    }
}

fn stream(arguments: &[&str], model: &Path) -> Command {
    let mut command = programs::trainer();
    command.arg("stream").args(arguments).arg("--model").arg(model);
    command
}

/// A row of iris with a field of its own.
pub(crate) fn row(id: usize) -> String {
    let length = 4.3 + (id % 37) as f64 / 10.0;
    let petal = 1.0 + (id % 59) as f64 / 10.0;
    json!({ "id": id, "sepal_length": length, "sepal_width": 3.1, "petal_length": petal, "petal_width": 1.3 })
        .to_string()
}

/// What `trainer predict` answers to rows.
pub(crate) fn predicted(model: &Path, rows: impl IntoIterator<Item = String>) -> Vec<Value> {
    let file = tempfile::Builder::new().suffix(".ndjson").tempfile().unwrap();
    fs::write(file.path(), rows.into_iter().map(|row| row + "\n").collect::<String>()).unwrap();
    let mut command = programs::trainer();
    command.args(["predict", "--model"]).arg(model).arg(file.path());
    let answers = ran(&mut command).well().stdout;
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_answer_comes_when_its_line_came() {
    let model = &trained::iris().artifact;
    let mut talk = Talk::begun(&mut stream(&["--probabilities"], model));
    let expected = predicted(model, (0..40).map(row));
    for (id, expected) in expected.iter().enumerate() {
        // The next line is said when the answer to this one was read.
        talk.say(&format!("{}\n", row(id)));
        let answer = talk.answer();
        assert_eq!(answer["id"], id);
        assert_eq!(answer["prediction"], expected["prediction"]);
        assert_eq!(answer["model_version"], 1);
        assert_eq!(answer["probabilities"].as_object().unwrap().len(), 3);
    }
    talk.say("\n{\"sepal_length\":\"long\"}\nno object\n");
    let refused = talk.answer();
    assert_eq!(refused["line"], 42);
    assert_eq!(refused["error"]["errors"][0]["column"], "sepal length");
    assert!(refused["error"]["detail"].as_str().unwrap().contains("expected a number"), "{refused}");
    assert_eq!(talk.answer()["line"], 43);
    talk.say(&row(7));
    let (code, left) = talk.end();
    assert_eq!((code, left.len()), (Some(0), 1));
    assert_eq!(left[0]["prediction"], expected[7]["prediction"]);
}

#[test]
fn many_lines_keep_their_order_and_bad_ones_their_place() {
    let model = &trained::iris().artifact;
    let folder = trained::empty_folder("stream-order");
    let rows: Vec<_> =
        (0..50_000).map(|id| if id % 1000 == 999 { "{".to_owned() } else { row(id) }).collect();
    let input = folder.join("rows.ndjson");
    fs::write(&input, rows.join("\n")).unwrap();
    let ran_with = |arguments: &[&str]| {
        let ended = ran(stream(arguments, model).stdin(fs::File::open(&input).unwrap())).well();
        assert!(ended.stderr.contains("49950 rows answered, 50 refused"), "{}", ended.stderr);
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let answers = ran_with(&[]);
    assert_eq!(answers.len(), rows.len());
    for (id, answer) in answers.iter().enumerate() {
        match id % 1000 {
            999 => assert_eq!(answer["line"], id + 1),
            _ => assert_eq!(answer["id"], id),
        }
    }
    // With a file of errors they are left out, and one that is there is written on.
    let errors = folder.join("refused.csv");
    for _ in 0..2 {
        assert_eq!(ran_with(&["--errors", errors.to_str().unwrap()]).len(), 49_950);
    }
    let listed = fs::read_to_string(&errors).unwrap();
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[0], "record,line,column,expected,found");
    assert!(lines[2].starts_with("2000,2000,,an object,"), "{}", lines[2]);
    assert_eq!(lines[1..51], lines[51..]);
}

#[test]
fn a_promoted_version_answers_the_next_lines_and_a_broken_one_none() {
    let folder = with_versions("stream-followed");
    ran(&mut registry(&folder, &["promote", "iris/1"])).well();
    let followed = |name: &str| {
        let folder = folder.to_str().unwrap();
        Talk::begun(&mut stream(
            &["--model-folder", folder, "--model-poll-interval", "0.05"],
            Path::new(name),
        ))
    };
    let ask = |talk: &mut Talk| {
        talk.say(&format!("{}\n", row(3)));
        talk.answer()["model_version"].as_u64().unwrap()
    };
    let follows = |talk: &mut Talk, version: u64| {
        let end = Instant::now() + Duration::from_secs(60);
        while ask(talk) != version {
            assert!(Instant::now() < end, "version {version} does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut champion = followed("iris@champion");
    assert_eq!(ask(&mut champion), 1);
    ran(&mut registry(&folder, &["promote", "iris/2"])).well();
    follows(&mut champion, 2);
    assert_eq!(champion.end().0, Some(0));

    let mut newest = followed("iris/latest");
    assert_eq!(ask(&mut newest), 3);
    // A fourth version whose last byte is another one.
    let other = trained::empty_folder("stream-broken");
    for artifact in artifacts_in(&folder) {
        fs::copy(&artifact, other.join(artifact.file_name().unwrap())).unwrap();
    }
    let mut command = programs::trainer();
    command.args(["train", "--quiet", "--conf", "configs/iris.json", "--set", "model.n_estimators=4"]);
    command.args(["--set", "quality_gate=[]", "--set", &format!("output.dir={}", other.display())]);
    ran(&mut command).well();
    let fourth = artifacts_in(&other).pop().unwrap();
    let whole = fs::read(&fourth).unwrap();
    let mut broken = whole.clone();
    *broken.last_mut().unwrap() ^= 1;
    let place = folder.join(fourth.file_name().unwrap());
    fs::write(&fourth, broken).unwrap();
    fs::rename(&fourth, &place).unwrap();
    let warning = newest.told();
    assert!(warning.contains("the model stays as it is"), "{warning}");
    assert_eq!(ask(&mut newest), 3);
    fs::write(&fourth, whole).unwrap();
    fs::rename(&fourth, &place).unwrap();
    follows(&mut newest, 4);
    assert_eq!(newest.end().0, Some(0));
}

#[test]
fn what_cannot_be_answered_at_all_is_said_at_once() {
    let model = &trained::iris().artifact;
    let check = |arguments: &[&str], model: &Path, code: i32, expected: &str| {
        let ended = ran(stream(arguments, model).stdin(Stdio::null()));
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    };
    check(&[], Path::new("nowhere.canopy"), 1, "nowhere.canopy");
    check(&["--interval"], model, 1, "no prediction intervals");
    check(&["--column", "model_version"], model, 1, "model_version");
    check(&["--model-folder", "nowhere"], Path::new("iris"), 1, "there is no model \"iris\"");
    check(&["--nats", "nats://127.0.0.1:1"], model, 2, "--output-subject");
    let all = ["--stream", "a", "--consumer", "b", "--output-subject", "c", "--dead-letter-subject", "d"];
    let nats = [&["--nats", "nats://me:secret@127.0.0.1:1"][..], &all].concat();
    check(&nats, model, 1, "cannot connect to NATS at nats://127.0.0.1:1");
}
