//! Bodies as other protocols send them: an object with the rows under one of several keys, each with a form of its own.

use model_core::RawValue;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::meets::{Meets, Met, as_word, skip_list, skip_object};
use super::options::Given;
use super::row::Item;
use super::{Reader, columns, split};
use crate::fault::Fault;
use model_core::encoding::shortened;

/// What a protocol puts around rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The keys that rows may stand under, one of them in a body, each with its form.
    pub(crate) forms: &'static [(&'static str, Form)],
    /// The key of the options.
    pub(crate) options: &'static str,
    /// Other keys that the protocol knows and a forest has no use for.
    pub(crate) ignored: &'static [&'static str],
    /// Whether fields and columns that are no features are passed over; otherwise they are errors.
    pub(crate) passes_over_extra: bool,
}

/// How rows stand under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A list of lists or a list of objects.
    Rows,
    /// A list of objects.
    Records,
    /// As [`Form::Rows`], or an object with a list for each feature.
    RowsOrColumns,
    /// An object with `columns`, a list of names, and `data`, a list of rows in their order.
    Split,
}

impl Form {
    fn in_words(self) -> &'static str {
        match self {
            Self::Rows => "a list of rows",
            Self::Records => "a list of objects of features",
            Self::RowsOrColumns => "a list of rows, or an object with a list for each feature",
            Self::Split => "an object with `columns` and `data`",
        }
    }
}

impl Envelope {
    /// The keys of rows, in words.
    pub(super) fn keys(&self) -> String {
        let keys: Vec<_> = self.forms.iter().map(|(key, _)| *key).collect();
        match keys.as_slice() {
            [key] => format!("`{key}`"),
            keys => format!("exactly one of {}", keys.join(", ")),
        }
    }
}

/// Reads the outermost object.
pub(super) fn read<'de, A: MapAccess<'de>>(
    reader: &mut Reader<'_>,
    envelope: &'static Envelope,
    mut object: A,
) -> Result<(), A::Error> {
    let mut given = None;
    while let Some(key) = object.next_key_seed(Key { reader, envelope })? {
        match (key, given) {
            (Known::Rows(key, form), None) => {
                given = Some(key);
                (reader.under, reader.form) = (key, Some(form));
                object.next_value_seed(Met(Rows { reader, form }))?;
            }
            (Known::Rows(key, _), Some(before)) => {
                reader.fault(|| {
                    let (msg, got) = if key == before {
                        ("given twice", format!("{key} twice"))
                    } else {
                        ("rows in two forms", format!("{before} and {key}"))
                    };
                    Fault::new("body", msg, envelope.keys(), got)
                });
                object.next_value::<IgnoredAny>()?;
            }
            (Known::Options, _) => object.next_value_seed(Met(Given(reader)))?,
            (Known::Nothing, _) => object.next_value::<IgnoredAny>().map(drop)?,
        }
    }
    if given.is_none() {
        reader.fault(|| Fault::new("body", "no rows", envelope.keys(), "none"));
    }
    Ok(())
}

/// What a key of the outermost object stands for.
enum Known {
    Rows(&'static str, Form),
    Options,
    /// It is to be passed over, or there is a fault already.
    Nothing,
}

struct Key<'r, 'm> {
    reader: &'r mut Reader<'m>,
    envelope: &'static Envelope,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Known;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Known, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Known;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Known, E> {
        let Self { reader, envelope } = self;
        if let Some((key, form)) = envelope.forms.iter().find(|(key, _)| *key == name) {
            return Ok(Known::Rows(key, *form));
        }
        if name == envelope.options {
            return Ok(Known::Options);
        }
        if !envelope.passes_over_extra && !envelope.ignored.contains(&name) {
            reader.fault(|| {
                let expected = format!("{} and perhaps `{}`", envelope.keys(), envelope.options);
                Fault::new("body", "unknown field", expected, shortened(name))
            });
        }
        Ok(Known::Nothing)
    }
}

/// What stands under a key of rows.
struct Rows<'r, 'm> {
    reader: &'r mut Reader<'m>,
    form: Form,
}

impl Rows<'_, '_> {
    fn refuse(self, got: RawValue<'_>) {
        let Self { reader, form } = self;
        let under = reader.under;
        reader.fault(|| Fault::new(under, "not of the right shape", form.in_words(), as_word(got).shown()));
    }
}

impl<'de> Meets<'de> for Rows<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        self.refuse(raw);
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.form == Form::Split {
            self.refuse(RawValue::Other("an array"));
            return skip_list(list);
        }
        let reader = self.reader;
        let mut index = 0;
        while list.next_element_seed(Met(Item { reader, index }))?.is_some() {
            index += 1;
        }
        if index == 0 {
            reader.no_rows(reader.under);
        }
        Ok(())
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        match self.form {
            Form::Split => split::read(self.reader, object),
            Form::RowsOrColumns => columns::read(self.reader, object),
            Form::Rows | Form::Records => {
                self.refuse(RawValue::Other("an object"));
                skip_object(object)
            }
        }
    }
}
