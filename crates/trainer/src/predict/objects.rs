//! One block of an NDJSON file, taken apart into lines and the fields of their objects.

use std::fmt;

use memchr::memchr_iter;
use model_core::{Encoder, RawValue};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::csv_table::{Place, Problem};

/// Most characters of what the parser says.
const FOUND_CHARS: usize = 160;

/// Consecutive lines, an object on each; blank ones are passed over.
#[derive(Debug, Default)]
pub(super) struct Objects {
    raw: Vec<u8>,
    /// Offset of the block in the content of the file.
    base: u64,
    /// Number of objects before these.
    before: u64,
    lines: Vec<Line>,
}

/// A line that is not blank, or a text that came by itself.
#[derive(Debug)]
struct Line {
    /// Where it starts in the block.
    start: usize,
    /// Number of lines before it in the block, blank ones too.
    above: u64,
    fields: Result<Fields, String>,
}

/// The fields of an object, in its order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fields(Vec<(String, Value)>);

impl Objects {
    pub(super) fn take_block(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.raw)
    }

    pub(super) fn put_block(&mut self, block: Vec<u8>, base: u64) {
        self.raw = block;
        self.base = base;
    }

    pub(super) fn number_from(&mut self, before: u64) {
        self.before = before;
    }

    /// Number of lines that are not blank.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn parse(&mut self) {
        self.lines.clear();
        let ends = memchr_iter(b'\n', &self.raw).chain(std::iter::once(self.raw.len()));
        let mut start = 0;
        for (above, end) in ends.enumerate() {
            let line = &self.raw[start..end];
            if !line.trim_ascii().is_empty() {
                self.lines.push(Line { start, above: above as u64, fields: fields(line) });
            }
            start = end + 1;
        }
    }

    /// Texts that came one by one, an object in each, whatever its lines.
    pub(super) fn of_texts<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let lines = texts.enumerate().map(|(above, text)| Line {
            start: 0,
            above: above as u64,
            fields: fields(text),
        });
        Self { lines: lines.collect(), ..Self::default() }
    }

    /// Number of lines before one in the block, blank ones too.
    pub(super) fn above(&self, index: usize) -> u64 {
        self.lines[index].above
    }

    /// The fields of a line that holds an object.
    pub(super) fn fields(&self, index: usize) -> Option<&Fields> {
        self.lines[index].fields.as_ref().ok()
    }

    pub(super) fn place(&self, index: usize) -> Place {
        Place { record: self.before + index as u64 + 1, byte: self.base + self.lines[index].start as u64 }
    }

    /// Encodes one object into `row`, or says all that is wrong with it. `taken` are the names of what the output adds,
    /// `known` those of all columns that it has, if it has columns.
    pub(super) fn encode(
        &self,
        index: usize,
        encoder: &Encoder,
        taken: &[String],
        known: Option<&[String]>,
        row: &mut [f32],
    ) -> Result<(), Vec<Problem>> {
        let place = self.place(index);
        let problem = |column: Option<&str>, expected: &str, found: &str| Problem {
            place,
            column: column.map(str::to_owned),
            expected: expected.into(),
            found: found.into(),
        };
        let fields = match &self.lines[index].fields {
            Ok(fields) => fields,
            Err(found) => return Err(vec![problem(None, "an object", found)]),
        };
        let mut problems = Vec::new();
        let mut given: Vec<Option<&Value>> = vec![None; encoder.width()];
        for (name, value) in &fields.0 {
            if taken.contains(name) {
                let expected = "no field of the name that the prediction gets (--column gives it another)";
                problems.push(problem(Some(name), expected, "one"));
            }
            if known.is_some_and(|known| !known.contains(name)) {
                let expected = "the fields of the first object, as the columns of a CSV file need them";
                problems.push(problem(Some(name), expected, "another field"));
            }
            if let Some(feature) = encoder.position(name)
                && given[feature].replace(value).is_some()
            {
                problems.push(problem(Some(name), "one value", "two"));
            }
        }
        for (feature, value) in given.into_iter().enumerate() {
            match encoder.value(feature, value.map_or(RawValue::Missing, RawValue::from)) {
                Ok(value) => row[feature] = value,
                Err(error) => {
                    let name = &encoder.schema().features[feature].name;
                    problems.push(problem(Some(name), &error.expected, &error.got));
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn fields(text: &[u8]) -> Result<Fields, String> {
    serde_json::from_slice(text).map_err(|error| error.to_string().chars().take(FOUND_CHARS).collect())
}

impl Fields {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::with_capacity(map.size_hint().unwrap_or_default());
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}
