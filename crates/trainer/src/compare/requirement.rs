//! A bound that a candidate has to keep, whatever its score: `p95_latency_ms<10`.

use std::collections::BTreeMap;
use std::fmt;

/// A quantity and its bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Requirement {
    quantity: String,
    is_upper: bool,
    includes_bound: bool,
    bound: f64,
}

impl Requirement {
    /// Understands `quantity<number`, `<=`, `>` and `>=`. `known` are the quantities there are.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let form = || format!("expected for example p95_latency_ms<10, found {text:?}");
        let place = text.find(['<', '>']).ok_or_else(form)?;
        let (quantity, rest) = text.split_at(place);
        let is_upper = rest.starts_with('<');
        let rest = &rest[1..];
        let number = rest.strip_prefix('=').unwrap_or(rest).trim();
        let bound: f64 = number.parse().ok().filter(|bound: &f64| bound.is_finite()).ok_or_else(form)?;
        let quantity = quantity.trim();
        if !known.contains(&quantity) {
            return Err(format!("{quantity:?} is not measured; known are {}", known.join(", ")));
        }
        Ok(Self { quantity: quantity.into(), is_upper, includes_bound: rest.starts_with('='), bound })
    }

    /// Why these quantities do not keep it, or nothing.
    pub(crate) fn objection(&self, quantities: &BTreeMap<String, f64>) -> Option<String> {
        let Some(&value) = quantities.get(&self.quantity) else {
            return Some(format!("{} is not known, required is {self}", self.quantity));
        };
        let keeps = match (self.is_upper, self.includes_bound) {
            (true, true) => value <= self.bound,
            (true, false) => value < self.bound,
            (false, true) => value >= self.bound,
            (false, false) => value > self.bound,
        };
        (!keeps).then(|| format!("{} is {}, required is {self}", self.quantity, crate::report::figure(value)))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_upper { '<' } else { '>' };
        let equals = if self.includes_bound { "=" } else { "" };
        write!(f, "{} {sign}{equals} {}", self.quantity, self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_or_not() {
        let quantities = BTreeMap::from([("a_mb".to_owned(), 5.0)]);
        let check = |text: &str, expected: Option<&str>| {
            let requirement = Requirement::parse(text, &["a_mb", "r2"]).unwrap();
            assert_eq!(requirement.objection(&quantities).as_deref(), expected, "{text}");
        };
        check("a_mb<5.5", None);
        check("a_mb<=5", None);
        check("a_mb<5", Some("a_mb is 5.0000, required is a_mb < 5"));
        check(" a_mb >= 5", None);
        check("a_mb>5", Some("a_mb is 5.0000, required is a_mb > 5"));
        check("r2>0.5", Some("r2 is not known, required is r2 > 0.5"));
        let refused = |text: &str| Requirement::parse(text, &["a_mb", "r2"]).unwrap_err();
        assert_eq!(refused("a_mb=5"), "expected for example p95_latency_ms<10, found \"a_mb=5\"");
        assert_eq!(refused("a_mb<five"), "expected for example p95_latency_ms<10, found \"a_mb<five\"");
        assert_eq!(refused("size<5"), "\"size\" is not measured; known are a_mb, r2");
    }
}
