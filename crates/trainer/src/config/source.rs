//! The text of a config file as a JSON tree that knows where each value stands.

use std::collections::BTreeMap;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use serde_json::Value;

use super::check::Problem;
use super::path::Path;

/// A line and a column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// A config file, read but not understood.
#[derive(Debug)]
pub(super) struct Source {
    /// The tree.
    pub(super) value: Value,
    /// Keys that stand twice in one object.
    pub(super) duplicates: Vec<Problem>,
    /// Where each value stands, or the key of the value where it has one.
    places: BTreeMap<Path, Position>,
}

/// Why a text is not JSON, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) position: Position,
    pub(super) reason: String,
}

impl Source {
    /// Reads JSON, as strictly as `serde_json` does.
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let value = serde_json::from_str(text).map_err(|error| syntax_error(text, &error))?;
        let mut source = Self { value, duplicates: Vec::new(), places: BTreeMap::new() };
        // The text is JSON, so a second parser can only fail on a limit of its own; then problems have no position.
        let tree = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default());
        if let Ok(Some(root)) = tree.map(|tree| tree.value) {
            let lines = Lines::of(text);
            source.places.insert(Path::default(), lines.position(root.start()));
            source.walk(&lines, &Path::default(), &root);
        }
        Ok(source)
    }

    /// Where the value at `path` stands; where the closest value around it stands when there is none.
    pub(super) fn position(&self, path: &Path) -> Option<Position> {
        let mut path = path.clone();
        loop {
            if let Some(position) = self.places.get(&path) {
                return Some(*position);
            }
            path = path.parent()?;
        }
    }

    fn walk(&mut self, lines: &Lines<'_>, path: &Path, value: &ast::Value<'_>) {
        match value {
            ast::Value::Object(object) => {
                for property in &object.properties {
                    let path = path.then(property.name.as_str());
                    let position = lines.position(property.name.start());
                    if let Some(first) = self.places.get(&path) {
                        let message = format!("the key stands twice, first in line {}", first.line);
                        self.duplicates.push(Problem { path: path.clone(), message });
                        // The second value is another one: its keys do not repeat those of the first.
                        self.places.retain(|other, _| !other.steps().starts_with(path.steps()));
                    }
                    self.places.insert(path.clone(), position);
                    self.walk(lines, &path, &property.value);
                }
            }
            ast::Value::Array(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    let path = path.then(index);
                    self.places.insert(path.clone(), lines.position(element.start()));
                    self.walk(lines, &path, element);
                }
            }
            _ => {}
        }
    }
}

/// The lines of a text, to turn byte offsets into positions.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts[line - 1];
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }
}

fn syntax_error(text: &str, error: &serde_json::Error) -> SyntaxError {
    // serde_json counts the bytes up to and with the one it stopped at, 0 when the line has not begun.
    let line_text = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let mut bytes = error.column().saturating_sub(1).min(line_text.len());
    while !line_text.is_char_boundary(bytes) {
        bytes -= 1;
    }
    let position = Position { line: error.line().max(1), column: line_text[..bytes].chars().count() + 1 };
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    let reason = match (reason, line_text[bytes..].chars().next()) {
        ("trailing comma", _) => "trailing comma: remove the comma after the last value".to_owned(),
        (_, Some('/' | '#')) => format!("{reason}: JSON has no comments; say it in a description"),
        (_, Some('\'')) => format!("{reason}: JSON puts keys and texts in double quotes"),
        ("EOF while parsing an object" | "EOF while parsing a value" | "EOF while parsing a list", _)
            if text.trim().is_empty() =>
        {
            "the file is empty".to_owned()
        }
        (reason, _) => reason.replace("EOF", "the file ends"),
    };
    SyntaxError { position, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(line: usize, column: usize) -> Position {
        Position { line, column }
    }

    #[test]
    fn values_are_found_where_they_stand() {
        let source =
            Source::parse("{\n  \"ä\": 1, \"data\": {\"filters\": [\n 7, {\"in\": []}]}\n}").unwrap();
        let check = |path: &Path, line, column| {
            assert_eq!(source.position(path), Some(position(line, column)), "{path}");
        };
        let root = Path::default();
        let filters = root.then("data").then("filters");
        check(&root, 1, 1);
        check(&root.then("ä"), 2, 3);
        check(&root.then("data"), 2, 11);
        check(&filters, 2, 20);
        check(&filters.then(0), 3, 2);
        check(&filters.then(1).then("in"), 3, 6);
        // What is not there is found at what is around it.
        check(&filters.then(1).then("column"), 3, 5);
    }

    #[test]
    fn a_key_that_stands_twice_is_found() {
        let source = Source::parse("{\"a\": 1,\n \"b\": {\"a\": 2}, \"a\": 3}").unwrap();
        let expected =
            Problem { path: Path::from_iter(["a"]), message: "the key stands twice, first in line 1".into() };
        assert_eq!(source.duplicates, [expected]);
        assert_eq!(source.position(&Path::from_iter(["a"])), Some(position(2, 17)));
    }

    #[test]
    fn a_text_that_is_no_json_is_refused_with_place_and_reason() {
        let check = |text: &str, line, column, reason: &str| {
            let error = Source::parse(text).unwrap_err();
            assert_eq!((error.position, error.reason.as_str()), (position(line, column), reason), "{text:?}");
        };
        check("", 1, 1, "the file is empty");
        check("{\n  \"a\": 1,\n}", 3, 1, "trailing comma: remove the comma after the last value");
        check("{\"a\": [1,]}", 1, 10, "trailing comma: remove the comma after the last value");
        check("{\"ä\" 1}", 1, 6, "expected `:`");
        check("// hi\n{}", 1, 1, "expected value: JSON has no comments; say it in a description");
        check("{'a': 1}", 1, 2, "key must be a string: JSON puts keys and texts in double quotes");
        check("{\"a\": 1e999}", 1, 11, "number out of range");
        check("{\"a\": ", 1, 6, "the file ends while parsing a value");
        check(&"[".repeat(100_000), 1, 128, "recursion limit exceeded");
        check("{} {}", 1, 4, "trailing characters");
    }
}
