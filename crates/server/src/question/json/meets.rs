//! Lets serde's parser tell us what it meets: each kind of JSON value is one method, scalars arrive as one [`RawValue`].

use std::fmt;

use model_core::RawValue;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What stands at some place of the body. Where neither a list nor an object may stand, it is told as a scalar that does not
/// fit either, and passed over.
pub(crate) trait Meets<'de>: Sized {
    fn scalar(self, raw: RawValue<'_>);

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an array"));
        skip_list(list)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.scalar(RawValue::Other("an object"));
        skip_object(object)
    }
}

/// Lets serde drive a [`Meets`].
pub(crate) struct Met<T>(pub(crate) T);

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

/// Passes over a list whose content does not matter.
pub(crate) fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Passes over an object whose content does not matter.
pub(crate) fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Null as a word, where it is no missing value of a feature.
pub(crate) fn as_word(raw: RawValue<'_>) -> RawValue<'_> {
    if raw == RawValue::Missing { RawValue::Other("null") } else { raw }
}
