//! What the values of a column of a Parquet file mean.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::ColumnDescriptor;

/// Most digits that an `i128` can hold.
const DIGITS: i32 = 38;

/// What the values of a column mean. The physical type says how they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As the physical type says: true or false, whole numbers, real numbers, text.
    Plain,
    /// Whole numbers without a sign.
    Unsigned,
    /// Whole numbers that are shifted by so many decimal digits.
    Decimal { scale: u32 },
    /// Days since 1970.
    Date,
    /// So many units since midnight; units in a second.
    Time { units: i64 },
    /// So many units since 1970; units in a second.
    Timestamp { units: i64, is_utc: bool },
}

impl Kind {
    /// The meaning of a column; none when its values are nothing that a row of a table holds.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        let physical = column.physical_type();
        let decimal = |scale: i32, precision: i32| {
            let scale = u32::try_from(scale).ok().filter(|_| scale <= precision && precision <= DIGITS)?;
            let fits = match physical {
                Physical::INT32 | Physical::INT64 | Physical::BYTE_ARRAY => true,
                Physical::FIXED_LEN_BYTE_ARRAY => column.type_length() <= 16,
                _ => false,
            };
            fits.then_some(Self::Decimal { scale })
        };
        let is_whole = matches!(physical, Physical::INT32 | Physical::INT64);
        let whole = |kind: Self| is_whole.then_some(kind);
        match column.logical_type_ref() {
            Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => {
                (physical == Physical::BYTE_ARRAY).then_some(Self::Plain)
            }
            Some(LogicalType::Decimal(decimal_type)) => decimal(decimal_type.scale, decimal_type.precision),
            Some(LogicalType::Date) => (physical == Physical::INT32).then_some(Self::Date),
            Some(LogicalType::Time(time)) => whole(Self::Time { units: units(time.unit) }),
            Some(LogicalType::Timestamp(timestamp)) => {
                (physical == Physical::INT64).then_some(Self::Timestamp {
                    units: units(timestamp.unit),
                    is_utc: timestamp.is_adjusted_to_u_t_c,
                })
            }
            Some(LogicalType::Integer(integer)) if integer.is_signed => whole(Self::Plain),
            Some(LogicalType::Integer(_)) => whole(Self::Unsigned),
            Some(LogicalType::Unknown) => Some(Self::Plain),
            Some(_) => None,
            None => match column.converted_type() {
                ConvertedType::DECIMAL => decimal(column.type_scale(), column.type_precision()),
                ConvertedType::DATE => (physical == Physical::INT32).then_some(Self::Date),
                ConvertedType::TIME_MILLIS => whole(Self::Time { units: 1_000 }),
                ConvertedType::TIME_MICROS => whole(Self::Time { units: 1_000_000 }),
                ConvertedType::TIMESTAMP_MILLIS => whole(Self::Timestamp { units: 1_000, is_utc: true }),
                ConvertedType::TIMESTAMP_MICROS => whole(Self::Timestamp { units: 1_000_000, is_utc: true }),
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => whole(Self::Unsigned),
                ConvertedType::INTERVAL | ConvertedType::BSON => None,
                _ if physical == Physical::FIXED_LEN_BYTE_ARRAY => None,
                _ if physical == Physical::INT96 => {
                    Some(Self::Timestamp { units: 1_000_000_000, is_utc: false })
                }
                _ => Some(Self::Plain),
            },
        }
    }
}

fn units(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

/// What a value of a kind says, as a cell of a CSV file has it.
impl Kind {
    /// A whole number of this kind.
    pub(super) fn of_whole(self, value: i64) -> Option<String> {
        match self {
            Self::Plain | Self::Unsigned => Some(value.to_string()),
            Self::Decimal { scale } => Some(shifted(value.into(), scale)),
            Self::Date => {
                let days = jiff::Span::new().try_days(value).ok()?;
                let date = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
                Some(date.to_string())
            }
            Self::Time { units } => {
                let nanoseconds = value.checked_mul(1_000_000_000 / units)?;
                let span = jiff::Span::new().try_nanoseconds(nanoseconds).ok()?;
                Some(jiff::civil::Time::midnight().checked_add(span).ok()?.to_string())
            }
            Self::Timestamp { units, is_utc } => {
                let (seconds, rest) = (value.div_euclid(units), value.rem_euclid(units));
                let nanoseconds = i32::try_from(rest * (1_000_000_000 / units)).ok()?;
                let moment = jiff::Timestamp::new(seconds, nanoseconds).ok()?;
                Some(match is_utc {
                    true => moment.to_string(),
                    false => jiff::tz::Offset::UTC.to_datetime(moment).to_string(),
                })
            }
        }
    }

    /// Bytes of this kind: text, or a decimal whose first byte counts most.
    pub(super) fn of_bytes(self, bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
        match self {
            Self::Decimal { scale } => {
                let &first = bytes.first()?;
                if bytes.len() > 16 {
                    return None;
                }
                let mut wide = if first >= 0x80 { [0xFF; 16] } else { [0; 16] };
                wide[16 - bytes.len()..].copy_from_slice(bytes);
                Some(shifted(i128::from_be_bytes(wide), scale).into())
            }
            _ => std::str::from_utf8(bytes).ok().map(Into::into),
        }
    }
}

/// A whole number with its last digits behind a point.
fn shifted(value: i128, scale: u32) -> String {
    if scale == 0 {
        return value.to_string();
    }
    let scale = scale as usize;
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{decimals}", if value < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_a_csv_file_has_them() {
        let check = |kind: Kind, value: i64, expected: Option<&str>| {
            assert_eq!(kind.of_whole(value).as_deref(), expected, "{kind:?} {value}");
        };
        check(Kind::Plain, -7, Some("-7"));
        check(Kind::Decimal { scale: 2 }, -5, Some("-0.05"));
        check(Kind::Decimal { scale: 2 }, 12345, Some("123.45"));
        check(Kind::Date, 19_753, Some("2024-01-31"));
        check(Kind::Date, -1, Some("1969-12-31"));
        check(Kind::Date, i64::from(i32::MAX), None);
        check(Kind::Time { units: 1000 }, 36_000_500, Some("10:00:00.5"));
        check(Kind::Time { units: 1 }, i64::MAX, None);
        check(Kind::Timestamp { units: 1_000_000, is_utc: true }, -1, Some("1969-12-31T23:59:59.999999Z"));
        check(Kind::Timestamp { units: 1000, is_utc: false }, 1_706_695_200_000, Some("2024-01-31T10:00:00"));
        check(Kind::Timestamp { units: 1000, is_utc: false }, i64::MIN, None);
        assert_eq!(Kind::Decimal { scale: 1 }.of_bytes(&[0xFF, 0x9C]).as_deref(), Some("-10.0"));
        assert_eq!(Kind::Decimal { scale: 0 }.of_bytes(&[]), None);
        assert_eq!(Kind::Decimal { scale: 0 }.of_bytes(&[1; 17]), None);
        assert_eq!(Kind::Plain.of_bytes(&[0xFF]), None);
    }
}
