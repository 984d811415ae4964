//! The text of a CSV cell: what counts as missing, and how a number or a truth value is written.

use serde::{Deserialize, Serialize};

use crate::decimal::{Decimal, decimal};

/// How cells are read. Stored in the schema, since the server reads CSV files too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellFormat {
    /// Texts that mean "no value", compared after trimming; the empty cell is always one.
    pub missing_markers: Vec<String>,
    /// Currency marks that may stand before or after a number, for example `$`.
    pub currency: Vec<String>,
    /// Whether a number may end in `%`. The mark is dropped: `58.10%` is 58.1.
    pub percent: bool,
    /// Mark between groups of digits, wherever it stands: with `,` both `1,234` and `6,52,230` are numbers.
    pub thousands: Option<char>,
    /// Mark before the decimals.
    pub decimal: char,
}

impl Default for CellFormat {
    /// Plain numbers with a decimal point; only the empty cell is missing.
    fn default() -> Self {
        Self {
            missing_markers: Vec::new(),
            currency: Vec::new(),
            percent: false,
            thousands: None,
            decimal: '.',
        }
    }
}

impl CellFormat {
    /// Whether the cell holds no value.
    pub fn is_missing(&self, cell: &str) -> bool {
        let cell = trimmed(cell);
        cell.is_empty() || self.missing_markers.iter().any(|marker| marker == cell)
    }

    /// The finite number in the cell, or `None` when it holds none. `inf`, `nan`, hexadecimal digits and numbers
    /// beyond the range of a double are none.
    pub fn number(&self, cell: &str) -> Option<f64> {
        let cell = trimmed(cell);
        if self.decimal == '.'
            && let Some(value) = plain_number(cell)
        {
            return Some(value);
        }
        if cell.bytes().any(|byte| byte.is_ascii_digit()) { self.marked_number(cell) } else { None }
    }

    /// The number in the first `length` bytes of a text, where it is a plain decimal of few digits; [`CellFormat::number`] is its value.
    /// More bytes behind make it faster.
    #[inline]
    pub fn plain_decimal(&self, text: &[u8], length: usize) -> Option<Decimal> {
        if self.decimal == '.' { Decimal::leading(text, length) } else { None }
    }

    /// Whether a cell that is a plain decimal is this number and nothing else: none is a mark of what is missing.
    pub fn takes_plain_numbers(&self) -> bool {
        self.decimal == '.'
            && !self.missing_markers.iter().any(|marker| plain_number(marker.trim()).is_some())
    }

    /// The number in a cell with the marks that this format allows.
    fn marked_number(&self, cell: &str) -> Option<f64> {
        let (negative, mut digits) = strip_sign(cell);
        for mark in self.currency.iter().filter(|mark| !mark.is_empty()) {
            if let Some(rest) =
                digits.strip_prefix(mark.as_str()).or_else(|| digits.strip_suffix(mark.as_str()))
            {
                digits = rest.trim();
                break;
            }
        }
        if self.percent {
            digits = digits.strip_suffix('%').map_or(digits, str::trim_end);
        }
        // The sign may also stand behind the currency mark.
        let (inner_negative, digits) = if negative { (false, digits) } else { strip_sign(digits) };
        let mut plain = String::with_capacity(digits.len());
        let mut in_decimals = false;
        for c in digits.chars() {
            if c == self.decimal && !in_decimals {
                in_decimals = true;
                plain.push('.');
            } else if Some(c) == self.thousands && !in_decimals && !plain.is_empty() {
            } else if c == '.' {
                return None;
            } else {
                plain.push(c);
            }
        }
        if plain.starts_with(['-', '+']) {
            return None;
        }
        let value = plain_number(&plain)?;
        Some(if negative || inner_negative { -value } else { value })
    }
}

/// The cell without the white space around it.
pub fn trimmed(cell: &str) -> &str {
    // Hardly a cell has any, and `trim` decodes characters to find out.
    match cell.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        [only] if only.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// The truth value in a cell, by the words and letters that are commonly used for it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    const TRUE: [&str; 5] = ["true", "t", "yes", "y", "1"];
    const FALSE: [&str; 5] = ["false", "f", "no", "n", "0"];
    let is_one_of = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(TRUE) {
        Some(true)
    } else if is_one_of(FALSE) {
        Some(false)
    } else {
        None
    }
}

fn strip_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    }
}

/// A finite decimal number. The standard parser also takes `inf` and `nan`, which no table means as a measurement.
fn plain_number(text: &str) -> Option<f64> {
    if let Some(value) = decimal(text.as_bytes()) {
        return Some(value);
    }
    if text.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn worldly() -> CellFormat {
        CellFormat {
            missing_markers: vec!["NA".into(), "-".into()],
            currency: vec!["$".into(), "EUR".into()],
            percent: true,
            thousands: Some(','),
            decimal: '.',
        }
    }

    #[test]
    fn numbers_are_read_with_their_marks() {
        let check =
            |cell: &str, expected: Option<f64>| assert_eq!(worldly().number(cell), expected, "{cell:?}");
        check("12", Some(12.0));
        check(" -1.5e3 ", Some(-1500.0));
        check("$1.36 ", Some(1.36));
        check("-$1.36", Some(-1.36));
        check("$-1.36", Some(-1.36));
        check("1.36 EUR", Some(1.36));
        check("58.10%", Some(58.1));
        check("6,52,230", Some(652_230.0));
        check("$19,101,353,833 ", Some(19_101_353_833.0));
        check(",5", None);
        check("1.2.3", None);
        check("--5", None);
        check("-+5", None);
        check("inf", None);
        check("NaN", None);
        check("1e400", None);
        check("0x10", None);
        check("", None);
        check("%", None);
        check("12 rooms", None);
    }

    #[test]
    fn marks_are_refused_where_the_format_does_not_name_them() {
        let plain = CellFormat::default();
        for cell in ["$1", "1%", "1,000"] {
            assert_eq!(plain.number(cell), None, "{cell:?}");
        }
    }

    #[test]
    fn a_decimal_comma_swaps_the_marks() {
        let german = CellFormat { decimal: ',', thousands: Some('.'), ..CellFormat::default() };
        assert_eq!(german.number("1.234,5"), Some(1234.5));
        assert_eq!(german.number("0,5"), Some(0.5));
    }

    #[test]
    fn only_the_empty_cell_and_the_markers_are_missing() {
        assert!(worldly().is_missing(""));
        assert!(worldly().is_missing("  "));
        assert!(worldly().is_missing(" NA "));
        assert!(!worldly().is_missing("0"));
        assert!(!CellFormat::default().is_missing("NA"));
    }

    proptest! {
        #[test]
        fn numbers_of_any_length_are_what_the_standard_parser_reads(text in "-?[0-9]{0,19}(\\.[0-9]{0,18})?(e-?[0-9]{1,2})?") {
            let expected = text.parse::<f64>().ok().map(f64::to_bits);
            prop_assert_eq!(CellFormat::default().number(&text).map(f64::to_bits), expected);
        }

        #[test]
        fn trimming_is_that_of_the_standard_library(text in any::<String>()) {
            prop_assert_eq!(trimmed(&text), text.trim());
        }
    }
}
