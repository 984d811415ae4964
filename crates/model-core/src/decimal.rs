//! Plain decimal numbers as text: digits with at most one point, and a sign before them.
//!
//! They are rounded as the standard parser rounds them, in a third of the time. Whoever is told `None` asks that one.

/// Doubles that hold powers of ten exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Most digits: a word holds the whole number that they are.
const DIGITS: usize = 19;
/// A byte of one, and one of the digit zero, in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
const ZEROS: u64 = b'0' as u64 * ONES;

/// The number in the first `length` bytes, where that is a short decimal. More bytes behind make it faster: then a word holds
/// the whole cell, and nothing depends on how long it is.
pub(crate) fn leading_decimal(text: &[u8], length: usize) -> Option<f64> {
    const WORD: usize = size_of::<u64>();
    match text.first_chunk::<WORD>() {
        Some(&word) if (1..=WORD).contains(&length) => decimal_word(u64::from_le_bytes(word), length as u32),
        _ => decimal(text.get(..length)?),
    }
}

/// The number in the first `length` bytes of a word, from one to eight.
fn decimal_word(word: u64, length: u32) -> Option<f64> {
    const LOW_BITS: u64 = 0x7f * ONES;
    let negative = word as u8 == b'-';
    let sign = u32::from(negative);
    let length = length - sign;
    if length == 0 {
        return None;
    }
    // The last character in the highest byte, nothing below the first.
    let word = (word >> (8 * sign)) << (64 - 8 * length);
    // The highest bit of each byte that is a point.
    let differs = word ^ (u64::from(b'.') * ONES);
    let points = !(((differs & LOW_BITS) + LOW_BITS) | differs | LOW_BITS);
    let (digits, decimals, count) = if points == 0 {
        (word, 0, length)
    } else {
        // The digits before the point move up into its place.
        let place = points.trailing_zeros() - 7;
        let before = (1u64 << place) - 1;
        let behind = !(before << 8 | 0xff);
        ((word & before) << 8 | word & behind, (56 - place) / 8, length - 1)
    };
    if points & points.wrapping_sub(1) != 0 || count == 0 {
        return None;
    }
    let whole = eight_digits(digits | ZEROS & ((1u64 << (64 - 8 * count)) - 1))?;
    let size = f64::from(whole as u32) / POWERS[decimals as usize];
    Some(if negative { -size } else { size })
}

/// The number of eight digits, the first in the lowest byte.
fn eight_digits(digits: u64) -> Option<u64> {
    let are_digits =
        (digits & (0xf0 * ONES)) == ZEROS && (digits.wrapping_add(0x06 * ONES) & (0xf0 * ONES)) == ZEROS;
    if !are_digits {
        return None;
    }
    // Pairs of digits, then fours, then all eight.
    let digits = digits & (0x0f * ONES);
    let pairs = digits * 10 + (digits >> 8);
    let high = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let low = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(high.wrapping_add(low) >> 32)
}

/// The number in a text of up to 19 digits, those before the point left out when they are one zero.
pub(crate) fn decimal(text: &[u8]) -> Option<f64> {
    const EXACT: u64 = 1 << 53;
    // No branch on the sign: half of the time it would be foretold wrongly.
    let negative = text.first() == Some(&b'-');
    let text = &text[usize::from(negative)..];
    let before = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(before);
    let fraction = match rest {
        [] => rest,
        [b'.', fraction @ ..] => fraction,
        _ => return None,
    };
    let is_long = if digits == b"0" { fraction.len() > DIGITS } else { before + fraction.len() > DIGITS };
    if is_long || before + fraction.len() == 0 {
        return None;
    }
    let mut whole = digits.iter().fold(0, |whole: u64, byte| whole * 10 + u64::from(byte - b'0'));
    let (words, rest) = fraction.as_chunks();
    for &word in words {
        whole = whole * 100_000_000 + eight_digits(u64::from_le_bytes(word))?;
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        whole = whole * 10 + u64::from(digit);
    }
    // A whole number and a power of ten that are both exact doubles: the division rounds once (Clinger 1990, "How to read
    // floating point numbers accurately").
    let size = if whole <= EXACT {
        whole as i64 as f64 / POWERS[fraction.len()]
    } else {
        quotient(whole, fraction.len() as u32)
    };
    Some(size.copysign([1.0, -1.0][usize::from(negative)]))
}

/// A whole number that is not zero, divided by a power of ten up to the nineteenth.
fn quotient(whole: u64, decimals: u32) -> f64 {
    let power = 10u64.pow(decimals);
    // Both with their highest bit set, so that the quotient has 63 bits or 64, ten more than a double.
    let (up, down) = (whole.leading_zeros(), power.leading_zeros());
    let (dividend, divisor) = (u128::from(whole << up) << 63, u128::from(power << down));
    let quotient = (dividend / divisor) as u64;
    // What is left over decides between two doubles that are equally near.
    let is_left = u128::from(quotient) * divisor != dividend;
    let rounded = (quotient | u64::from(is_left)) as f64;
    // A power of two changes no digit.
    let exponent = down as i32 - up as i32 - 63;
    rounded * f64::from_bits(((1023 + exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, is_plain: bool) {
        let expected = is_plain.then(|| text.parse::<f64>().unwrap().to_bits());
        assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), expected, "{text:?}");
        assert_eq!(leading_decimal(text.as_bytes(), text.len()).map(f64::to_bits), expected, "{text:?}");
        let more = format!("{text},1234567");
        assert_eq!(leading_decimal(more.as_bytes(), text.len()).map(f64::to_bits), expected, "{text:?}");
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

    proptest! {
        #[test]
        fn decimals_of_any_length_are_what_the_standard_parser_reads(text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?") {
            if let Some(found) = decimal(text.as_bytes()) {
                prop_assert_eq!(found.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
            }
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

        #[test]
        fn words_are_what_the_standard_parser_reads(text in "-?[0-9.]{0,8}|[ -~]{1,8}", behind in "[0-9.,\\n-]{8}") {
            let expected = decimal(text.as_bytes()).map(f64::to_bits);
            let found = leading_decimal(format!("{text}{behind}").as_bytes(), text.len());
            prop_assert_eq!(found.map(f64::to_bits), expected);
        }
    }
}
