//! `trainer registry`, end to end.

use std::fs;

use serde_json::Value;

use crate::workshop::Workshop;

/// A workshop with two versions, which differ in the number of trees.
fn with_versions() -> Workshop {
    let workshop = Workshop::of_houses();
    for trees in ["12", "6"] {
        let set = format!("model.n_estimators={trees}");
        workshop.success(&["train", "--quiet", "--conf", "houses.json", "--set", &set]);
    }
    workshop
}

/// What differs from run to run, hidden.
fn stable(text: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.ends_with('Z') && word.contains("T");
    let is_hash = |word: &str| {
        let word = word.trim_end_matches('…');
        word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_figure = |word: &str| {
        let word = word.trim_end_matches(',');
        word.contains('.') && word.parse::<f64>().is_ok()
    };
    let hidden = |word: &str| match word {
        word if is_time(word) => "TIME".to_owned(),
        word if is_hash(word) => "HASH".to_owned(),
        word if is_figure(word) => "0.0".to_owned(),
        word if word.contains("houses-v") => "PATH".to_owned(),
        word => word.to_owned(),
    };
    let line = |line: &str| match line.trim_start() {
        rule if rule.starts_with('─') || rule.starts_with('═') => "---".to_owned(),
        cells => cells.split_whitespace().map(hidden).collect::<Vec<_>>().join(" "),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The commands in their order, with what they say.
fn told(workshop: &Workshop, commands: &[&str]) -> String {
    let mut story = String::new();
    for command in commands {
        let mut words = vec!["registry"];
        words.extend(command.split(' '));
        let mut trainer = workshop.trainer(&words);
        trainer.env("USER", "ada").env_remove("GITHUB_ACTOR").env_remove("MODEL_FOLDER");
        let output = trainer.output().unwrap();
        let code = output.status.code().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let said = match host.trim() {
            "" => said,
            host => said.replace(&format!("on {host}"), "on HOST"),
        };
        story.push_str(&format!("$ {command}\n{}\n[{code}]\n\n", stable(&said)));
    }
    story
}

#[test]
fn versions_are_promoted_rolled_back_and_deleted() {
    let workshop = with_versions();
    insta::assert_snapshot!(told(
        &workshop,
        &[
            "list",
            "diff houses/1 houses/2",
            "promote houses/1 --reason first",
            "promote houses",
            "list",
            "alias houses challenger 1",
            "delete houses/1",
            "delete houses@champion",
            "alias houses challenger --remove",
            "alias houses champion --remove",
            "rollback houses --reason slow",
            "rollback houses",
            "delete houses/latest",
            "show houses@champion",
        ],
    ));
}

#[test]
fn wrong_names_are_told_with_what_there_is() {
    let workshop = with_versions();
    insta::assert_snapshot!(told(
        &workshop,
        &[
            "show boston",
            "show houses/7",
            "show houses@champion",
            "promote houses/7",
            "alias houses 12 1",
            "rollback houses",
            "push nothing.canopy",
            "--folder nowhere list",
        ],
    ));
}

#[test]
fn what_is_pulled_from_one_folder_is_pushed_to_another() {
    let workshop = with_versions();
    let pulled = workshop.success(&["registry", "pull", "houses/2", "-o", "two.canopy", "--json"]);
    let pulled: Value = serde_json::from_str(&pulled).unwrap();
    assert_eq!(pulled["version"], 2);
    let push = ["registry", "--folder", "other", "push", "two.canopy", "--json"];
    let pushed: Value = serde_json::from_str(&workshop.success(&push)).unwrap();
    assert_eq!((&pushed["event"], &pushed["checksum"]), (&"pushed".into(), &pulled["checksum"]));
    assert_eq!(workshop.success(&push), "null\n");
    let listed = workshop.success(&["registry", "--folder", "other", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["models"][0]["versions"][0]["version"], 2);
    // A file that is not whole is told and not taken in.
    let bytes = fs::read(workshop.path("two.canopy")).unwrap();
    fs::write(workshop.path("cut.canopy"), &bytes[..bytes.len() / 2]).unwrap();
    let (said, code) = workshop.failure(&["registry", "--folder", "third", "push", "cut.canopy"]);
    assert_eq!(code, 1);
    assert!(said.contains("cut.canopy"), "{said}");
    assert!(workshop.artifacts("third").is_empty());
}

#[test]
fn a_model_that_no_mlflow_server_takes_is_written_all_the_same() {
    let workshop = Workshop::of_houses();
    // Nobody listens at the port for discarded bytes.
    let away = "http://ada:secret@127.0.0.1:9";
    let (said, code) =
        workshop.failure(&["train", "--conf", "houses.json", "--registry", "http://127.0.0.1:9"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("is written, but not in the MLflow server") && said.contains("trainer registry push"),
        "{said}"
    );
    assert_eq!(workshop.artifacts("artifacts").len(), 1);
    let (said, code) = workshop.failure(&["registry", "--registry", away, "list"]);
    assert_eq!(code, 1);
    assert!(
        said.contains("http://127.0.0.1:9/api/2.0/mlflow/registered-models/search")
            && said.contains("cannot be reached"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
    let refused = |settings: &[&str], part: &str| {
        let mut arguments = vec!["train", "--conf", "houses.json"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let (said, code) = workshop.failure(&arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(part), "{said}");
    };
    refused(&["registry.uri=http://ada:secret@h"], "a password has no place in a config");
    refused(&["registry.uri=sqlite:///x"], "reached through `mlflow server`");
    refused(&["registry.aliases=[\"latest\"]"], "\"latest\" is no alias");
    refused(&["registry.url=http://h"], "did you mean `uri`?");
}
