//! The type of a tensor's elements.

use std::ops::RangeInclusive;

use model_core::RawValue;

/// The datatypes of the protocol that a feature or an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Datatype {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Fp32,
    Fp64,
    /// Text of any length.
    Bytes,
}

impl Datatype {
    pub(super) const ALL: [Self; 12] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Fp32,
        Self::Fp64,
        Self::Bytes,
    ];

    /// The datatype of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|datatype| datatype.name() == name)
    }

    /// The name in the protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::Fp32 => "FP32",
            Self::Fp64 => "FP64",
            Self::Bytes => "BYTES",
        }
    }

    /// All names, for an error.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Bytes of one element in a row of raw elements; none where they differ.
    pub(crate) fn size(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Int8 | Self::Uint8 => Some(1),
            Self::Int16 | Self::Uint16 => Some(2),
            Self::Int32 | Self::Uint32 | Self::Fp32 => Some(4),
            Self::Int64 | Self::Uint64 | Self::Fp64 => Some(8),
            Self::Bytes => None,
        }
    }

    /// Whether an element that says itself what it is can be one of this datatype. A missing one always can.
    pub(super) fn takes(self, raw: RawValue<'_>) -> bool {
        match (self, raw) {
            (_, RawValue::Missing)
            | (Self::Fp32 | Self::Fp64, RawValue::Number(_) | RawValue::Integer(_))
            | (Self::Bool, RawValue::Boolean(_))
            | (Self::Bytes, RawValue::Text(_)) => true,
            (_, RawValue::Integer(integer)) => {
                self.range().is_some_and(|range| range.contains(&i128::from(integer)))
            }
            // `3.0` is whole, and so is a number beyond an i64.
            (_, RawValue::Number(number)) => {
                number.fract() == 0.0 && self.range().is_some_and(|range| range.contains(&(number as i128)))
            }
            (_, RawValue::Boolean(_) | RawValue::Text(_) | RawValue::Other(_)) => false,
        }
    }

    /// The whole numbers of an integer type.
    fn range(self) -> Option<RangeInclusive<i128>> {
        match self {
            Self::Int8 => Some(i8::MIN.into()..=i8::MAX.into()),
            Self::Int16 => Some(i16::MIN.into()..=i16::MAX.into()),
            Self::Int32 => Some(i32::MIN.into()..=i32::MAX.into()),
            Self::Int64 => Some(i64::MIN.into()..=i64::MAX.into()),
            Self::Uint8 => Some(0..=u8::MAX.into()),
            Self::Uint16 => Some(0..=u16::MAX.into()),
            Self::Uint32 => Some(0..=u32::MAX.into()),
            // Its end as a double, which is how a number beyond an i64 arrives.
            Self::Uint64 => Some(0..=1 << 64),
            Self::Bool | Self::Fp32 | Self::Fp64 | Self::Bytes => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_types() {
        for datatype in Datatype::ALL {
            assert_eq!(Datatype::of(datatype.name()), Some(datatype));
        }
        for unknown in ["", "FP16", "BF16", "fp32", "STRING"] {
            assert_eq!(Datatype::of(unknown), None);
        }
    }

    #[test]
    fn an_element_is_of_its_tensors_type() {
        let check = |datatype: Datatype, raw: RawValue<'_>, expected: bool| {
            assert_eq!(datatype.takes(raw), expected, "{datatype:?} {raw:?}");
        };
        for datatype in Datatype::ALL {
            check(datatype, RawValue::Missing, true);
            check(datatype, RawValue::Other("an object"), false);
            check(datatype, RawValue::Text("1"), datatype == Datatype::Bytes);
            check(datatype, RawValue::Boolean(true), datatype == Datatype::Bool);
        }
        check(Datatype::Int8, RawValue::Integer(-128), true);
        check(Datatype::Int8, RawValue::Integer(128), false);
        check(Datatype::Uint8, RawValue::Integer(-1), false);
        check(Datatype::Int64, RawValue::Number(3.0), true);
        check(Datatype::Int64, RawValue::Number(3.5), false);
        check(Datatype::Int64, RawValue::Number(f64::INFINITY), false);
        check(Datatype::Uint64, RawValue::Number(u64::MAX as f64 / 2.0), true);
        check(Datatype::Fp32, RawValue::Integer(1 << 60), true);
        check(Datatype::Bool, RawValue::Integer(1), false);
    }
}
