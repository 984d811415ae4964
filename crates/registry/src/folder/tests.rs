//! The folder as a registry.

use model_core::cell::CellFormat;
use model_core::header::{App, ClassAnswer, DataSummary, Evaluation, Serving};
use model_core::profile::{Distribution, Profile};
use model_core::{FeatureSchema, Header, Payload, Target, Task};

use super::*;

pub(crate) fn author() -> Author {
    Author { by: "ada".into(), host: "mill".into(), reason: None }
}

/// An artifact without features or trees: the registry looks at the envelope alone.
pub(crate) fn model(name: &str) -> (Header, Payload) {
    let schema = FeatureSchema {
        features: vec![],
        target: Target { name: "y".into(), description: None, unit: None, task: Task::Regression },
        cells: CellFormat::default(),
    };
    let none = Distribution::Levels { missing: 0, counts: vec![] };
    let payload = Payload {
        schema: schema.clone(),
        profile: Profile { rows: 0, features: vec![], target: none, examples: vec![] },
        blocks: vec![],
    };
    let header = Header {
        name: name.into(),
        version: 0,
        title: name.into(),
        description: String::new(),
        app: App { title: String::new(), description: String::new(), version: String::new() },
        created: "2026-11-21T08:15:00Z".into(),
        schema,
        config: serde_json::Value::Null,
        data: DataSummary {
            path: String::new(),
            fingerprint: String::new(),
            rows_read: 0,
            rows_dropped: BTreeMap::new(),
            rows_train: 0,
            rows_test: 0,
        },
        evaluation: Evaluation::default(),
        importances: vec![],
        serving: Serving {
            response_field: "prediction".into(),
            label_template: String::new(),
            class_answer: ClassAnswer::Value,
            strict: false,
        },
        parent: None,
        baseline: None,
        libraries: BTreeMap::new(),
        host: String::new(),
    };
    (header, payload)
}

struct Shelf {
    folder: tempfile::TempDir,
    registry: FolderRegistry,
}

impl Shelf {
    fn with_versions(name: &str, versions: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..versions {
            let (mut header, payload) = model(name);
            let rows = TrainedRows::new(vec![1, 2]);
            store_next(folder.path(), &mut header, &payload, Some(&rows)).unwrap();
        }
        let registry = FolderRegistry::new(folder.path());
        Self { folder, registry }
    }

    fn models_file(&self) -> String {
        fs::read_to_string(self.folder.path().join("models.json")).unwrap()
    }

    fn promote(&self, version: u64) -> Result<Change, RegistryError> {
        self.registry.promote("boston", &Alias::champion(), version, &author())
    }
}

