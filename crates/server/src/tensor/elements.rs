//! The elements of one tensor, encoded as they come.

use model_core::RawValue;

use super::reader::Target;
use super::{Datatype, TensorReader};
use crate::fault::{Fault, Mark};
use crate::question::Place;

/// Takes the elements of one tensor in row-major order. Nothing is kept of one that is dropped before its end.
pub(crate) struct Elements<'r, 'm, 't> {
    reader: &'r mut TensorReader<'m>,
    name: &'t str,
    datatype: Datatype,
    target: Target,
    /// Rows and columns.
    shape: [usize; 2],
    /// Where the next element stands.
    row: usize,
    column: usize,
    /// Elements met.
    count: usize,
    values: Vec<f32>,
    start: Mark,
}

impl<'r, 'm, 't> Elements<'r, 'm, 't> {
    pub(super) fn new(
        reader: &'r mut TensorReader<'m>,
        name: &'t str,
        datatype: Datatype,
        target: Target,
        shape: [usize; 2],
    ) -> Self {
        let start = reader.collector.faults.mark();
        // Rows beyond the limit are told by their number alone.
        let shape = if reader.is_too_long() { [0, shape[1]] } else { shape };
        Self { reader, name, datatype, target, shape, row: 0, column: 0, count: 0, values: Vec::new(), start }
    }

    /// Number of elements so far.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Ends a row that was nested in the tensor and started behind so many elements.
    pub(crate) fn end_row(&mut self, start: usize) {
        let (columns, found) = (self.shape[1], self.count - start);
        if found != columns && !self.reader.is_too_long() {
            let expected = format!("{columns} in each row, as its shape says");
            self.fault("another number of elements", expected, found.to_string());
        }
    }

    /// Notes an error in the tensor.
    pub(crate) fn fault(&mut self, msg: &str, expected: impl Into<String>, got: impl Into<String>) {
        let loc = || Place::Field(self.name).to_string();
        self.reader.collector.faults.add(|| Fault::new(loc(), msg, expected, got));
    }

    /// Type of the elements.
    pub(crate) fn datatype(&self) -> Datatype {
        self.datatype
    }

    /// Takes the next element, one that says itself what it is. NaN is a missing number.
    pub(crate) fn push(&mut self, raw: RawValue<'_>) {
        let raw = match raw {
            RawValue::Number(value) => number(value),
            raw => raw,
        };
        if self.datatype.takes(raw) {
            self.put(raw);
        } else {
            let (place, datatype) = (self.place(), self.datatype.name());
            let fault = || {
                let expected = format!("an element of {datatype}");
                Fault::new(place.to_string(), "not of the tensor's datatype", expected, raw.shown())
            };
            if !self.is_full() {
                self.reader.collector.faults.add(fault);
                self.keep(f32::NAN);
            }
            self.count += 1;
        }
    }

    /// Takes raw elements, little-endian and one behind the other; texts each behind its length, of four bytes.
    pub(crate) fn raw(mut self, bytes: &[u8]) {
        if self.reader.is_too_long() {
            return;
        }
        let Some(size) = self.datatype.size() else { return self.raw_texts(bytes) };
        let expected = self.expected();
        if expected.checked_mul(size) != Some(bytes.len()) {
            let (datatype, found) = (self.datatype.name(), bytes.len().to_string());
            let wanted = format!("{size} bytes for each of {expected} elements of {datatype}");
            return self.fault("another number of bytes", wanted, found);
        }
        self.values.reserve_exact(expected);
        match self.datatype {
            Datatype::Bool => self.each(bytes, |[byte]: [u8; 1]| RawValue::Boolean(byte != 0)),
            Datatype::Int8 => self.each(bytes, |bytes| integer(i8::from_le_bytes(bytes))),
            Datatype::Int16 => self.each(bytes, |bytes| integer(i16::from_le_bytes(bytes))),
            Datatype::Int32 => self.each(bytes, |bytes| integer(i32::from_le_bytes(bytes))),
            Datatype::Int64 => self.each(bytes, |bytes| integer(i64::from_le_bytes(bytes))),
            Datatype::Uint8 => self.each(bytes, |bytes| integer(u8::from_le_bytes(bytes))),
            Datatype::Uint16 => self.each(bytes, |bytes| integer(u16::from_le_bytes(bytes))),
            Datatype::Uint32 => self.each(bytes, |bytes| integer(u32::from_le_bytes(bytes))),
            Datatype::Uint64 => self.each(bytes, |bytes| unsigned(u64::from_le_bytes(bytes))),
            Datatype::Fp64 => self.each(bytes, |bytes| number(f64::from_le_bytes(bytes))),
            Datatype::Fp32 => {
                for bytes in bytes.as_chunks::<4>().0 {
                    self.single(f32::from_le_bytes(*bytes));
                }
            }
            // Texts have no size.
            Datatype::Bytes => {}
        }
        self.end();
    }

