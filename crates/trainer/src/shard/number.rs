//! Which part of the trees a shard holds.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ShardError;
use crate::args::ShardArgs;

/// Most shards of a training.
const MOST: u32 = 1 << 16;

/// One of several shards, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct ShardNumber {
    number: u32,
    of: u32,
}

impl ShardNumber {
    /// The shard of a training that is not shared out.
    pub(crate) const ONLY: Self = Self { number: 1, of: 1 };

    /// Shard `number` of `of`, from 1; `None` where there is no such shard. There are at most 65,536.
    pub fn new(number: u32, of: u32) -> Option<Self> {
        (of <= MOST && (1..=of).contains(&number)).then_some(Self { number, of })
    }

    /// The shard that the command line asks for, if it asks for one.
    ///
    /// # Errors
    /// When its number is beyond the number of shards.
    pub fn asked(args: &ShardArgs) -> Result<Option<Self>, ShardError> {
        let Some(asked) = args.shard else { return Ok(None) };
        let base = args.shard_base;
        match asked.number.checked_add(1 - base.min(1)).and_then(|number| Self::new(number, asked.of)) {
            Some(shard) => Ok(Some(shard)),
            None => {
                let last = asked.of - (1 - base.min(1));
                Err(ShardError::Number { number: asked.number, of: asked.of, base, last })
            }
        }
    }

    /// How many shards there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Numbers of the trees that are grown, of those from `first` up to `all`. The parts differ by at most one tree.
    ///
    /// # Errors
    /// When there are fewer trees than shards.
    pub fn trees(self, first: usize, all: usize) -> Result<Range<usize>, ShardError> {
        let new = all.saturating_sub(first) as u64;
        let of = u64::from(self.of);
        if new < of {
            return Err(ShardError::FewTrees { shard: self, trees: new });
        }
        let place = |number: u32| first + (new * u64::from(number) / of) as usize;
        Ok(place(self.number - 1)..place(self.number))
    }
}

impl fmt::Display for ShardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl TryFrom<(u32, u32)> for ShardNumber {
    type Error = &'static str;

    fn try_from((number, of): (u32, u32)) -> Result<Self, &'static str> {
        Self::new(number, of).ok_or("there is no such shard")
    }
}

impl From<ShardNumber> for (u32, u32) {
    fn from(shard: ShardNumber) -> Self {
        (shard.number, shard.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_all_the_trees_each_once() {
        for (first, all, of) in [(0, 100, 4), (0, 7, 7), (3, 103, 7), (0, 1, 1), (10, 23, 6)] {
            let trees = |number| ShardNumber::new(number, of).unwrap().trees(first, all).unwrap();
            let together: Vec<usize> = (1..=of).flat_map(trees).collect();
            assert_eq!(together, (first..all).collect::<Vec<_>>());
            let sizes: Vec<usize> = (1..=of).map(|number| trees(number).len()).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
    }

    #[test]
    fn a_number_counts_from_the_base() {
        let check = |text: &str, shard_base: u32, expected: &str| {
            let args = ShardArgs { shard: Some(text.parse().unwrap()), shard_base };
            let found = match ShardNumber::asked(&args) {
                Ok(shard) => shard.unwrap().to_string(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected);
        };
        check("2/4", 1, "2/4");
        check("0/4", 0, "1/4");
        check("3/4", 0, "4/4");
        check("0/4", 1, "--shard 0/4: shards are counted from 1 to 4; --shard-base 0 counts from 0");
        check("5/4", 1, "--shard 5/4: shards are counted from 1 to 4");
        check("4/4", 0, "--shard 4/4: with --shard-base 0 shards are counted from 0 to 3");
    }

    #[test]
    fn a_shard_without_a_tree_is_refused() {
        let error = ShardNumber::new(1, 4).unwrap().trees(10, 13).unwrap_err();
        assert_eq!(
            error.to_string(),
            "shard 1/4 of 3 trees: there are fewer trees than shards; ask for at most 3"
        );
    }
}
