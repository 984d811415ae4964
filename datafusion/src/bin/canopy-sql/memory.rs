//! Sizes of memory as people write them.

use std::str::FromStr;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemorySize(pub(crate) usize);

impl FromStr for MemorySize {
    type Err = String;

    /// `512MB`, `2GB`, `1.5GiB`, or bytes without a unit. MB is a million bytes, MiB 2^20.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            "g" | "gb" => 1e9,
            "kib" => 1024.0,
            "mib" => 1024.0 * 1024.0,
            "gib" => 1024.0 * 1024.0 * 1024.0,
            _ => return Err(format!("expected a size such as 512MB or 2GiB, found {text:?}")),
        };
        let size = number.parse::<f64>().map(|number| number * unit).unwrap_or_default();
        if size < 1.0 {
            return Err(format!("expected a size above 0 such as 512MB or 2GiB, found {text:?}"));
        }
        Ok(Self(size as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, size) in [("512MB", 512_000_000), ("1.5KiB", 1536), ("2 g", 2_000_000_000), ("17", 17)] {
            assert_eq!(text.parse(), Ok(MemorySize(size)), "{text}");
        }
        for text in ["", "MB", "0", "12XB", "-1MB", "1e9"] {
            assert!(text.parse::<MemorySize>().is_err(), "{text}");
        }
    }
}
