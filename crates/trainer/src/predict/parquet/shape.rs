//! The columns of a Parquet output: those of the input, and those that are added.

use std::borrow::Cow;

use model_core::Encoder;
use model_core::schema::column_name;
use parquet::basic::Repetition;
use parquet::errors::Result;
use parquet::schema::types::TypePtr;
use serde_json::Value;

use super::super::piece::Piece;
use super::super::source::Source;
use super::out::{Made, OutTable, ParquetWriter};

/// The columns of a Parquet output.
pub(in crate::predict) struct Shape {
    fields: Vec<TypePtr>,
    /// Those that are made of the texts of the input, each with its feature, if it has one.
    made: Vec<(String, Made, Option<usize>)>,
}

impl Shape {
    pub(in crate::predict) fn new(
        source: &Source,
        encoder: &Encoder,
        added: &[(String, Made)],
    ) -> Result<Self> {
        let feature = |name: &str| encoder.position(name).or_else(|| encoder.position(&column_name(name)));
        let made = |name: String, feature: Option<usize>| {
            let kind =
                feature.map_or(Made::Text, |feature| Made::of_feature(&encoder.schema().features[feature]));
            (name, kind, feature)
        };
        let made: Vec<_> = match source {
            Source::Parquet(_) => Vec::new(),
            Source::Csv { table, columns } if !table.has_header() => (0..table.columns().len())
                .map(|position| match columns.feature_at(position) {
                    Some(feature) => made(encoder.schema().features[feature].name.clone(), Some(feature)),
                    None => made(format!("column_{}", position + 1), None),
                })
                .collect(),
            Source::Csv { .. } | Source::Ndjson { .. } => {
                let names = source.names().unwrap_or_default();
                names.iter().map(|name| made(name.clone(), feature(name))).collect()
            }
        };
        let mut fields = match source {
            Source::Parquet(table) => table.fields().to_vec(),
            _ => Vec::new(),
        };
        for (name, kind, _) in &made {
            fields.push(kind.field(name, Repetition::OPTIONAL)?);
        }
        for (name, kind) in added {
            fields.push(kind.field(name, Repetition::REQUIRED)?);
        }
        Ok(Self { fields, made })
    }

    /// A file of this shape.
    pub(in crate::predict) fn writer(&self) -> Result<ParquetWriter> {
        ParquetWriter::new(self.fields.clone())
    }

    /// The columns of the input for some of its rows.
    pub(in crate::predict) fn given(&self, piece: &Piece, rows: &[usize], encoder: &Encoder) -> OutTable {
        if let Piece::Parquet(piece) = piece {
            return OutTable::given(piece, rows);
        }
        let mut table = OutTable::of_rows(rows.len());
        for (position, (name, kind, feature)) in self.made.iter().enumerate() {
            let texts = rows.iter().map(|&row| text(piece, row, position, name));
            table.push(kind.column(texts, encoder, *feature));
        }
        table
    }
}

/// A cell as text; none where there is no value.
fn text<'a>(piece: &'a Piece, row: usize, position: usize, name: &str) -> Option<Cow<'a, str>> {
    match piece {
        Piece::Csv(part) => {
            let record = part.record(row);
            (position < record.len()).then(|| record.text(position).into_owned().into())
        }
        Piece::Ndjson(objects) => match objects.fields(row)?.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.as_str().into()),
            value => Some(value.to_string().into()),
        },
        Piece::Parquet(_) => None,
    }
}
