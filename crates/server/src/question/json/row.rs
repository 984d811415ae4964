//! The rows of a body, by name or by position, and the values in them.

use std::fmt;

use model_core::RawValue;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::meets::{Meets, Met, as_word, skip_list, skip_object};
use super::{Expect, Field, Place, Reader, Shape};
use crate::question::OPTIONS;

/// The key under which rows by position may stand.
pub(super) const DATA: &str = "data";

/// An element of the outermost list, or of the one under `data`. The first one tells the shape of the others.
pub(super) struct Item<'r, 'm> {
    pub(super) reader: &'r mut Reader<'m>,
    pub(super) index: usize,
}

impl<'de> Meets<'de> for Item<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let Self { reader, index } = self;
        if reader.is_shape(Shape::Row) {
            reader.positional_value(index, raw, &Place::Item(reader.under, index));
        } else {
            reader.stray_item(index, as_word(raw));
        }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { reader, index } = self;
        let in_data = reader.shape == Some(Shape::Data);
        if !in_data && !reader.is_shape(Shape::Matrix) {
            if reader.shape == Some(Shape::Row) {
                let place = Place::Item(reader.under, index);
                reader.positional_value(index, RawValue::Other("an array"), &place);
            } else {
                reader.stray_item(index, RawValue::Other("an array"));
            }
            return skip_list(list);
        }
        let row = reader.collector.count();
        let start = reader.start_positional();
        let mut position = 0;
        loop {
            let place = Place::ItemOf(reader.under, row, position);
            if list.next_element_seed(Met(Cell { reader, position, place }))?.is_none() {
                break;
            }
            position += 1;
        }
        let place = Place::Item(reader.under, row);
        reader.end_positional(position, Some(place), start);
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { reader, index } = self;
        if !reader.is_shape(Shape::Objects) {
            reader.stray_item(index, RawValue::Other("an object"));
            return skip_object(object);
        }
        let row = Some(index);
        reader.start_named();
        while let Some(key) = object.next_key_seed(Key { reader, row })? {
            match key {
                TopKey::Field(field) => object.next_value_seed(Met(Value { reader, field, row }))?,
                // Only the outermost object gives these keys a meaning of their own.
                TopKey::Data(_) | TopKey::Options => object.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        reader.end_named(row);
        Ok(())
    }
}

/// A value of a row by position.
struct Cell<'r, 'm> {
    reader: &'r mut Reader<'m>,
    position: usize,
    place: Place<'static>,
}

impl<'de> Meets<'de> for Cell<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.reader.positional_value(self.position, raw, &self.place);
    }
}

/// A key of an object.
pub(super) struct Key<'r, 'm> {
    pub(super) reader: &'r mut Reader<'m>,
    pub(super) row: Option<usize>,
}

/// What a key of the outermost object may be.
pub(super) enum TopKey {
    Field(Field),
    /// The key `data`: rows when a list follows, else perhaps a feature of that name.
    Data(Option<Field>),
    /// The key `options`, where the model has no feature of that name.
    Options,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = TopKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<TopKey, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = TopKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<TopKey, E> {
        let is_top = self.row.is_none() && self.reader.expect == Expect::Any;
        let is_data = is_top && name == DATA;
        if is_data && self.reader.collector.encoder().position(DATA).is_none() {
            return Ok(TopKey::Data(None));
        }
        if is_top && name == OPTIONS && self.reader.collector.encoder().position(OPTIONS).is_none() {
            return Ok(TopKey::Options);
        }
        let field = self.reader.field(name, self.row);
        Ok(if is_data { TopKey::Data(Some(field)) } else { TopKey::Field(field) })
    }
}

/// The value of a feature's field.
pub(super) struct Value<'r, 'm> {
    pub(super) reader: &'r mut Reader<'m>,
    pub(super) field: Field,
    pub(super) row: Option<usize>,
}

impl<'de> Meets<'de> for Value<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.reader.named_value(self.field, raw, self.row);
    }
}
