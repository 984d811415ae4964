//! The object that is written for a row: the fields of the row, and behind them those of its answer.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Most fields whose names are compared one by one.
const FEW: usize = 64;

/// Fields in their order. Of equal names the last value stands in the place of the first.
#[derive(Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Field<'a>)>);

/// The value of a field.
pub(super) enum Field<'a> {
    Given(&'a Value),
    Text(Cow<'a, str>),
    Made(Value),
}

impl<'a> Object<'a> {
    /// The fields of a row, `count` of them.
    pub(super) fn of(count: usize, fields: impl Iterator<Item = (&'a str, Field<'a>)>) -> Self {
        if count <= FEW {
            let mut object = Self(Vec::with_capacity(count + 4));
            fields.for_each(|(name, value)| object.put(name, value));
            return object;
        }
        let map: Map<String, Value> =
            fields.map(|(name, value)| (name.to_owned(), value.into_value())).collect();
        Self(map.into_iter().map(|(name, value)| (Cow::Owned(name), Field::Made(value))).collect())
    }

    pub(super) fn put(&mut self, name: &'a str, value: Field<'a>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((Cow::Borrowed(name), value)),
        }
    }
}

impl Field<'_> {
    fn into_value(self) -> Value {
        match self {
            Self::Given(value) => value.clone(),
            Self::Text(text) => text.into_owned().into(),
            Self::Made(value) => value,
        }
    }
}

impl<T: Into<Value>> From<T> for Field<'_> {
    fn from(value: T) -> Self {
        Self::Made(value.into())
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Given(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Made(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_names_the_last_value_stands_in_the_place_of_the_first() {
        let check = |count: usize| {
            let names: Vec<String> = (0..count).map(|number| format!("f{number}")).collect();
            let again = ["f1", "f0"].map(|name| (name, Field::from("again")));
            let fields: Vec<_> =
                names.iter().map(|name| (name.as_str(), Field::from(1.5))).chain(again).collect();
            let mut map = Map::new();
            names.iter().for_each(|name| drop(map.insert(name.clone(), 1.5.into())));
            for name in ["f1", "f0", "behind"] {
                map.insert(name.into(), "again".into());
            }
            let mut object = Object::of(fields.len(), fields.into_iter());
            object.put("behind", Field::Text("again".into()));
            object.put("f1", Field::Given(&map["f1"]));
            assert_eq!(serde_json::to_string(&object).unwrap(), serde_json::to_string(&map).unwrap());
        };
        [2, FEW, 3 * FEW].into_iter().for_each(check);
    }
}
