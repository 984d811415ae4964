//! Every link in a document leads to a file or a heading that is there, and the book has every document.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::workspace;

/// Folders that hold what was built or installed.
const NOT_OURS: [&str; 4] = ["target", "node_modules", ".git", "proptest-regressions"];

/// The documents of the checkout, by their path from its root.
fn documents() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    collect(Path::new(""), &mut found);
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(workspace::path("").join(folder)).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        let path = folder.join(&name);
        if entry.file_type().unwrap().is_dir() {
            let is_ours = !NOT_OURS.contains(&name.as_str()) && !name.starts_with(".venv");
            if is_ours && !path.starts_with("artifacts/reports") {
                collect(&path, found);
            }
        } else if name.ends_with(".md") && !(folder == Path::new("artifacts") && name != "README.md") {
            found.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// The text without code: what stands in it is no link and no heading.
fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Every second piece between backticks is code; a heading keeps its words.
            let is_heading = line.starts_with('#');
            let pieces = line.split('`').enumerate();
            prose.extend(pieces.filter(|(place, _)| is_heading || place % 2 == 0).map(|(_, piece)| piece));
        }
        prose.push('\n');
    }
    prose
}

/// Where the links of a text lead, each with its line, from 1.
fn links(text: &str) -> Vec<(usize, String)> {
    let text = prose(text);
    let mut found = Vec::new();
    for (place, _) in text.match_indices("](") {
        let rest = &text[place + 2..];
        let line = text[..place].matches('\n').count() + 1;
        let target = match rest.strip_prefix('<') {
            Some(rest) => rest.split('>').next(),
            None => rest.split([')', ' ', '\n']).next(),
        };
        found.push((line, target.unwrap_or_default().to_owned()));
    }
    found
}

/// The names by which the headings of a text are linked, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut counted: HashMap<String, usize> = HashMap::new();
    let text = prose(text);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            // A link in a heading counts by its words.
            let words: String = heading.trim_matches('#').trim().split("](").enumerate().fold(
                String::new(),
                |words, (place, piece)| {
                    words
                        + if place == 0 { piece } else { piece.split_once(')').map_or("", |(_, rest)| rest) }
                },
            );
            let name: String = words
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let times = counted.entry(name.clone()).or_default();
            *times += 1;
            if *times == 1 { name } else { format!("{name}-{}", *times - 1) }
        })
        .collect()
}

/// A path without `..`; none when it leads out of the checkout.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => plain.pop().then_some(())?,
            Component::Normal(name) => plain.push(name),
            _ => {}
        }
    }
    Some(plain)
}

/// What is wrong with a link in this document.
fn fault(document: &Path, link: &str, all: &BTreeMap<PathBuf, String>) -> Option<&'static str> {
    if link.starts_with("http://") || link.starts_with("https://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let Some(target) = plain(&document.parent().unwrap().join(path)) else {
        return Some("leads out of the checkout");
    };
    let target = if path.is_empty() { document.to_owned() } else { target };
    if !workspace::path("").join(&target).exists() {
        return Some("there is no such file");
    }
    match (anchor, all.get(&target)) {
        (Some(anchor), Some(text)) if !anchors(text).contains(anchor) => Some("there is no such heading"),
        (Some(_), None) => Some("a heading of what is no document"),
        _ => None,
    }
}

#[test]
fn every_link_leads_somewhere() {
    let all = documents();
    let mut count = 0;
    let mut faults = Vec::new();
    for (document, text) in &all {
        for (line, link) in links(text) {
            count += 1;
            if let Some(why) = fault(document, &link, &all) {
                faults.push(format!("{}:{line}: {link}: {why}", document.display()));
            }
        }
    }
    assert!(count > 100, "{count} links in {} documents", all.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_book_has_every_document() {
    let all = documents();
    let summary = Path::new("docs/SUMMARY.md");
    let chapters: Vec<PathBuf> = links(&all[summary])
        .into_iter()
        .map(|(_, link)| plain(&summary.parent().unwrap().join(link)).unwrap())
        .collect();
    let listed: BTreeSet<&PathBuf> = chapters.iter().collect();
    assert_eq!(listed.len(), chapters.len(), "each once: {chapters:?}");
    let written: BTreeSet<&PathBuf> = all.keys().filter(|path| path.as_path() != summary).collect();
    assert_eq!(listed, written, "docs/SUMMARY.md lists the chapters of the book");
}

#[test]
fn links_and_headings_are_found_as_readers_see_them() {
    let text = "# One `two`, three\n[a](b.md#c) `[no](no)` [d](<e f.md>)\n```\n[no](no)\n# no\n```\n## One two three\n[g]( \n";
    assert_eq!(links(text), [(2, "b.md#c".into()), (2, "e f.md".into()), (8, String::new())]);
    assert_eq!(anchors(text), BTreeSet::from(["one-two-three".to_owned(), "one-two-three-1".to_owned()]));
    assert_eq!(anchors("## The [x](y.md) z\n"), BTreeSet::from(["the-x-z".to_owned()]));
    let all = BTreeMap::from([(PathBuf::from("docs/batch.md"), "# Here\n".to_owned())]);
    let check =
        |link: &str, expected| assert_eq!(fault(Path::new("docs/batch.md"), link, &all), expected, "{link}");
    check("#here", None);
    check("#there", Some("there is no such heading"));
    check("../README.md", None);
    check("../../README.md", Some("leads out of the checkout"));
    check("nothing.md", Some("there is no such file"));
    check("https://example.org/", None);
    check("../Cargo.toml#x", Some("a heading of what is no document"));
}
