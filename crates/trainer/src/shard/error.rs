//! Why a shard was not grown, or shards do not make a forest.

use std::io;
use std::path::PathBuf;

use forest::ForestError;
use thiserror::Error;

use super::ShardNumber;

/// Why a shard was not grown, or shards do not make a forest.
#[derive(Debug, Error)]
pub enum ShardError {
    /// There is no shard of this number.
    #[error(
        "--shard {number}/{of}: {}shards are counted from {base} to {last}{}",
        if *base == 0 { "with --shard-base 0 " } else { "" },
        if *base == 1 && *number == 0 { "; --shard-base 0 counts from 0" } else { "" }
    )]
    Number {
        /// What was asked for.
        number: u32,
        /// How many there are.
        of: u32,
        /// Number of the first.
        base: u32,
        /// Number of the last.
        last: u32,
    },
    /// Some shards would have no tree.
    #[error("shard {shard} of {trees} trees: there are fewer trees than shards; ask for at most {trees}")]
    FewTrees {
        /// The shard.
        shard: ShardNumber,
        /// Trees that are grown.
        trees: u64,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is not what a trainer has written.
    #[error("{} is no sound shard: {reason}; grow it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tree of the file is not sound.
    #[error("shard {shard}, {}: {source}; grow it again", path.display())]
    Tree {
        /// The shard.
        shard: ShardNumber,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ForestError,
    },
    /// The shard is of another training.
    #[error("shard {shard}, {}, is of another training: {}", path.display(), differences.join("; "))]
    Other {
        /// The shard.
        shard: ShardNumber,
        /// The file.
        path: PathBuf,
        /// What differs, in words.
        differences: Vec<String>,
    },
    /// A shard is there twice.
    #[error("shard {shard} is given twice: {} and {}; give each shard once", first.display(), second.display())]
    Doubled {
        /// The shard.
        shard: ShardNumber,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Shards are not there.
    #[error("{} missing: grow {}, and merge all {of}", missing_in_words(missing), asked_for(missing))]
    Missing {
        /// The shards, ascending.
        missing: Vec<ShardNumber>,
        /// How many there are.
        of: u32,
    },
}

fn missing_in_words(missing: &[ShardNumber]) -> String {
    const MOST: usize = 12;
    let names: Vec<String> = missing.iter().take(MOST).map(ShardNumber::to_string).collect();
    match names.as_slice() {
        [only] => format!("shard {only} is"),
        names if missing.len() > MOST => {
            format!("shards {} and {} more are", names.join(", "), missing.len() - MOST)
        }
        names => format!("shards {} are", names.join(", ")),
    }
}

fn asked_for(missing: &[ShardNumber]) -> String {
    match missing {
        [only] => format!("it with --shard {only}"),
        [first, ..] => format!("them, beginning with --shard {first}"),
        [] => String::new(),
    }
}
