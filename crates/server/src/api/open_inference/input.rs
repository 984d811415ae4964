//! One tensor of a request: its elements go into the rows as the parser meets them.

use std::fmt;

use model_core::RawValue;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue as Unparsed;

use super::request::Text;
use crate::fault::Fault;
use crate::question::Place;
use crate::question::meets::{Meets, Met};
use crate::tensor::{Elements, TensorReader};

/// Most dimensions that are kept; no table has as many.
const DIMENSIONS: usize = 8;

/// Reads one tensor, whose raw elements are the next of those behind the JSON.
pub(super) struct Input<'r, 'm, 'b> {
    pub(super) reader: &'r mut TensorReader<'m>,
    pub(super) raw: &'r mut &'b [u8],
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Name,
    Shape,
    Datatype,
    Parameters,
    Data,
    #[serde(other)]
    Other,
}

/// Those parameters of a tensor that mean something here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    binary_data_size: Option<u64>,
}

impl<'de> DeserializeSeed<'de> for Input<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Input<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tensor: an object with name, shape, datatype and data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { reader, raw } = self;
        let mut name: Option<Text<'de>> = None;
        let mut datatype: Option<Text<'de>> = None;
        let mut shape: Option<Shape> = None;
        let mut parameters = Parameters::default();
        // Data that stands before what tells how to read it.
        let mut unread: Option<&'de Unparsed> = None;
        let mut was_read = false;
        while let Some(key) = object.next_key::<Key>()? {
            match key {
                Key::Name if name.is_none() => name = Some(object.next_value()?),
                Key::Name => return Err(A::Error::duplicate_field("name")),
                Key::Datatype if datatype.is_none() => datatype = Some(object.next_value()?),
                Key::Datatype => return Err(A::Error::duplicate_field("datatype")),
                Key::Shape if shape.is_none() => shape = Some(object.next_value()?),
                Key::Shape => return Err(A::Error::duplicate_field("shape")),
                Key::Parameters => {
                    parameters = object.next_value::<Option<Parameters>>()?.unwrap_or_default();
                }
                Key::Data if was_read || unread.is_some() => return Err(A::Error::duplicate_field("data")),
                Key::Data => match (&name, &datatype, &shape) {
                    (Some(Text(name)), Some(Text(datatype)), Some(Shape(shape))) => {
                        was_read = true;
                        match reader.tensor(name, datatype, shape) {
                            Some(elements) => object.next_value_seed(Data(elements))?,
                            None => object.next_value::<IgnoredAny>().map(drop)?,
                        }
                    }
                    _ => unread = Some(object.next_value()?),
                },
                Key::Other => object.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        let Text(name) = name.ok_or_else(|| A::Error::missing_field("name"))?;
        let Text(datatype) = datatype.ok_or_else(|| A::Error::missing_field("datatype"))?;
        let Shape(shape) = shape.ok_or_else(|| A::Error::missing_field("shape"))?;
        match (parameters.binary_data_size, unread) {
            (None, None) if was_read => {}
            (None, Some(unread)) => {
                if let Some(elements) = reader.tensor(&name, &datatype, &shape) {
                    let mut parser = serde_json::Deserializer::from_str(unread.get());
                    Data(elements).deserialize(&mut parser).map_err(A::Error::custom)?;
                }
            }
            (None, None) => reader.fault(|| {
                let expected = "`data`, or raw bytes and the parameter binary_data_size";
                Fault::new(Place::Field(&name).to_string(), "no data", expected, "none")
            }),
            (Some(size), unread) => {
                let taken = usize::try_from(size).ok().and_then(|size| raw.split_at_checked(size));
                match taken {
                    _ if was_read || unread.is_some() => reader.fault(|| {
                        let (expected, got) = ("`data` or binary_data_size", "both");
                        Fault::new(Place::Field(&name).to_string(), "data given twice", expected, got)
                    }),
                    Some((bytes, rest)) => {
                        *raw = rest;
                        if let Some(elements) = reader.tensor(&name, &datatype, &shape) {
                            elements.raw(bytes);
                        }
                    }
                    None => {
                        let got = format!("{} bytes", raw.len());
                        // What is left belongs to nobody.
                        *raw = &[];
                        reader.fault(|| {
                            let expected = format!("{size} bytes, as its binary_data_size says");
                            Fault::new(
                                Place::Field(&name).to_string(),
                                "the raw tensor breaks off",
                                expected,
                                got,
                            )
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The dimensions, as many as are looked at.
struct Shape(Vec<i64>);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Dimensions;

        impl<'de> Visitor<'de> for Dimensions {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of whole numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
                let mut shape = Vec::with_capacity(2);
                while let Some(dimension) = list.next_element()? {
                    if shape.len() <= DIMENSIONS {
                        shape.push(dimension);
                    }
                }
                Ok(Shape(shape))
            }
        }
        deserializer.deserialize_seq(Dimensions)
    }
}

/// The elements, nested by rows or flat.
struct Data<'r, 'm, 't>(Elements<'r, 'm, 't>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        Met(All(&mut self.0)).deserialize(deserializer)?;
        self.0.end();
        Ok(())
    }
}

/// What stands under `data`.
struct All<'e, 'r, 'm, 't>(&'e mut Elements<'r, 'm, 't>);

impl<'de> Meets<'de> for All<'_, '_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.0.fault("not of the right shape", "a list of elements", raw.shown());
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Met(Item(&mut *self.0)))?.is_some() {}
        Ok(())
    }
}

/// An element, or the elements of a row.
struct Item<'e, 'r, 'm, 't>(&'e mut Elements<'r, 'm, 't>);

impl<'de> Meets<'de> for Item<'_, '_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.0.push(raw);
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(elements) = self;
        let before = elements.count();
        while list.next_element_seed(Met(Element(&mut *elements)))?.is_some() {}
        elements.end_row(before);
        Ok(())
    }
}

/// An element of a row.
struct Element<'e, 'r, 'm, 't>(&'e mut Elements<'r, 'm, 't>);

impl<'de> Meets<'de> for Element<'_, '_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.0.push(raw);
    }
}
