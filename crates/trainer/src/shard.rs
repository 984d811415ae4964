//! Shards: files of trees that were grown apart from the other trees of their forest, by another process or on another machine.

mod error;
mod file;
mod label;
mod number;
mod set;

pub use error::ShardError;
pub(crate) use file::ShardFile;
pub(crate) use label::{Label, PartOfForest};
pub use number::ShardNumber;
pub(crate) use set::ShardSet;
