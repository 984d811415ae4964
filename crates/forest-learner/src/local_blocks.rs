//! Small nodes and all that comes below them, side by side, with ranks of their own.
//!
//! Most of the time is spent in small nodes, whose rows lie anywhere in the columns: every code would be a line of
//! cache of its own. So the rows of a tree are dealt out to blocks as soon as its nodes are small, feature after feature
//! in one pass. Ranks among few rows fit a bitmap of a few words.

use std::ops::Range;

use crate::feature_view::{Entry, FeatureView, MISSING};
use crate::rank_sort::RankSort;
use crate::sorted_column::SortedColumn;

/// Most rows of a block: all features of a usual table fit the second-level cache.
const MOST_ROWS: usize = 1 << POSITION_BITS;
const POSITION_BITS: u32 = 9;
/// Below so few rows a copy is used too seldom.
const LEAST_ROWS: usize = 8;
/// Slot of a row without a block.
const NO_SLOT: u32 = u32::MAX;

/// Codes and ranks of blocks of rows. In a block a row is its position in the node that was copied, and a code counts
/// the distinct values below.
#[derive(Default)]
pub(crate) struct LocalBlocks {
    blocks: Vec<Block>,
    features: usize,
    /// Rows of all blocks.
    rows: usize,
    /// Code in the high half, rank in the low half, by feature, block and row.
    by_row: Vec<u32>,
    /// Code in the high half, row in the low half, by feature, block and rank.
    by_rank: Vec<u32>,
    /// Value by feature, block and code.
    values: Vec<f32>,
    /// Distinct values by block and feature, missing not counted.
    distinct: Vec<u32>,
    /// Block and position of each row of the table.
    slots: Vec<u32>,
    /// Slot and code of the rows that are in a block, in the order of a feature.
    dealt: Vec<(u32, u32)>,
    cursors: Vec<Cursor>,
}

/// Place of one block in the arrays.
#[derive(Clone, Copy)]
struct Block {
    start: usize,
    rows: usize,
}

/// How far a block has come in one feature.
#[derive(Clone, Copy)]
struct Cursor {
    start: usize,
    rank: u32,
    /// The codes that were given, and the last value they stand for.
    codes: u32,
    last: u64,
}

/// Whether a node of so many rows gets a block: a copy of all features must cost less than the features drawn on the
/// levels below fetch.
pub(crate) fn pays(rows: usize, features: usize, drawn: usize) -> bool {
    (LEAST_ROWS..=MOST_ROWS).contains(&rows) && features <= drawn.saturating_mul(rows.ilog2() as usize)
}

impl LocalBlocks {
    /// Deals out the rows of nodes of at most 512 rows: `nodes` are ranges of `numbers`, the row numbers.
    pub(crate) fn deal(
        &mut self,
        columns: &[SortedColumn],
        nodes: &[Range<usize>],
        numbers: &[u32],
        sort: &mut RankSort,
    ) {
        self.lay_out(columns.len(), nodes.iter().map(|node| node.len()));
        self.slots.clear();
        self.slots.resize(columns.first().map_or(0, SortedColumn::rows), NO_SLOT);
        for (block, node) in (0u32..).zip(nodes) {
            for (position, &number) in (0u32..).zip(&numbers[node.clone()]) {
                self.slots[number as usize] = block << POSITION_BITS | position;
            }
        }
        for (feature, column) in columns.iter().enumerate() {
            let view = column.view();
            if let FeatureView::Many { order, .. } = view {
                self.deal_feature(feature, view, order);
                continue;
            }
            for (block, node) in nodes.iter().enumerate() {
                self.copy_feature(block, feature, view, view.in_order(&numbers[node.clone()], sort));
            }
        }
    }

    /// One feature of a block.
    #[inline(always)]
    pub(crate) fn view(&self, block: usize, feature: usize) -> FeatureView<'_> {
        let Block { start, rows } = self.blocks[block];
        let start = feature * self.rows + start;
        let distinct = self.distinct[block * self.features + feature] as usize;
        FeatureView::Local {
            by_row: &self.by_row[start..][..rows],
            by_rank: &self.by_rank[start..][..rows],
            values: &self.values[start..][..distinct],
        }
    }

    fn lay_out(&mut self, features: usize, sizes: impl Iterator<Item = usize>) {
        self.features = features;
        self.blocks.clear();
        let mut start = 0;
        for rows in sizes {
            self.blocks.push(Block { start, rows });
            start += rows;
        }
        self.rows = start;
        let cells = start * features;
        if self.by_row.len() < cells {
            self.by_row.resize(cells, 0);
            self.by_rank.resize(cells, 0);
            self.values.resize(cells, 0.0);
        }
        self.distinct.resize(self.blocks.len() * features, 0);
    }

    /// Goes once through all rows in the order of a feature.
    fn deal_feature(&mut self, feature: usize, view: FeatureView<'_>, order: &[Entry]) {
        self.dealt.resize(order.len(), (0, 0));
        let mut rows = 0;
        for entry in order {
            // No branch: whether a row was drawn is unpredictable.
            let slot = self.slots[entry.number as usize];
            self.dealt[rows] = (slot, entry.code);
            rows += usize::from(slot != NO_SLOT);
        }
        self.cursors.clear();
        self.cursors.extend(self.blocks.iter().map(|block| Cursor {
            start: feature * self.rows + block.start,
            rank: 0,
            codes: 0,
            last: u64::MAX,
        }));
        for &(slot, code) in &self.dealt[..rows] {
            let cursor = &mut self.cursors[(slot >> POSITION_BITS) as usize];
            cursor.codes += u32::from(cursor.last != u64::from(code));
            cursor.last = u64::from(code);
            let (local, position) = (cursor.codes - 1, slot as usize % MOST_ROWS);
            self.by_rank[cursor.start + cursor.rank as usize] = local << 16 | position as u32;
            self.by_row[cursor.start + position] = local << 16 | cursor.rank;
            self.values[cursor.start + local as usize] = view.value(code);
            cursor.rank += 1;
        }
        for (cursor, distinct) in
            self.cursors.iter().zip(self.distinct.iter_mut().skip(feature).step_by(self.features))
        {
            *distinct = cursor.codes - u32::from(cursor.last == u64::from(MISSING));
        }
    }

    /// Takes over one feature of the rows of one block, which come in their order.
    fn copy_feature(&mut self, block: usize, feature: usize, view: FeatureView<'_>, entries: &[Entry]) {
        let Block { start, rows } = self.blocks[block];
        let cells = feature * self.rows + start;
        let (by_row, by_rank) = (&mut self.by_row[cells..][..rows], &mut self.by_rank[cells..][..rows]);
        let values = &mut self.values[cells..][..rows];
        let (mut code, mut before) = (0, entries[0].code);
        values[0] = view.value(before);
        for ((rank, entry), place) in (0u32..).zip(entries).zip(by_rank) {
            if entry.code != before {
                code += 1;
                before = entry.code;
                values[code as usize] = view.value(before);
            }
            let position = self.slots[entry.number as usize] as usize % MOST_ROWS;
            *place = code << 16 | position as u32;
            by_row[position] = code << 16 | rank;
        }
        self.distinct[block * self.features + feature] = code + u32::from(before != view.missing());
    }
}
