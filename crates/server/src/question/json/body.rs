//! The outermost value of a body: what stands there tells the shape of the question.

use model_core::RawValue;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess};

use super::meets::{Meets, Met, as_word, skip_list, skip_object};
use super::options::Given;
use super::row::{DATA, Item, Key, TopKey, Value};
use super::{Expect, Field, Reader, Shape, envelope};
use crate::fault::Fault;

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
        if matches!(reader.expect, Expect::Within(_)) {
            reader.no_shape(RawValue::Other("an array"));
            return skip_list(list);
        }
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
        if let Expect::Within(envelope) = reader.expect {
            return envelope::read(reader, envelope, object);
        }
        if reader.expect == Expect::Objects {
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
                TopKey::Options => {
                    fields -= 1;
                    object.next_value_seed(Met(Given(reader)))?;
                }
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
        reader.under = DATA;
        let mut index = 0;
        while list.next_element_seed(Met(Item { reader, index }))?.is_some() {
            index += 1;
        }
        reader.under = "";
        if index == 0 {
            reader.no_rows(DATA);
        }
        Ok(())
    }
}
