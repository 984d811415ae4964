//! Where in a request a value stands, as errors and warnings spell it.

use std::fmt;

use crate::fault::Fault;

/// A place in a request. It costs nothing until it is written. Where rows stand under a key of the body, the key comes
/// first; it is empty where the body itself holds the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// A field of the one object.
    Field(&'a str),
    /// A field of the one object under the key.
    FieldUnder(&'static str, &'a str),
    /// A field of an object in the list.
    FieldOf(&'static str, usize, &'a str),
    /// An element of the list: a row, or the value of a lone row.
    Item(&'static str, usize),
    /// A value of a row in the list.
    ItemOf(&'static str, usize, usize),
    /// A value of the list that a field holds: the column of that name, and the row.
    ColumnItem(&'static str, &'a str, usize),
    /// An element of a feature's tensor.
    Element(&'a str, usize),
    /// An element of a matrix: its tensor, row and column.
    ElementOf(&'a str, usize, usize),
    /// A cell of a CSV file: line and column from 1, and the feature.
    Cell { line: u64, column: u64, name: &'a str },
}

impl Place<'_> {
    /// Adds the place's numbers to an error, where it has any of its own.
    pub(crate) fn locate(&self, fault: Fault) -> Fault {
        match self {
            Self::Cell { line, column, name } => fault.in_cell(*line, *column, Some(name)),
            Self::Field(_)
            | Self::FieldUnder(..)
            | Self::FieldOf(..)
            | Self::Item(..)
            | Self::ItemOf(..)
            | Self::ColumnItem(..)
            | Self::Element(..)
            | Self::ElementOf(..) => fault,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "{}", Name(name)),
            Self::FieldUnder(under, name) => write!(f, "{under}.{}", Name(name)),
            Self::FieldOf(under, row, name) => write!(f, "{under}[{row}].{}", Name(name)),
            Self::Item(under, index) => write!(f, "{under}[{index}]"),
            Self::ItemOf(under, row, index) => write!(f, "{under}[{row}][{index}]"),
            Self::ColumnItem(under, name, row) => write!(f, "{under}.{}[{row}]", Name(name)),
            Self::Element(name, row) => write!(f, "{}[{row}]", Name(name)),
            Self::ElementOf(name, row, index) => write!(f, "{}[{row}][{index}]", Name(name)),
            Self::Cell { line, column, .. } => write!(f, "line {line}, column {column}"),
        }
    }
}

/// A field name as sent, cut when it is longer than any sensible one.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LIMIT: usize = 80;
        match self.0.char_indices().nth(LIMIT) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_as_paths() {
        let check = |place: Place<'_>, expected: &str| assert_eq!(place.to_string(), expected);
        check(Place::Field("Birth_Rate"), "Birth_Rate");
        check(Place::FieldUnder("inputs", "Birth_Rate"), "inputs.Birth_Rate");
        check(Place::FieldOf("", 0, "CHAS"), "[0].CHAS");
        check(Place::FieldOf("instances", 0, "CHAS"), "instances[0].CHAS");
        check(Place::Item("", 3), "[3]");
        check(Place::ItemOf("", 3, 12), "[3][12]");
        check(Place::Item("data", 3), "data[3]");
        check(Place::ItemOf("data", 3, 12), "data[3][12]");
        check(Place::ColumnItem("inputs", "CHAS", 3), "inputs.CHAS[3]");
        check(Place::Element("RM", 3), "RM[3]");
        check(Place::ElementOf("matrix", 3, 12), "matrix[3][12]");
        check(Place::Cell { line: 4, column: 2, name: "ZN" }, "line 4, column 2");
        check(Place::Field(&"x".repeat(100)), &format!("{}…", "x".repeat(80)));
    }
}
