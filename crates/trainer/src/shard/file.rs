//! The file of a shard: data alone, verified before anything in it is looked at.
//!
//! | part | content |
//! |---|---|
//! | magic | 8 bytes, [`MAGIC`] |
//! | length of the label | `u32`, little-endian |
//! | label | JSON, see [`Label`] |
//! | trees | those of every forest in the label's order, each a [`GrownTree`] and the importances of its features, `f64` |
//! | digest | BLAKE3 of all before it |
//!
//! The digest tells damage, not malice: whoever can write a shard can write another digest. So the trees are checked as those of an
//! artifact are, and no content makes a reader panic, run code or allocate more than the file is long.

use std::fs;
use std::path::{Path, PathBuf};

use forest::{GrownTree, Shape};
use forest_learner::Grown;
use model_core::Aside;
use registry::host_name;

use super::{Label, PartOfForest, ShardError};

const MAGIC: &[u8; 8] = b"CNPYSHD1";
const DIGEST: usize = 32;
/// Longest label, 16 MiB, as that of an artifact's header.
const LARGEST_LABEL: u32 = 16 << 20;
/// Ending of the file's name.
const EXTENSION: &str = "shard";

/// A shard that was grown or read.
#[derive(Debug, Clone)]
pub(crate) struct ShardFile {
    pub(crate) label: Label,
    /// Where it was read, or will be written.
    pub(crate) path: PathBuf,
    /// The trees of all forests.
    trees: Vec<u8>,
}

impl ShardFile {
    /// The shard of this label, still without trees, in this folder.
    pub(crate) fn new(label: Label, folder: &Path) -> Self {
        let (number, of): (u32, u32) = label.shard.into();
        let path = folder.join(format!("{}-{number}-of-{of}.{EXTENSION}", label.name));
        Self { label, path, trees: Vec::new() }
    }

    /// Adds the trees of one more forest, numbered from `first`.
    pub(crate) fn add(&mut self, shape: &Shape, first: usize, grown: &[Grown]) {
        let before = self.trees.len();
        for Grown { tree, importances } in grown {
            tree.encode(shape, &mut self.trees);
            self.trees.extend(importances.iter().flat_map(|share| share.to_le_bytes()));
        }
        let bytes = (self.trees.len() - before) as u64;
        self.label.forests.push(PartOfForest { first, end: first + grown.len(), bytes });
    }

    /// The trees of one of the forests.
    ///
    /// # Errors
    /// When one of them is not sound, or not of this shape.
    pub(crate) fn trees_of(&self, forest: usize, shape: &Shape) -> Result<Vec<Grown>, ShardError> {
        let Some(part) = self.label.forests.get(forest) else { return Ok(Vec::new()) };
        let start: u64 = self.label.forests[..forest].iter().map(|part| part.bytes).sum();
        let mut bytes = &self.trees[start as usize..][..part.bytes as usize];
        let mut grown = Vec::new();
        for number in part.first..part.end {
            let tree = GrownTree::decode(shape, number, &mut bytes).map_err(|source| ShardError::Tree {
                shard: self.label.shard,
                path: self.path.clone(),
                source,
            })?;
            let (shares, rest) = bytes
                .split_at_checked(shape.width() * size_of::<f64>())
                .ok_or_else(|| self.damaged("it ends within a tree"))?;
            bytes = rest;
            let importances = shares.as_chunks().0.iter().map(|&share| f64::from_le_bytes(share)).collect();
            grown.push(Grown { tree, importances });
        }
        match bytes.is_empty() {
            true => Ok(grown),
            false => Err(self.damaged("bytes are left over behind its trees")),
        }
    }