    fn each<const SIZE: usize>(&mut self, bytes: &[u8], element: impl Fn([u8; SIZE]) -> RawValue<'static>) {
        for bytes in bytes.as_chunks::<SIZE>().0 {
            self.put(element(*bytes));
        }
    }

    fn raw_texts(mut self, mut bytes: &[u8]) {
        while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some((text, rest)) = rest.split_at_checked(length) else { break };
            bytes = rest;
            self.bytes(text);
        }
        if bytes.is_empty() {
            return self.end();
        }
        let place = self.place().to_string();
        let left = format!("{} bytes", bytes.len());
        self.reader.collector.faults.rewind(self.start);
        let expected = "four bytes with the length of the text, then as many bytes";
        self.reader.collector.faults.add(|| Fault::new(place, "the text breaks off", expected, left));
    }

    /// Takes the next text.
    pub(crate) fn bytes(&mut self, text: &[u8]) {
        match std::str::from_utf8(text) {
            Ok(text) => self.push(RawValue::Text(text)),
            Err(_) => self.push(RawValue::Other("bytes that are not UTF-8")),
        }
    }

    /// Takes the next element of a tensor of `f32`; NaN is a missing one.
    pub(crate) fn single(&mut self, value: f32) {
        if value.is_nan() {
            return self.push(RawValue::Missing);
        }
        if self.datatype != Datatype::Fp32 {
            return self.push(RawValue::Number(value.into()));
        }
        if !self.is_full() {
            let (position, place) = (self.position(), self.place());
            let encoded = self.reader.collector.single(self.row, position, value, &place);
            self.keep(encoded);
        }
        self.count += 1;
    }

    /// Ends the tensor.
    pub(crate) fn end(self) {
        let expected = self.expected();
        if self.reader.is_too_long() {
            return;
        }
        if self.count == expected {
            return self.reader.keep(self.target, self.values);
        }
        // With one too many or too few, none can be said to stand at its own place.
        let Self { reader, name, count, start, .. } = self;
        reader.collector.faults.rewind(start);
        reader.collector.faults.add(|| {
            let (expected, got) = (format!("{expected}, as its shape says"), count.to_string());
            Fault::new(Place::Field(name).to_string(), "another number of elements", expected, got)
        });
    }

    /// Encodes an element of the tensor's datatype.
    fn put(&mut self, raw: RawValue<'_>) {
        if !self.is_full() {
            let (position, place) = (self.position(), self.place());
            let encoded = self.reader.collector.value_of(self.row, position, raw, &place);
            self.keep(encoded);
        }
        self.count += 1;
    }

    fn keep(&mut self, encoded: f32) {
        self.values.push(encoded);
        self.column += 1;
        if self.column == self.shape[1] {
            self.column = 0;
            self.row += 1;
        }
    }

    fn expected(&self) -> usize {
        self.shape[0].saturating_mul(self.shape[1])
    }

    fn is_full(&self) -> bool {
        self.row >= self.shape[0]
    }

    /// The feature that the next element is of.
    fn position(&self) -> usize {
        match self.target {
            Target::Matrix => self.column,
            Target::Column(position) => position,
        }
    }

    fn place(&self) -> Place<'t> {
        match self.target {
            Target::Matrix => Place::ElementOf(self.name, self.row, self.column),
            Target::Column(_) => Place::Element(self.name, self.row),
        }
    }
}

fn integer(value: impl Into<i64>) -> RawValue<'static> {
    RawValue::Integer(value.into())
}

/// Beyond an `i64`, a number; what JSON makes of it, too.
pub(crate) fn unsigned(value: u64) -> RawValue<'static> {
    i64::try_from(value).map_or(RawValue::Number(value as f64), RawValue::Integer)
}

/// NaN is a missing number.
fn number(value: f64) -> RawValue<'static> {
    if value.is_nan() { RawValue::Missing } else { RawValue::Number(value) }
}
