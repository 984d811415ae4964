//! Tests of the decimals: they are what the standard parser reads.

use proptest::prelude::*;

use super::*;

fn decimal_of(text: &str) -> Option<Decimal> {
    Decimal::leading(text.as_bytes(), text.len())
}

#[test]
fn a_decimal_is_found_by_its_shape() {
    for (text, same, others) in [
        ("1.25", "-9.75", ["12.5", "1.2", "1.2x", "1225", "1.2.", "-.25"]),
        ("-12345678", "87654321", ["1234567", "1234.678", "123456789", "1234567x", "-1234567", "12345678."]),
        (".5", ".7", ["5.", "55", "-5", ".x", "..", "."]),
        ("7", "-0", ["", "-", ".", "77", "x", "7."]),
        ("1234567", "0000000", ["123456.", "1.34567", "12345678", "123456", "-123456", "123456-"]),
    ] {
        let shape = Shape::of(decimal_of(text).unwrap(), text.len()).unwrap();
        let leading = |text: &str| shape.leading(format!("{text},1.5,12345678").as_bytes(), text.len());
        for text in [text, same] {
            assert_eq!(leading(text), decimal_of(text), "{text:?}");
            assert!(leading(text).is_some());
        }
        for other in others {
            assert_eq!(leading(other), None, "{text:?} {other:?}");
        }
    }
    for long in ["123456789", "1.2345678", "-0.00000000001"] {
        assert_eq!(Shape::of(decimal_of(long).unwrap(), long.len()), None);
    }
}

fn leading(text: &[u8], length: usize) -> Option<u64> {
    Decimal::leading(text, length).map(|decimal| decimal.value().to_bits())
}

fn check(text: &str, is_plain: bool) {
    let expected = is_plain.then(|| text.parse::<f64>().unwrap().to_bits());
    assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), expected, "{text:?}");
    assert_eq!(leading(text.as_bytes(), text.len()), expected, "{text:?}");
    let more = format!("{text},1234567");
    assert_eq!(leading(more.as_bytes(), text.len()), expected, "{text:?}");
}

#[test]
fn plain_decimals_are_what_the_standard_parser_reads() {
    for plain in [
        "0",
        "-0",
        "5.",
        ".5",
        "-.5",
        "9007199254740992",
        "9007199254740993",
        "0.1",
        "-123.456",
        "0.00000000000001",
        "12345678",
        "1234567.",
        "-1234567",
        "9999999999999999999",
        "0.9999999999999999999",
        "-99.99999999999999999",
        "0.06114387959552488",
        "0.0000000000000000001",
    ] {
        check(plain, true);
    }
    for other in [
        "",
        "-",
        ".",
        "-.",
        "1.2.3",
        "--1",
        "1e5",
        "1 ",
        "12345678901234567890",
        "1844674407370955161.5",
        "00.1234567890123456789",
        "0.00000000000000000001",
        "1.2345678a",
        "1.234567:",
        "1/",
        "+1",
    ] {
        check(other, false);
    }
}

/// By the standard parser, what has the shape of a short decimal.
fn by_the_standard_parser(text: &str) -> Option<u64> {
    let size = text.strip_prefix('-').unwrap_or(text);
    let (before, behind) = size.split_once('.').unwrap_or((size, ""));
    let are_digits = format!("{before}{behind}").bytes().all(|byte| byte.is_ascii_digit());
    let digits = if before == "0" { behind.len() } else { before.len() + behind.len() };
    let is_short = are_digits && before.len() + behind.len() > 0 && digits <= DIGITS;
    is_short.then(|| text.parse::<f64>().unwrap().to_bits())
}

proptest! {
    #[test]
    fn decimals_of_any_length_are_what_the_standard_parser_reads(
        text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?|[+-]{0,2}[0-9.]{0,18}|[ -~]{0,20}|-?[0-9]{1,8}\\.?[0-9]{0,9}(e[+-]?[0-9]{1,3}| )|-?(inf|nan|NaN|Infinity)",
        behind in "[0-9.,\\n-]{0,20}",
    ) {
        let expected = by_the_standard_parser(&text);
        prop_assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), expected);
        for near in [text.clone(), text.replace('.', ""), text.replace(|c: char| c.is_ascii_digit(), "7")] {
            let shape = decimal_of(&near).and_then(|near_decimal| Shape::of(near_decimal, near.len()));
            let found = shape.and_then(|shape| shape.leading(format!("{text}{behind}").as_bytes(), text.len()));
            prop_assert!(found.is_none_or(|found| Some(found.value().to_bits()) == expected));
        }
        // What stands behind decides about the way.
        prop_assert_eq!(leading(format!("{text}{behind}").as_bytes(), text.len()), expected);
    }

    /// Halfway between two doubles, and a little beside.
    #[test]
    fn ties_are_rounded_to_the_even_double(bits in (1u64 << 52)..(1 << 53), beside in -1i64..2) {
        let text = (u128::from(2 * bits + 1) * 500).checked_add_signed(beside.into()).unwrap().to_string();
        let (before, behind) = text.split_at(text.len() - 3);
        let text = format!("{before}.{behind}");
        let found = decimal(text.as_bytes()).map(f64::to_bits);
        prop_assert_eq!(found, Some(text.parse::<f64>().unwrap().to_bits()), "{}", text);
    }
}
