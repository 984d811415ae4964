//! Numbers for people.

/// A figure with as many decimals as it takes to see four digits.
pub fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        0.0 => "0".into(),
        size if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
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
        check(0.000_012_3, "1.23e-5");
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
