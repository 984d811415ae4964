//! What is committed about configs is what the trainer says and takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