#[test]
fn a_promotion_is_seen_in_the_servers_file_and_in_the_trail() {
    let shelf = Shelf::with_versions("boston", 3);
    let file = shelf.folder.path().join("models.json");
    // What an operator wrote stays.
    fs::write(&file, r#"{"models": {"boston": {"policy": {"latest": 2}, "traffic": {}}}}"#).unwrap();
    shelf.promote(2).unwrap();
    let written: serde_json::Value = serde_json::from_str(&shelf.models_file()).unwrap();
    let expected = serde_json::json!({"models": {"boston": {
        "policy": {"latest": 2}, "traffic": {}, "aliases": {"champion": 2}, "default_alias": "champion"
    }}});
    assert_eq!(written, expected);
    let change = shelf.promote(3).unwrap();
    assert_eq!(change, Change::Promoted { alias: "champion".into(), from: Some(2), to: 3 });
    let back = shelf.registry.roll_back("boston", &Alias::champion(), &author()).unwrap();
    assert_eq!(back, Change::RolledBack { alias: "champion".into(), from: Some(3), to: 2 });
    let model = shelf.registry.find("boston").unwrap();
    assert_eq!(model.answering().unwrap().number, 2);
    assert_eq!(shelf.registry.history(Some("boston")).unwrap().len(), 3);
    let said = shelf.registry.roll_back("boston", &Alias::champion(), &author()).unwrap_err().to_string();
    assert!(said.contains("promote one by its number"), "{said}");
}

#[test]
fn what_others_did_to_an_alias_is_noted_and_is_the_way_back() {
    let shelf = Shelf::with_versions("boston", 3);
    shelf.promote(1).unwrap();
    let moved = shelf.models_file().replace(": 1", ": 2");
    fs::write(shelf.folder.path().join("models.json"), moved).unwrap();
    shelf.promote(3).unwrap();
    let changes: Vec<_> =
        shelf.registry.history(None).unwrap().into_iter().map(|event| event.change).collect();
    assert_eq!(changes[1], Change::Found { alias: "champion".into(), from: Some(1), to: Some(2) });
    let back = shelf.registry.roll_back("boston", &Alias::champion(), &author()).unwrap();
    assert_eq!(back, Change::RolledBack { alias: "champion".into(), from: Some(3), to: 2 });
}

#[test]
fn what_is_in_use_is_not_taken_away() {
    let shelf = Shelf::with_versions("boston", 2);
    let check = |done: Result<Change, RegistryError>, expected: &str| {
        let said = done.map_or_else(|error| error.to_string(), |change| format!("{change:?}"));
        assert!(said.contains(expected), "{said}");
    };
    check(shelf.promote(7), "boston has no version 7; it has 1, 2");
    check(shelf.registry.delete("iris", 1, &author()), "no model \"iris\"; there is boston");
    shelf.promote(2).unwrap();
    check(shelf.registry.delete("boston", 2, &author()), "the alias \"champion\" of models.json names it");
    check(
        shelf.registry.remove_alias("boston", &Alias::champion(), &author()),
        "default_alias of models.json needs it",
    );
    let challenger: Alias = "challenger".parse().unwrap();
    check(
        shelf.registry.remove_alias("boston", &challenger, &author()),
        "no alias \"challenger\"; it has champion",
    );
    shelf.registry.set_alias("boston", &challenger, 1, &author()).unwrap();
    check(shelf.registry.delete("boston", 1, &author()), "the alias \"challenger\"");
    shelf.registry.remove_alias("boston", &challenger, &author()).unwrap();
    check(shelf.registry.delete("boston", 1, &author()), "Deleted");
    let left = fs::read_dir(shelf.folder.path()).unwrap().count();
    assert_eq!(left, 5, "artifact, rows, models.json, trail and lock");
}

#[test]
fn the_last_version_takes_its_model_out_of_the_servers_file() {
    let shelf = Shelf::with_versions("boston", 1);
    let file = shelf.folder.path().join("models.json");
    fs::write(&file, r#"{"models": {"boston": {"policy": "all"}}}"#).unwrap();
    shelf.registry.delete("boston", 1, &author()).unwrap();
    assert_eq!(shelf.models_file(), "{\n  \"models\": {}\n}\n");
    assert!(shelf.registry.list().unwrap().models.is_empty());
}

#[test]
fn an_artifact_is_pushed_once_and_pulled_as_it_was() {
    let from = Shelf::with_versions("boston", 2);
    let to = Shelf::with_versions("iris", 1);
    let path = from.registry.find("boston").unwrap().version(2).unwrap().path.clone();
    assert!(to.registry.push(&path, &author()).unwrap().is_some());
    assert_eq!(to.registry.push(&path, &author()).unwrap(), None);
    let pulled = to.folder.path().join("pulled.bin");
    to.registry.pull("boston", 2, &pulled).unwrap();
    assert_eq!(fs::read(&pulled).unwrap(), fs::read(&path).unwrap());
    assert!(TrainedRows::read_beside(&pulled).unwrap().is_some());
    assert!(to.registry.pull("boston", 2, &pulled).is_err(), "a file stands there");
    // The same version with another content.
    let (mut other, payload) = model("boston");
    other.version = 2;
    other.title = "another".into();
    let other_path = to.folder.path().join("other.bin");
    artifact::write(&other_path, &other, &payload).unwrap();
    let said = to.registry.push(&other_path, &author()).unwrap_err().to_string();
    assert!(said.contains("never replaced"), "{said}");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&pulled, bytes).unwrap();
    let said = to.registry.push(&pulled, &author()).unwrap_err().to_string();
    assert!(said.contains("checksum"), "{said}");
}

#[test]
fn writers_side_by_side_lose_nothing() {
    let shelf = Shelf::with_versions("boston", 2);
    let aliases: Vec<Alias> = (0..8).map(|n| format!("a{n}").parse().unwrap()).collect();
    std::thread::scope(|scope| {
        for alias in &aliases {
            scope.spawn(|| {
                for version in [1, 2, 1] {
                    shelf.registry.set_alias("boston", alias, version, &author()).unwrap();
                }
            });
        }
    });
    let model = shelf.registry.find("boston").unwrap();
    assert!(aliases.iter().all(|alias| model.named(alias).unwrap().number == 1));
    assert_eq!(shelf.registry.history(Some("boston")).unwrap().len(), 24);
}

#[test]
fn a_file_that_is_wrong_is_told_and_stays() {
    let shelf = Shelf::with_versions("boston", 1);
    let file = shelf.folder.path().join("models.json");
    for wrong in ["{", "[]", r#"{"models": []}"#, r#"{"models": {"boston": {"aliases": {"champion": "1"}}}}"#]
    {
        fs::write(&file, wrong).unwrap();
        let said = shelf.promote(1).unwrap_err().to_string();
        assert!(said.contains("models.json"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), wrong);
    }
    assert!(shelf.registry.history(None).unwrap().is_empty());
}
