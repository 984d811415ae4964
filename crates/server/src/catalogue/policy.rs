//! Which versions of a model are served.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// Which of the versions in the folder are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// So many of the newest that can be loaded.
    Latest(NonZeroUsize),
    /// All of them.
    All,
    /// These, as far as they are there; at least one.
    Specific(BTreeSet<u64>),
}

impl Default for Policy {
    fn default() -> Self {
        Self::Latest(NonZeroUsize::MIN)
    }
}

impl Policy {
    /// Reads `latest:2`, `all` or `specific:1,4`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "all" => Some(Self::All),
            Some(("latest", count)) => Some(Self::Latest(count.parse().ok()?)),
            Some(("specific", versions)) => versions
                .split(',')
                .map(|version| version.trim().parse().ok())
                .collect::<Option<_>>()
                .map(Self::Specific),
            _ => None,
        }
    }

    /// Whether it asks for a version, when so many newer ones are served already.
    pub(super) fn wants(&self, version: u64, newer: usize) -> bool {
        match self {
            Self::Latest(count) => newer < count.get(),
            Self::All => true,
            Self::Specific(versions) => versions.contains(&version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read() {
        let check =
            |text: &str, expected: Option<Policy>| assert_eq!(Policy::parse(text), expected, "{text}");
        check("latest:1", Some(Policy::default()));
        check("latest:2", NonZeroUsize::new(2).map(Policy::Latest));
        check("all", Some(Policy::All));
        check("specific:4, 1", Some(Policy::Specific([1, 4].into())));
        for wrong in ["", "latest", "latest:0", "latest:-1", "all:1", "specific:", "specific:1,x", "newest:1"]
        {
            check(wrong, None);
        }
    }
}
