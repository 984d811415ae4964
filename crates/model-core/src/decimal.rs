//! Plain decimal numbers as text: digits with at most one point, and a sign before them.
//!
//! They are rounded as the standard parser rounds them, in less than a third of the time. Whoever is told `None` asks that one.

/// Doubles that hold powers of ten exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers below are the low bits of a double that begins at 2⁵².
const EXACT: u64 = 1 << 52;
const EXACT_BITS: u64 = (EXACT as f64).to_bits();
/// Most digits: a word holds the whole number that they are.
const DIGITS: usize = 19;
/// A byte of one, and one of the digit zero, in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
const ZEROS: u64 = b'0' as u64 * ONES;

/// A short decimal: a whole number of all its digits, and how many of them stand behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    whole: u64,
    decimals: u32,
    negative: bool,
}

impl Decimal {
    /// The decimal in the first `length` bytes, where there is one. More bytes behind make it faster: then one or two words
    /// hold the whole cell, and nothing depends on how long it is.
    #[inline]
    pub fn leading(text: &[u8], length: usize) -> Option<Self> {
        // No branch on the sign: half of the time it would be foretold wrongly.
        let negative = text.first() == Some(&b'-');
        let (text, length) = (text.get(usize::from(negative)..)?, length.checked_sub(usize::from(negative))?);
        let (whole, decimals) = match (length, text.first_chunk(), text.first_chunk()) {
            (1..=8, Some(&word), _) => of_word(u64::from_le_bytes(word), length as u32)?,
            (9..=16, _, Some(&words)) => of_two_words(u128::from_le_bytes(words), length as u32)?,
            _ => of_bytes(text.get(..length)?)?,
        };
        Some(Self { whole, decimals, negative })
    }

    /// The double nearest to it.
    #[inline]
    pub fn value(self) -> f64 {
        // A whole number and a power of ten that are both exact doubles: the division rounds once (Clinger 1990, "How to read
        // floating point numbers accurately").
        let size = if self.whole < EXACT {
            // The bits of 2⁵² and the number; the instruction that converts would wait for the number before.
            let bits = EXACT_BITS | self.whole;
            (f64::from_bits(bits) - f64::from_bits(EXACT_BITS)) / POWERS[self.decimals as usize]
        } else {
            quotient(self.whole, self.decimals)
        };
        // By its bit: a choice of two doubles would be a branch, and foretold wrongly half of the time.
        f64::from_bits(size.to_bits() | u64::from(self.negative) << 63)
    }

    /// Digits behind the point.
    #[inline]
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    /// Whether it has at most six digits from the first that is not zero on.
    #[inline]
    pub fn has_six_digits(self) -> bool {
        self.whole < 1_000_000
    }
}

/// How long a decimal of at most eight bytes is and where it has its point. Most numbers of a column are of one shape; where it is
/// known, a number is read in less time, since nothing has to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    length: usize,
    decimals: u32,
    /// Brings the last character into the highest byte of a word.
    shift: u32,
    /// The bytes of the word that stand before the point and behind it.
    before: u64,
    behind: u64,
    /// The point at its place.
    point: u64,
    /// Zeros before the first digit.
    zeros: u64,
}

impl Shape {
    /// The shape of a decimal that was found in the first `length` bytes of a text; `None` for a longer one.
    pub fn of(decimal: Decimal, length: usize) -> Option<Self> {
        let length = length.checked_sub(usize::from(decimal.negative))?;
        let (bits, decimals) = (u32::try_from(length).ok()? * 8, decimal.decimals);
        if !(8..=64).contains(&bits) || decimals * 8 >= bits {
            return None;
        }
        let shift = 64 - bits;
        let (before, behind, point, first) = if decimals == 0 {
            (0, u64::MAX, 0, shift)
        } else {
            let place = 56 - 8 * decimals;
            let before = (1 << place) - 1;
            (before, !(before << 8 | 0xff), u64::from(b'.') << place, shift + 8)
        };
        let zeros = ZEROS & 1u64.checked_shl(first).unwrap_or(0).wrapping_sub(1);
        Some(Self { length, decimals, shift, before, behind, point, zeros })
    }

    /// What [`Decimal::leading`] gives, where it is of this shape.
    #[inline]
    pub fn leading(self, text: &[u8], length: usize) -> Option<Decimal> {
        let negative = text.first() == Some(&b'-');
        // The sign moves the place to read from: to choose between two words would be a branch.
        let word = u64::from_le_bytes(*text.get(usize::from(negative)..)?.first_chunk()?) << self.shift;
        let digits = (word & self.before) << 8 | word & self.behind | self.zeros;
        let is_shape = word & !(self.before | self.behind) == self.point
            && length == self.length + usize::from(negative);
        let whole = if is_shape { eight_digits(digits)? } else { return None };
        Some(Decimal { whole, decimals: self.decimals, negative })
    }
}

/// The digits of the first `length` bytes of a word, from one to eight.
#[inline]
fn of_word(word: u64, length: u32) -> Option<(u64, u32)> {
    const LOW_BITS: u64 = 0x7f * ONES;
    // The last character in the highest byte, nothing below the first.
    let word = word << (64 - 8 * length);
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
    Some((whole, decimals))
}

/// As [`of_word`] for two words, from nine bytes to sixteen.
#[inline(never)]
fn of_two_words(words: u128, length: u32) -> Option<(u64, u32)> {
    const ALL: u128 = (ONES as u128) << 64 | ONES as u128;
    const LOW_BITS: u128 = 0x7f * ALL;
    let words = words << (128 - 8 * length);
    let differs = words ^ (b'.' as u128 * ALL);
    let points = !(((differs & LOW_BITS) + LOW_BITS) | differs | LOW_BITS);
    let (digits, decimals, count) = if points == 0 {
        (words, 0, length)
    } else {
        let place = points.trailing_zeros() - 7;
        let before = (1u128 << place) - 1;
        let behind = !(before << 8 | 0xff);
        ((words & before) << 8 | words & behind, (120 - place) / 8, length - 1)
    };
    if points & points.wrapping_sub(1) != 0 {
        return None;
    }
    let digits = digits | (b'0' as u128 * ALL) & ((1u128 << (128 - 8 * count)) - 1);
    let (high, low) = (eight_digits(digits as u64)?, eight_digits((digits >> 64) as u64)?);
    Some((high * 100_000_000 + low, decimals))
}

/// The number of eight digits, the first in the lowest byte.
#[inline]
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
    Decimal::leading(text, text.len()).map(Decimal::value)
}

/// The digits of a text without a sign, and how many of them stand behind the point.
#[inline(never)]
fn of_bytes(text: &[u8]) -> Option<(u64, u32)> {
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
    Some((whole, fraction.len() as u32))
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
mod tests;
