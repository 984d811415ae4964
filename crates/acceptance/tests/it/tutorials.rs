//! The tutorials are run as they stand: every command, and every answer that they show.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::serving::free_port;
use crate::{programs, trained, workspace};

/// What stands in a tutorial between fences.
#[derive(Debug, Default, PartialEq)]
struct Blocks {
    /// The commands, one block after the other.
    commands: String,
    /// Lines that the commands print; `…` stands for anything.
    answers: Vec<String>,
}

fn blocks(text: &str) -> Blocks {
    let mut found = Blocks::default();
    let mut fence = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(_), Some(_)) => fence = None,
            (Some(language), None) => fence = Some(language),
            (None, Some("sh")) => found.commands.extend([line, "\n"]),
            (None, Some("json" | "text")) => found.answers.push(line.to_owned()),
            (None, _) => {}
        }
    }
    found
}

/// Whether one of the printed lines holds the pieces of an answer in their order.
fn is_shown(printed: &str, answer: &str) -> bool {
    let holds = |line: &str| {
        let mut rest = line;
        answer.split('…').all(|piece| match rest.find(piece) {
            Some(place) => {
                rest = &rest[place + piece.len()..];
                true
            }
            None => false,
        })
    };
    printed.lines().any(holds)
}

#[track_caller]
fn run(name: &str) {
    let text = fs::read_to_string(workspace::path("docs/tutorials").join(name)).unwrap();
    let Blocks { commands, answers } = blocks(&text);
    assert!(!commands.is_empty() && !answers.is_empty(), "{name} has commands and answers");
    let folder = trained::empty_folder(&format!("tutorial-{name}"));
    fs::create_dir_all(&folder).unwrap();
    for given in ["configs", "data"] {
        symlink(fs::canonicalize(workspace::path(given)).unwrap(), folder.join(given)).unwrap();
    }
    let port = free_port().to_string();
    let program = programs::trainer();
    let path = fs::canonicalize(program.get_program()).unwrap();
    let path = format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap());
    // Answers have no line end of their own; the server ends with its tutorial.
    let script = format!(
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{}",
        commands.replace("127.0.0.1:8000", &format!("127.0.0.1:{port}")).replace("\ncurl ", "\necho; curl ")
    );
    let mut command = Command::new("bash");
    for variable in
        ["MODEL", "MODEL_FOLDER", "MODEL_NAME", "MODEL_VERSION", "STRICT", "HOST", "BIND", "GRPC_PORT"]
    {
        command.env_remove(variable);
    }
    command.env("PATH", path).env("PORT", &port).env("ADMIN_BIND", "127.0.0.1:0").current_dir(&folder);
    let output = command.arg("-c").arg(&script).stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}\n{printed}");
    for answer in answers {
        assert!(is_shown(&printed, &answer), "{name} promises {answer:?}; printed was\n{printed}\n{told}");
    }
}

#[test]
fn boston() {
    run("boston.md");
}

#[test]
fn life_expectancy() {
    run("life-expectancy.md");
}

#[test]
fn house_prices() {
    run("house-prices.md");
}

#[test]
fn iris() {
    run("iris.md");
}

#[test]
fn taxi() {
    run("taxi.md");
}

#[test]
fn every_tutorial_is_run() {
    let own = include_str!("tutorials.rs");
    for entry in fs::read_dir(workspace::path("docs/tutorials")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || own.contains(&format!("run(\"{name}\")")), "{name}");
    }
}

#[test]
fn an_answer_is_found_in_one_line_and_in_order() {
    assert!(is_shown("x\n{\"a\": 1, \"b\": 2}", "\"a\": 1…2}"));
    assert!(!is_shown("{\"a\": 1}\n2}", "\"a\": 1…2}"));
    assert!(!is_shown("2} \"a\": 1", "\"a\": 1…2}"));
    let text = "```sh\na\n```\n```console\nb\n```\n```text\nc\n```\n";
    assert_eq!(blocks(text), Blocks { commands: "a\n".into(), answers: vec!["c".into()] });
}
