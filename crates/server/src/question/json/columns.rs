//! Rows that come column by column: an object with a list of values for each feature, or one value for a lone row.

use model_core::{RawValue, Rows};
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::meets::{Meets, Met};
use super::row::{Key, TopKey};
use super::{Field, Place, Reader, Shape};
use crate::fault::Fault;

/// Reads the object.
pub(super) fn read<'de, A: MapAccess<'de>>(reader: &mut Reader<'_>, mut object: A) -> Result<(), A::Error> {
    reader.given.fill(false);
    let mut table = Table { height: None, values: Vec::new() };
    while let Some(key) = object.next_key_seed(Key { reader, row: None })? {
        match key {
            TopKey::Field(Field::Identifier(position) | Field::Column(position)) => {
                object.next_value_seed(Met(Column { reader, table: &mut table, position }))?;
            }
            TopKey::Field(Field::Unknown) | TopKey::Data(_) | TopKey::Options => {
                object.next_value::<IgnoredAny>()?;
            }
        }
    }
    let blank = reader.row_without_columns(reader.under);
    let Table { height, mut values } = table;
    let height = height.unwrap_or(0);
    if height == 0 {
        reader.no_rows(reader.under);
    }
    for (position, &value) in blank.iter().enumerate().filter(|(position, _)| !reader.given[*position]) {
        for row in values.chunks_exact_mut(blank.len()) {
            row[position] = value;
        }
    }
    reader.shape = Some(Shape::Matrix);
    reader.collector.take(Rows::from_values(blank.len(), values));
    // Those that there was no room for.
    for _ in reader.collector.count()..height {
        reader.collector.skip_row();
    }
    Ok(())
}

/// The rows so far, row after row; the first column makes them, the others fill in their places.
struct Table {
    /// Number of rows, those without a place included; unknown before the end of the first column.
    height: Option<usize>,
    values: Vec<f32>,
}

/// A column of values.
struct Column<'r, 'm, 't> {
    reader: &'r mut Reader<'m>,
    table: &'t mut Table,
    position: usize,
}

impl Column<'_, '_, '_> {
    fn value(&mut self, row: usize, raw: RawValue<'_>) {
        let Self { reader, table, position } = self;
        let width = reader.collector.width();
        if table.height.is_none() && row < reader.collector.maximum_rows() {
            table.values.resize((row + 1) * width, f32::NAN);
        }
        let Some(place) = table.values.get_mut(row * width + *position) else { return };
        let name = &reader.collector.encoder().schema().features[*position].identifier;
        let at = Place::ColumnItem(reader.under, name, row);
        *place = reader.collector.value_of(row, *position, raw, &at);
    }

    fn end(self, rows: usize) {
        let Self { reader, table, position } = self;
        let height = *table.height.get_or_insert(rows);
        if rows != height {
            let name = &reader.collector.encoder().schema().features[position].identifier;
            let place = Place::FieldUnder(reader.under, name);
            reader.fault(|| {
                let expected = format!("{height} values, as in the first column");
                Fault::new(place.to_string(), "another number of values", expected, rows.to_string())
            });
        }
    }
}

impl<'de> Meets<'de> for Column<'_, '_, '_> {
    fn scalar(mut self, raw: RawValue<'_>) {
        self.value(0, raw);
        self.end(1);
    }

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut row = 0;
        while list.next_element_seed(Met(Cell { column: &mut self, row }))?.is_some() {
            row += 1;
        }
        self.end(row);
        Ok(())
    }
}

/// A value of a column.
struct Cell<'c, 'r, 'm, 't> {
    column: &'c mut Column<'r, 'm, 't>,
    row: usize,
}

impl<'de> Meets<'de> for Cell<'_, '_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.column.value(self.row, raw);
    }
}
