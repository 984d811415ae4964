//! The parser's side of reading a body: what to do at each value that it meets.

use std::fmt;

use model_core::RawValue;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Field, Place, Reader, Shape};
use crate::fault::Fault;

/// The key under which rows by position may stand.
const DATA: &str = "data";

/// What stands at some place of the body. Each kind of JSON value is one method; scalars arrive as one [`RawValue`].
trait Meets<'de>: Sized {
    fn scalar(self, raw: RawValue<'_>);
    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error>;
    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error>;
}

/// Lets serde drive a [`Meets`].
struct Met<T>(T);

impl<'de, T: Meets<'de>> DeserializeSeed<'de> for Met<T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Meets<'de>> Visitor<'de> for Met<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.scalar(RawValue::Missing);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.scalar(RawValue::Boolean(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.scalar(RawValue::Integer(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        let integer = i64::try_from(value).map(RawValue::Integer);
        self.0.scalar(integer.unwrap_or(RawValue::Number(value as f64)));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.scalar(RawValue::Number(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.scalar(RawValue::Text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.0.object(object)
    }
}

fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Null as a word, where it is no missing value of a feature.
fn as_word(raw: RawValue<'_>) -> RawValue<'_> {
    if raw == RawValue::Missing { RawValue::Other("null") } else { raw }
}

/// Reads the whole body into `reader`.
pub(super) fn read<'de, D: Deserializer<'de>>(reader: &mut Reader<'_>, parser: D) -> Result<(), D::Error> {
    Met(Body(reader)).deserialize(parser)
}

/// The whole body.
struct Body<'r, 'm>(&'r mut Reader<'m>);

impl<'de> Meets<'de> for Body<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.0.no_shape(as_word(raw));
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let reader = self.0;
        let start = reader.start_positional();
        let mut index = 0;
        while list.next_element_seed(Met(Item { reader, index }))?.is_some() {
            index += 1;
        }
        match reader.shape {
            Some(Shape::Row) => reader.end_positional(index, None, start),
            Some(Shape::Object | Shape::Objects | Shape::Data | Shape::Matrix) => {}
            None => reader.no_rows("body"),
        }
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let reader = self.0;
        if reader.objects_only {
            reader.no_shape(RawValue::Other("an object"));
            return skip_object(object);
        }
        reader.start_named();
        let mut fields = 0_usize;
        while let Some(key) = object.next_key_seed(Key { reader, row: None })? {
            fields += 1;
            match key {
                TopKey::Field(field) => object.next_value_seed(Met(Value { reader, field, row: None }))?,
                TopKey::Data(field) => object.next_value_seed(Met(Data { reader, field }))?,
            }
        }
        match reader.shape {
            Some(Shape::Data) if fields > 1 => reader.fault(|| {
                Fault::new("body", "other fields beside `data`", "`data` alone", format!("{fields} fields"))
            }),
            Some(Shape::Data) => {}
            Some(Shape::Object | Shape::Objects | Shape::Row | Shape::Matrix) | None => {
                reader.shape = Some(Shape::Object);
                reader.end_named(None);
            }
        }
        Ok(())
    }
}

/// A key of an object.
struct Key<'r, 'm> {
    reader: &'r mut Reader<'m>,
    row: Option<usize>,
}

/// What a key of the outermost object may be.
enum TopKey {
    Field(Field),
    /// The key `data`: rows when a list follows, else perhaps a feature of that name.
    Data(Option<Field>),
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
        let is_data = name == DATA && self.row.is_none();
        if is_data && self.reader.collector.encoder().position(DATA).is_none() {
            return Ok(TopKey::Data(None));
        }
        let field = self.reader.field(name, self.row);
        Ok(if is_data { TopKey::Data(Some(field)) } else { TopKey::Field(field) })
    }
}

/// The value of a feature's field.
struct Value<'r, 'm> {
    reader: &'r mut Reader<'m>,
    field: Field,
    row: Option<usize>,
}

impl<'de> Meets<'de> for Value<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.reader.named_value(self.field, raw, self.row);
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an array"));
        skip_list(list)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an object"));
        skip_object(object)
    }
}

/// What stands under `data`.
struct Data<'r, 'm> {
    reader: &'r mut Reader<'m>,
    /// The feature of that name, where the model has one.
    field: Option<Field>,
}

impl<'de> Meets<'de> for Data<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        match self.field {
            Some(field) => self.reader.named_value(field, raw, None),
            None => {
                self.reader.shape = Some(Shape::Data);
                self.reader.fault(|| {
                    Fault::new(DATA, "not of the right shape", "a list of rows", as_word(raw).shown())
                });
            }
        }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let reader = self.reader;
        if reader.shape.replace(Shape::Data).is_some() {
            reader.fault(|| Fault::new(DATA, "given twice", "`data` once", "a second list"));
            return skip_list(list);
        }
        let mut index = 0;
        while list.next_element_seed(Met(Item { reader, index }))?.is_some() {
            index += 1;
        }
        if index == 0 {
            reader.no_rows(DATA);
        }
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an object"));
        skip_object(object)
    }
}

/// An element of the outermost list, or of the one under `data`. The first one tells the shape of the others.
struct Item<'r, 'm> {
    reader: &'r mut Reader<'m>,
    index: usize,
}

impl<'de> Meets<'de> for Item<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let Self { reader, index } = self;
        if reader.is_shape(Shape::Row) {
            reader.positional_value(index, raw, &Place::Item(index));
        } else {
            reader.stray_item(index, as_word(raw));
        }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { reader, index } = self;
        let in_data = reader.shape == Some(Shape::Data);
        if !in_data && !reader.is_shape(Shape::Matrix) {
            if reader.shape == Some(Shape::Row) {
                reader.positional_value(index, RawValue::Other("an array"), &Place::Item(index));
            } else {
                reader.stray_item(index, RawValue::Other("an array"));
            }
            return skip_list(list);
        }
        let row = reader.collector.count();
        let start = reader.start_positional();
        let mut position = 0;
        loop {
            let place = if in_data { Place::DataItem(row, position) } else { Place::ItemOf(row, position) };
            if list.next_element_seed(Met(Cell { reader, position, place }))?.is_none() {
                break;
            }
            position += 1;
        }
        let place = if in_data { Place::Data(row) } else { Place::Item(row) };
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
                // Only the outermost object gives this key a meaning of its own.
                TopKey::Data(_) => object.next_value::<IgnoredAny>().map(drop)?,
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

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an array"));
        skip_list(list)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an object"));
        skip_object(object)
    }
}