    /// Writes the file in one step. One of the same name is replaced: the same shard has the same bytes.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn write(&self) -> Result<u64, ShardError> {
        let bytes = self.encode()?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || {
            if let Some(folder) = folder {
                fs::create_dir_all(folder)?;
            }
            // Several machines may write to one folder, and processes in containers have the same number.
            let mut aside = Aside::create_as(&self.path, &host_name())?;
            aside.fill(&bytes)?;
            aside.replace(&self.path)
        };
        write().map_err(|source| ShardError::Io { action: "write", path: self.path.clone(), source })?;
        Ok(bytes.len() as u64)
    }

    /// Reads a file and verifies it.
    ///
    /// # Errors
    /// When it cannot be read, is no shard or is damaged.
    pub(crate) fn read(path: &Path) -> Result<Self, ShardError> {
        let bytes =
            fs::read(path).map_err(|source| ShardError::Io { action: "read", path: path.into(), source })?;
        Self::decode(bytes, path).map_err(|reason| ShardError::Damaged { path: path.into(), reason })
    }

    fn encode(&self) -> Result<Vec<u8>, ShardError> {
        let label = serde_json::to_vec(&self.label).map_err(|error| self.damaged(&error.to_string()))?;
        let length = u32::try_from(label.len()).ok().filter(|length| *length <= LARGEST_LABEL);
        let length = length.ok_or_else(|| self.damaged("its config is longer than 16 MiB"))?;
        let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + label.len() + self.trees.len() + DIGEST);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&label);
        bytes.extend_from_slice(&self.trees);
        let digest = blake3::hash(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        Ok(bytes)
    }

    fn decode(mut bytes: Vec<u8>, path: &Path) -> Result<Self, String> {
        if !bytes.starts_with(MAGIC) {
            return Err("it does not begin as a shard does".into());
        }
        let end = bytes.len().saturating_sub(DIGEST);
        let (content, digest) = bytes.split_at(end);
        if blake3::hash(content).as_bytes()[..] != *digest {
            return Err("its checksum does not match: it is damaged or cut short".into());
        }
        let cut = || "it is cut short".to_owned();
        let (length, rest) = content[MAGIC.len()..].split_first_chunk::<4>().ok_or_else(cut)?;
        let length = u32::from_le_bytes(*length);
        if length > LARGEST_LABEL {
            return Err("its label is longer than 16 MiB".into());
        }
        let (label, trees) = rest.split_at_checked(length as usize).ok_or_else(cut)?;
        let label: Label = serde_json::from_slice(label).map_err(|error| format!("its label: {error}"))?;
        let lengths = label.forests.iter().try_fold(0u64, |sum, part| sum.checked_add(part.bytes));
        if lengths != Some(trees.len() as u64) || label.forests.iter().any(|part| part.end < part.first) {
            return Err("its label does not fit its trees".into());
        }
        let start = end - trees.len();
        bytes.truncate(end);
        bytes.drain(..start);
        Ok(Self { label, path: path.into(), trees: bytes })
    }

    fn damaged(&self, reason: &str) -> ShardError {
        ShardError::Damaged { path: self.path.clone(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use forest::{Column, TreeBuilder};
    use serde_json::json;

    use super::*;
    use crate::shard::ShardNumber;

    fn shard(folder: &Path) -> (ShardFile, Shape) {
        let shape = Shape::new(vec![Column::Numeric], 1).unwrap();
        let mut builder = TreeBuilder::new(&shape);
        builder.leaf(0, &[2.5]).unwrap();
        let grown = [Grown { tree: builder.finish(), importances: vec![0.0] }];
        let label = Label {
            name: "boston".into(),
            shard: ShardNumber::new(2, 3).unwrap(),
            config: json!({"model": {"n_estimators": 3}}),
            data: "0".repeat(64),
            parent: None,
            libraries: [("forest".to_owned(), "0.1.0".to_owned())].into(),
            forests: Vec::new(),
        };
        let mut shard = ShardFile::new(label, folder);
        shard.add(&shape, 1, &grown);
        (shard, shape)
    }

    #[test]
    fn a_shard_is_read_as_written_and_every_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (shard, shape) = shard(folder.path());
        shard.write().unwrap();
        shard.write().unwrap();
        let path = folder.path().join("boston-2-of-3.shard");
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!((&shard.path, files), (&path, 1));
        let read = ShardFile::read(&path).unwrap();
        assert_eq!(read.label, shard.label);
        let [grown] = read.trees_of(0, &shape).unwrap().try_into().unwrap();
        assert_eq!((grown.tree.node_count(), grown.importances), (1, vec![0.0]));
        let bytes = shard.encode().unwrap();
        for place in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[place] ^= 1;
            assert!(ShardFile::decode(wrong, &path).is_err(), "byte {place}");
            assert!(ShardFile::decode(bytes[..place].to_vec(), &path).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_label_that_lies_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (shard, shape) = shard(folder.path());
        let changed = |change: fn(&mut PartOfForest)| {
            let mut other = shard.clone();
            change(&mut other.label.forests[0]);
            ShardFile::decode(other.encode().unwrap(), &shard.path)
        };
        assert!(changed(|part| part.bytes += 1).is_err());
        assert!(changed(|part| part.end = 0).is_err());
        for end in [1, 3, usize::MAX] {
            let mut other = shard.clone();
            other.label.forests[0].end = end;
            let read = ShardFile::decode(other.encode().unwrap(), &shard.path).unwrap();
            assert!(read.trees_of(0, &shape).is_err(), "{end}");
        }
    }
}
