//! Numbers for people.

use serde_json::Value;

/// A figure with as many decimals as it takes to see four digits.
pub fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1e12 => format!("{value:.3e}"),
        size if size >= 1000.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        0.0 => "0".into(),
        size if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

/// A value of a column, in as many digits as a figure has but without zeros that say nothing: 24 and not 24.00.
pub fn value(value: f64) -> String {
    let text = figure(value);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The value of a cell as people write it: text as it is, and 24 in place of 24.0.
pub(crate) fn cell(cell: Value) -> String {
    match cell {
        Value::String(text) => text,
        Value::Null => "missing".into(),
        Value::Number(number) => {
            number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())
        }
        other => other.to_string(),
    }
}

/// A size in bytes.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} bytes");
    }
    let mut size = count as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_four_digits() {
        let check = |value: f64, expected: &str| assert_eq!(figure(value), expected);
        check(0.0, "0");
        check(2.345_67, "2.3457");
        check(-0.123_456, "-0.1235");
        check(22.532_8, "22.53");
        check(12_345.678, "12345.7");
        check(-2.5e299, "-2.500e299");
        check(0.000_012_3, "1.23e-5");
    }

    #[test]
    fn values_end_where_they_say_nothing_more() {
        let check = |number: f64, expected: &str| assert_eq!(value(number), expected);
        check(24.0, "24");
        check(0.46, "0.46");
        check(-122.23, "-122.23");
        check(100_000.0, "100000");
        check(1e-10, "1.00e-10");
        check(0.0, "0");
        assert_eq!(cell(serde_json::json!(24.0)), "24");
        assert_eq!(cell(serde_json::json!(0.02498)), "0.02498");
    }

    #[test]
    fn sizes_are_given_in_decimal_units() {
        let check = |count: u64, expected: &str| assert_eq!(bytes(count), expected);
        check(12, "12 bytes");
        check(1_234, "1.2 kB");
        check(999_999, "1.0 MB");
        check(2_500_000_000, "2.5 GB");
    }
}
