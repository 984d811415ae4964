//! A table with its header apart: `columns`, a list of names, and `data`, a list of rows in their order, as pandas writes a
//! frame. The columns find their features once; then every row goes straight into its place.

use model_core::RawValue;
use model_core::encoding::shortened;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::meets::{Meets, Met, as_word, skip_list};
use super::{Place, Reader, Shape, known};
use crate::fault::Fault;

/// How errors spell the places of a table; the only key of this form is `dataframe_split`.
const COLUMNS: &str = "dataframe_split.columns";
const DATA: &str = "dataframe_split.data";

/// The columns of a table.
pub(super) struct Header {
    /// The feature of each column; none for one to pass over.
    positions: Vec<Option<usize>>,
    /// A row before its cells are read: the values of the features that have no column.
    blank: Vec<f32>,
}

/// Reads the object. Rows that come before the columns are passed over; the body is then read once more.
pub(super) fn read<'de, A: MapAccess<'de>>(reader: &mut Reader<'_>, mut object: A) -> Result<(), A::Error> {
    let foreseen = reader.header.is_some();
    let (mut has_columns, mut has_data) = (false, false);
    while let Some(key) = object.next_key::<String>()? {
        let again = match key.as_str() {
            "columns" => std::mem::replace(&mut has_columns, true),
            "data" => std::mem::replace(&mut has_data, true),
            // The labels of the rows, and whatever else pandas may add.
            _ => {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
        };
        if again {
            reader.fault(|| {
                let loc = if key == "data" { DATA } else { COLUMNS };
                Fault::new(loc, "given twice", format!("`{key}` once"), "a second one")
            });
            object.next_value::<IgnoredAny>()?;
        } else if key == "columns" && !foreseen {
            object.next_value_seed(Met(Names(reader)))?;
        } else if key == "data" && reader.header.is_some() {
            reader.under = DATA;
            object.next_value_seed(Met(Data(reader)))?;
        } else {
            reader.header_came_late |= key == "data" && !has_columns;
            object.next_value::<IgnoredAny>()?;
        }
    }
    if !has_columns {
        reader.fault(|| Fault::new(COLUMNS, "a value is required", "a list of column names", "none"));
    }
    if !has_data {
        reader.fault(|| Fault::new(DATA, "a value is required", "a list of rows", "none"));
    }
    reader.shape = Some(Shape::Matrix);
    Ok(())
}

/// What stands under `columns`.
struct Names<'r, 'm>(&'r mut Reader<'m>);

impl<'de> Meets<'de> for Names<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.0.fault(|| {
            Fault::new(COLUMNS, "not of the right shape", "a list of column names", as_word(raw).shown())
        });
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(reader) = self;
        reader.given.fill(false);
        let mut positions = Vec::new();
        loop {
            let name = Name { reader, positions: &mut positions };
            if list.next_element_seed(Met(name))?.is_none() {
                break;
            }
        }
        let blank = reader.row_without_columns(COLUMNS);
        reader.header = Some(Header { positions, blank });
        Ok(())
    }
}

/// The name of a column. One that is no text names no feature.
struct Name<'r, 'm, 'p> {
    reader: &'r mut Reader<'m>,
    positions: &'p mut Vec<Option<usize>>,
}

impl<'de> Meets<'de> for Name<'_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let Self { reader, positions } = self;
        let place = Place::Item(COLUMNS, positions.len());
        let schema = reader.collector.encoder().schema();
        let position = match raw {
            RawValue::Text(name) => reader.collector.encoder().position(name),
            _ => None,
        };
        positions.push(position);
        let twice = position.filter(|&position| std::mem::replace(&mut reader.given[position], true));
        if let Some(position) = twice {
            reader.fault(|| {
                let expected = format!("{} once", schema.features[position].name);
                Fault::new(place.to_string(), "given twice", expected, raw.shown())
            });
        } else if position.is_none() && !reader.passes_over_extra() {
            reader.fault(|| match raw {
                RawValue::Text(name) => {
                    let expected = known::nearest(schema, name);
                    Fault::new(place.to_string(), "unknown column", expected, shortened(name))
                }
                other => {
                    let got = as_word(other).shown();
                    Fault::new(place.to_string(), "not of the right type", "the name of a column", got)
                }
            });
        }
    }
}

/// What stands under `data`.
struct Data<'r, 'm>(&'r mut Reader<'m>);

impl<'de> Meets<'de> for Data<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let got = as_word(raw).shown();
        self.0.fault(|| Fault::new(DATA, "not of the right shape", "a list of rows", got));
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(reader) = self;
        let Some(header) = reader.header.take() else { return skip_list(list) };
        let mut index = 0;
        while list.next_element_seed(Met(Row { reader, header: &header, index }))?.is_some() {
            index += 1;
        }
        if index == 0 {
            reader.no_rows(DATA);
        }
        reader.header = Some(header);
        Ok(())
    }
}

/// A row.
struct Row<'r, 'm> {
    reader: &'r mut Reader<'m>,
    header: &'r Header,
    index: usize,
}

impl<'de> Meets<'de> for Row<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let Self { reader, index, .. } = self;
        reader.fault(|| {
            let place = Place::Item(DATA, index).to_string();
            Fault::new(place, "not of the right shape", "a list of values", as_word(raw).shown())
        });
        reader.collector.skip_row();
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { reader, header, index } = self;
        let start = reader.start_positional();
        reader.row.extend_from_slice(&header.blank);
        let mut column = 0;
        while list.next_element_seed(Met(Cell { reader, header, row: index, column }))?.is_some() {
            column += 1;
        }
        let width = header.positions.len();
        if column == width {
            reader.end_row();
        } else {
            reader.collector.faults.rewind(start);
            reader.fault(|| {
                let place = Place::Item(DATA, index).to_string();
                let expected = format!("{width} values, one for each column");
                Fault::new(place, "another number of values", expected, column.to_string())
            });
            reader.collector.skip_row();
        }
        Ok(())
    }
}

/// A value of a row.
struct Cell<'r, 'm> {
    reader: &'r mut Reader<'m>,
    header: &'r Header,
    row: usize,
    column: usize,
}

impl<'de> Meets<'de> for Cell<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let Self { reader, header, row, column } = self;
        if let Some(Some(position)) = header.positions.get(column).copied() {
            let name = &reader.collector.encoder().schema().features[position].identifier;
            let place = Place::FieldOf(DATA, row, name);
            reader.row[position] = reader.collector.value(position, raw, &place);
        }
    }
}
