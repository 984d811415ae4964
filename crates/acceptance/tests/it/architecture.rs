//! ARCHITECTURE.md says what is there.

use std::collections::BTreeSet;
use std::fs;

use crate::workspace;

#[test]
fn its_list_of_crates_is_the_folder_of_crates() {
    let text = fs::read_to_string(workspace::path("ARCHITECTURE.md")).unwrap();
    let listed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `crates/")?.split('`').next())
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect();
    let built: BTreeSet<String> = fs::read_dir(workspace::path("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(listed, built);
}

/// Each test that the invariants, or the tables of hostile inputs, name exists.
#[test]
fn the_tests_that_it_names_exist() {
    let mut sources = String::new();
    collect(&workspace::path("crates"), &mut sources);
    for (document, least) in [("ARCHITECTURE.md", 7), ("docs/security.md", 20), ("docs/hostile.md", 7)] {
        let text = fs::read_to_string(workspace::path(document)).unwrap();
        let named: Vec<&str> =
            text.split("`test:").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
        assert!(named.len() >= least, "{document}: {named:?}");
        for name in named {
            assert!(sources.contains(&format!("fn {name}(")), "{document}: no test is called {name}");
        }
    }
}

fn collect(folder: &std::path::Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            collect(&entry, sources);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(entry).unwrap());
        }
    }
}
