//! What is committed about configs is what the trainer says and takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use trainer::Config;
use trainer::config::typed::{FeatureEntry, Features};

/// Set to anything, the tests write the generated files instead of comparing them.
const UPDATE: &str = "UPDATE_CONFIG_REFERENCE";
const MARK: &str = "<!-- reference -->\n";

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_trainer")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn check_file(path: &Path, expected: &str) {
    if std::env::var_os(UPDATE).is_some() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap();
    assert!(
        found == expected,
        "{} is not what the trainer prints; run the test once with {UPDATE}=1",
        path.display()
    );
}

#[test]
fn the_committed_schema_is_the_one_that_the_trainer_prints() {
    check_file(&configs().join("config.schema.json"), &printed(&["config-schema"]));
}

#[test]
fn the_readme_holds_the_reference_of_all_keys() {
    let path = configs().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let prose = readme.split(MARK).next().unwrap();
    let reference = printed(&["config-schema", "--markdown"]);
    check_file(&path, &format!("{prose}{MARK}\n{}\n", reference.trim_end()));
}

#[test]
fn every_object_of_the_schema_has_a_table_of_its_keys() {
    let readme = fs::read_to_string(configs().join("README.md")).unwrap();
    let key = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    let tables: Vec<BTreeSet<String>> =
        readme.split("\n### ").map(|section| section.lines().filter_map(key).collect()).collect();
    let schema: Value = serde_json::from_str(&printed(&["config-schema"])).unwrap();
    let mut objects = Vec::new();
    collect_keys(&schema, &mut objects);
    assert!(objects.len() >= 15, "{objects:?}");
    for keys in objects {
        assert!(tables.contains(&keys), "no table of {keys:?}");
    }
}

/// The keys of every object in a schema.
fn collect_keys(schema: &Value, found: &mut Vec<BTreeSet<String>>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                found.push(properties.keys().cloned().collect());
            }
            fields.values().for_each(|value| collect_keys(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, found)),
        _ => {}
    }
}

#[test]
fn every_config_is_sound_and_speaks_to_people() {
    let readme = fs::read_to_string(configs().join("README.md")).unwrap();
    for entry in fs::read_dir(configs()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension() != Some("json".as_ref()) || name == "config.schema.json" {
            continue;
        }
        let config = Config::read(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(!config.description.is_empty(), "{name} has no description");
        let features = match &config.typed.features {
            Features::All(_) => Vec::new(),
            Features::AllBut(all) => all.settings.iter().collect(),
            Features::Listed(entries) => entries
                .iter()
                .map(|entry| match entry {
                    FeatureEntry::Settings(feature) => feature,
                    FeatureEntry::Name(column) => panic!("{name} does not describe {column}"),
                })
                .collect(),
        };
        assert!(!features.is_empty(), "{name} does not describe its features");
        for feature in features {
            assert!(feature.description.is_some(), "{name} does not describe {}", feature.name);
        }
        assert!(!config.quality_gates.is_empty(), "{name} has no quality gate");
        assert!(readme.contains(&format!("| `{name}` |")), "README.md does not list {name}");
    }
}
