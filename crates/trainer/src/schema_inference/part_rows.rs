//! What is read of a part of the file by the thread that has just parsed it, while its text is in the processor's cache: which of its
//! records are rows, and their numbers.
//!
//! The rest depends on what stands before the part, and waits until that is known.

use std::collections::BTreeMap;

use super::is_whole;
use super::kept_numbers::KeptNumbers;
use super::tile::{CellReader, Expected, TILE_ROWS, Tile};
use crate::csv_table::{Part, Record};
use crate::roles::{FeatureColumn, TargetColumns};
use crate::row_rules::{Reason, RowRules, Verdict};

/// The rows of a part.
#[derive(Debug, Default)]
pub(super) struct PartRows {
    /// Places of the records that are rows.
    pub(super) rows: Vec<usize>,
    /// Their targets, where those are derived.
    pub(super) derived: Vec<f64>,
    /// Records that are no rows, by reason.
    pub(super) lost: BTreeMap<Reason, u64>,
    /// Place of the first record that cannot be read.
    pub(super) first_unreadable: Option<usize>,
    /// The numbers of each column that may hold features.
    pub(super) features: Vec<PartNumbers>,
    /// The targets that stand in a column.
    pub(super) target: PartTargets,
}

/// The numbers of a column that may hold features.
#[derive(Debug, Clone, Default)]
pub(super) struct PartNumbers {
    pub(super) numbers: KeptNumbers,
    /// Rows without a value.
    pub(super) missing: u64,
    /// The numbers that may share their `f32` with another, unless all are [apart](KeptNumbers::are_apart).
    pub(super) mergeable: Vec<f64>,
    /// Some cell holds text; then nothing else counts.
    pub(super) is_text: bool,
    expected: Expected,
}

/// Targets that are numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct PartTargets {
    pub(super) values: Vec<f64>,
    /// One of them is no whole number.
    pub(super) has_fraction: bool,
    /// Some cell holds something else; then nothing else counts.
    pub(super) is_other: bool,
    expected: Expected,
}

impl PartRows {
    /// The records of a part that are rows.
    pub(super) fn records<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = Record<'a>> {
        self.rows.iter().map(|&row| part.record(row))
    }
}

/// Reads the rows of parts.
pub(super) struct PartReader<'a> {
    pub(super) rules: &'a RowRules<'a>,
    /// Each column that may hold features, and whether numbers are looked for.
    pub(super) features: Vec<(&'a FeatureColumn, bool)>,
    pub(super) target: TargetColumns,
    pub(super) cells: CellReader<'a>,
}

impl PartReader<'_> {
    /// Reads a part, into the memory of another.
    pub(super) fn read(&self, part: &Part, read: &mut PartRows) {
        self.judge(part, read);
        read.features.resize_with(self.features.len(), PartNumbers::default);
        for (numbers, (_, are_wanted)) in read.features.iter_mut().zip(&self.features) {
            numbers.clear();
            numbers.is_text = !are_wanted;
        }
        read.target.clear();
        let tile = &mut Tile::default();
        for rows in read.rows.chunks(TILE_ROWS) {
            for (numbers, (feature, _)) in read.features.iter_mut().zip(&self.features) {
                if !numbers.is_text {
                    self.cells.read(part, rows, feature.position, &mut numbers.expected, tile);
                    numbers.extend(tile);
                }
            }
            if let TargetColumns::Column(position) = self.target
                && !read.target.is_other
            {
                self.cells.read(part, rows, position, &mut read.target.expected, tile);
                read.target.extend(tile);
            }
        }
    }

    fn judge(&self, part: &Part, read: &mut PartRows) {
        read.rows.clear();
        read.derived.clear();
        read.lost.clear();
        read.first_unreadable = None;
        for (place, record) in part.records().enumerate() {
            let reason = match self.rules.judge(record) {
                Verdict::Keep(derived) => {
                    read.rows.push(place);
                    read.derived.extend(derived);
                    continue;
                }
                Verdict::Drop(reason) => reason,
                Verdict::Bad(_) => {
                    read.first_unreadable.get_or_insert(place);
                    Reason::Unreadable
                }
            };
            *read.lost.entry(reason).or_default() += 1;
        }
    }
}

impl PartNumbers {
    fn clear(&mut self) {
        self.numbers.clear();
        self.mergeable.clear();
        (self.missing, self.is_text) = (0, false);
    }

    /// Takes the cells of more rows.
    fn extend(&mut self, tile: &Tile) {
        if !tile.are_numbers {
            self.is_text = true;
            return;
        }
        let mark = self.numbers.mark();
        self.numbers.extend(tile.values(), tile.written);
        self.missing += tile.missing;
        if !self.numbers.are_apart() {
            self.mergeable.extend(self.numbers.untold(mark));
            self.mergeable.extend(tile.mergeable());
        }
    }
}

impl PartTargets {
    fn clear(&mut self) {
        self.values.clear();
        (self.has_fraction, self.is_other) = (false, false);
    }

    /// Takes the targets of more rows.
    fn extend(&mut self, tile: &Tile) {
        if !tile.are_numbers || tile.missing > 0 {
            self.is_other = true;
            return;
        }
        self.values.extend_from_slice(tile.values());
        self.has_fraction = self.has_fraction || !tile.values().iter().all(|&value| is_whole(value));
    }
}
