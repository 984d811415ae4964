//! `--set key=value`: values given on the command line in place of those in the file.

use serde_json::{Map, Value, json};

use super::path::{Path, Step};

/// Most elements that an index may reach, so that a typing error allocates nothing.
const LONGEST_LIST: usize = 100_000;

/// One override, as given and as understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Override {
    /// The argument, for example `data.path=other.csv`.
    pub(super) argument: String,
    /// The key.
    pub(super) path: Path,
    /// The value: JSON where the argument parses as JSON, else text.
    pub(super) value: Value,
}

impl Override {
    /// Understands `key=value`.
    pub(super) fn parse(argument: &str) -> Result<Self, String> {
        let Some((key, text)) = argument.split_once('=') else {
            return Err("expected key=value, for example --set data.path=other.csv".into());
        };
        let path = parse_path(key.trim())?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        Ok(Self { argument: argument.into(), path, value })
    }

    /// Puts the value into the tree, making the objects on the way that are not there.
    pub(super) fn apply(&self, root: &mut Value) -> Result<(), String> {
        let mut place = root;
        let mut passed = Path::default();
        for step in self.path.steps() {
            place = match step {
                Step::Key(key) => {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    } else if let (Value::String(column), [Step::Key(target)]) = (&*place, passed.steps())
                        && target == "target"
                    {
                        // Its short form.
                        *place = json!({"column": column});
                    }
                    let Value::Object(object) = place else { return Err(not_a(place, &passed, "an object")) };
                    object.entry(key).or_insert(Value::Null)
                }
                Step::Index(index) => {
                    let Value::Array(array) = place else { return Err(not_a(place, &passed, "a list")) };
                    if *index == array.len() && array.len() < LONGEST_LIST {
                        array.push(Value::Null);
                    }
                    let length = array.len();
                    let Some(element) = array.get_mut(*index) else {
                        return Err(format!("{passed} has length {length}: the next index is {length}"));
                    };
                    element
                }
            };
            passed = passed.then(step.clone());
        }
        *place = self.value.clone();
        Ok(())
    }
}

fn not_a(found: &Value, path: &Path, expected: &str) -> String {
    let whole = if path.steps().is_empty() { "the config".into() } else { path.to_string() };
    format!("{whole} is {}, not {expected}; set it as a whole", super::schema_check::in_words(found))
}

/// Understands `data.filters[0].column`, `features.0.kind` and `target.labels["a.b"]`.
fn parse_path(key: &str) -> Result<Path, String> {
    let unclear = || format!("{key:?} is no key; write it like data.path or features[0].kind");
    let mut path = Path::default();
    let mut rest = key;
    loop {
        if let Some(inner) = rest.strip_prefix('[') {
            let quoted = inner.starts_with('"');
            let end = inner.find(if quoted { "\"]" } else { "]" }).ok_or_else(unclear)?;
            if quoted {
                let text = serde_json::from_str::<String>(&inner[..=end]).map_err(|_| unclear())?;
                path = path.then(Step::Key(text));
                rest = &inner[end + 2..];
            } else {
                path = path.then(inner[..end].parse::<usize>().map_err(|_| unclear())?);
                rest = &inner[end + 1..];
            }
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let step = &rest[..end];
            path = match step.parse::<usize>() {
                _ if step.is_empty() => return Err(unclear()),
                // Names of columns and classes may be numbers: an index is one only below a list.
                Ok(index) if is_list(&path) => path.then(index),
                _ => path.then(step),
            };
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(path),
            None if rest.starts_with('[') => {}
            None => return Err(unclear()),
        }
    }
}

/// Whether the schema has a list at this place.
fn is_list(path: &Path) -> bool {
    super::schema_check::takes_list(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_or_adds_a_value() {
        let check = |argument: &str, expected: Value| {
            let mut tree = json!({"data": {"path": "a.csv"}, "features": ["x", {"name": "y"}], "b": null});
            let parsed = Override::parse(argument).unwrap();
            parsed.apply(&mut tree).unwrap();
            let found = parsed.path.steps().iter().fold(&tree, |value, step| match step {
                Step::Key(key) => &value[key],
                Step::Index(index) => &value[index],
            });
            assert_eq!(found, &expected, "{argument}");
        };
        check("data.path=b.csv", json!("b.csv"));
        check("data.path=a=b.csv", json!("a=b.csv"));
        check("model.n_estimators=10", json!(10));
        check("features[1].unit=cm", json!("cm"));
        check("features.1.unit=\"7\"", json!("7"));
        check("features[2]=z", json!("z"));
        check("features=[\"a\"]", json!(["a"]));
        check("b.c.d=true", json!(true));
        check("target.labels.0=no", json!("no"));
        check("target.labels[\"a.b\"]=no", json!("no"));
        check("data.path=", json!(""));
        check("target=z", json!("z"));
    }

    #[test]
    fn a_key_of_a_target_in_its_short_form_is_set_beside_the_column() {
        let mut tree = json!({"target": "y"});
        Override::parse("target.task=classification").unwrap().apply(&mut tree).unwrap();
        assert_eq!(tree, json!({"target": {"column": "y", "task": "classification"}}));
    }

    #[test]
    fn an_override_that_has_no_place_is_refused() {
        let check = |argument: &str, expected: &str| {
            let mut tree = json!({"data": {"path": "a.csv"}, "features": ["x"]});
            let error = Override::parse(argument).and_then(|parsed| parsed.apply(&mut tree)).unwrap_err();
            assert_eq!(error, expected, "{argument}");
        };
        check("data.path", "expected key=value, for example --set data.path=other.csv");
        check("=1", "\"\" is no key; write it like data.path or features[0].kind");
        check("data..path=1", "\"data..path\" is no key; write it like data.path or features[0].kind");
        check("features[1=1", "\"features[1\" is no key; write it like data.path or features[0].kind");
        check("features[0]x=1", "\"features[0]x\" is no key; write it like data.path or features[0].kind");
        check("data.path.x=1", "data.path is \"a.csv\", not an object; set it as a whole");
        check("features[3]=1", "features has length 1: the next index is 1");
    }
}
