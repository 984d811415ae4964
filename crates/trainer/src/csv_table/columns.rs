//! The names of a table's columns, and how they are looked up.

use std::collections::HashMap;
use std::path::Path;

use csv::ByteRecord;
use model_core::schema::column_name;

use super::TableError;

/// Least similarity (Jaro–Winkler, 0 to 1) at which another name is offered for an unknown one.
const SIMILAR: f64 = 0.75;

/// The columns of a table in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Columns {
    /// The names, cleaned by [`column_name`]; a column without one is called by its position.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Position of a column. White space in `name` counts as it does in the header.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).or_else(|| self.positions.get(&column_name(name))).copied()
    }

    /// Position of a column that must be there.
    ///
    /// # Errors
    /// When it is not; the error names the nearest known name.
    pub fn require(&self, path: &Path, name: &str) -> Result<usize, TableError> {
        self.position(name).ok_or_else(|| TableError::UnknownColumn {
            path: path.into(),
            column: name.into(),
            nearest: self.nearest(name),
            known: self.names.clone(),
        })
    }

    /// The known name that is most like `name`, if one is like it at all.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let wanted = name.to_lowercase();
        self.names
            .iter()
            .map(|known| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known.clone())
    }

    pub(super) fn from_header(path: &Path, header: &ByteRecord) -> Result<Self, TableError> {
        let names = header.iter().map(|cell| column_name(&String::from_utf8_lossy(cell))).collect();
        Self::new(path, names)
    }

    pub(super) fn given(path: &Path, names: &[String], width: usize) -> Result<Self, TableError> {
        if names.len() != width {
            return Err(TableError::Width { path: path.into(), given: names.len(), found: width });
        }
        Self::new(path, names.iter().map(|name| column_name(name)).collect())
    }

    pub(super) fn numbered(width: usize) -> Self {
        let names: Vec<String> = (1..=width).map(by_position).collect();
        let positions = names.iter().cloned().zip(0..).collect();
        Self { names, positions }
    }

    fn new(path: &Path, mut names: Vec<String>) -> Result<Self, TableError> {
        let mut positions = HashMap::with_capacity(names.len());
        for (position, name) in names.iter_mut().enumerate() {
            if name.is_empty() {
                *name = by_position(position + 1);
            }
            if let Some(first) = positions.insert(name.clone(), position) {
                return Err(TableError::DuplicateColumn {
                    path: path.into(),
                    column: name.clone(),
                    first: first + 1,
                    second: position + 1,
                });
            }
        }
        Ok(Self { names, positions })
    }
}

fn by_position(number: usize) -> String {
    format!("column {number}")
}
