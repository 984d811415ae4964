//! The options of a body, under a key of their own.

use model_core::RawValue;
use serde::de::MapAccess;

use super::Reader;
use super::meets::{Meets, Met, as_word, skip_object};
use crate::fault::Fault;

/// What stands under the key of the options.
pub(super) struct Given<'r, 'm>(pub(super) &'r mut Reader<'m>);

impl<'de> Meets<'de> for Given<'_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let key = self.0.options_key();
        self.0
            .fault(|| Fault::new(key, "not of the right type", "an object of options", as_word(raw).shown()));
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self(reader) = self;
        if std::mem::replace(&mut reader.has_options, true) {
            let key = reader.options_key();
            reader.fault(|| Fault::new(key, "given twice", format!("`{key}` once"), "a second object"));
            return skip_object(object);
        }
        while let Some(name) = object.next_key::<String>()? {
            object.next_value_seed(Met(Value { reader, name: &name }))?;
        }
        Ok(())
    }
}

/// The value of an option.
struct Value<'r, 'm, 'n> {
    reader: &'r mut Reader<'m>,
    name: &'n str,
}

impl<'de> Meets<'de> for Value<'_, '_, '_> {
    fn scalar(self, raw: RawValue<'_>) {
        let collector = &mut self.reader.collector;
        collector.options.set(self.name, as_word(raw), &mut collector.faults);
    }
}
