//! JSON for people: what fits on a line stands on a line.

use serde_json::Value;

/// Longest line, where it can be helped.
const WIDTH: usize = 110;

/// The text of a config file.
pub(crate) fn lines(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Writes a value that stands `before` characters behind the indentation; the root stands at no key.
fn write(value: &Value, indent: usize, before: usize, text: &mut String) {
    let inline = one_line(value);
    if indent > 0 && indent + before + inline.len() <= WIDTH {
        text.push_str(&inline);
        return;
    }
    match value {
        Value::Object(object) if !object.is_empty() => {
            let members =
                object.iter().map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value));
            block('{', members, '}', indent, text);
        }
        Value::Array(array) if !array.is_empty() => {
            block('[', array.iter().map(|value| (String::new(), value)), ']', indent, text);
        }
        _ => text.push_str(&inline),
    }
}

fn block<'a>(
    open: char,
    members: impl Iterator<Item = (String, &'a Value)>,
    close: char,
    indent: usize,
    text: &mut String,
) {
    text.push(open);
    let inner = indent + 2;
    for (index, (key, value)) in members.enumerate() {
        let comma = if index > 0 { "," } else { "" };
        text.push_str(&format!("{comma}\n{:inner$}{key}", ""));
        write(value, inner, key.len(), text);
    }
    text.push_str(&format!("\n{:indent$}{close}", ""));
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let members = object
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), one_line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(array) => format!("[{}]", array.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_values_stand_on_one_line() {
        let names: Vec<String> = (0..20).map(|number| format!("column {number}")).collect();
        let value = json!({"name": "n", "data": {"path": "a.csv", "columns": names}, "features": [], "split": {"seed": 1}});
        let text = lines(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        insta::assert_snapshot!(text);
    }
}
