//! A small node and all that comes below it, side by side, with ranks of its own.
//!
//! Most of the time is spent in small nodes, whose rows lie anywhere in the columns: every code would be a line of
//! cache of its own. Copied once, codes and ranks of all features fit the second-level cache until the last leaf
//! below, and ranks among few rows are ordered by a bitmap of a few words.

use crate::feature_view::{Entry, FeatureView};
use crate::rank_sort::RankSort;
use crate::sorted_column::SortedColumn;

/// Most rows of a block.
const MOST_ROWS: usize = 512;
/// Below so few rows a copy is used too seldom.
const LEAST_ROWS: usize = 8;

/// Codes and ranks by feature. Here a row is its position in the node that was copied, and a code counts the distinct
/// values below.
#[derive(Default)]
pub(crate) struct LocalBlock {
    rows: usize,
    /// Code in the high half, rank in the low half, by feature and row.
    by_row: Vec<u32>,
    /// Code in the high half, row in the low half, by feature and rank.
    by_rank: Vec<u32>,
    /// Value by feature and code.
    values: Vec<f32>,
    /// Distinct values by feature, missing not counted.
    distinct: Vec<u32>,
    entries: Vec<Entry>,
    /// Position of each row of the table that is in the node.
    positions: Vec<u16>,
}

/// Whether a copy of all features costs less than the features drawn on the levels below fetch.
pub(crate) fn pays(rows: usize, features: usize, drawn: usize) -> bool {
    (LEAST_ROWS..=MOST_ROWS).contains(&rows) && features <= drawn.saturating_mul(rows.ilog2() as usize)
}

impl LocalBlock {
    /// Copies the rows of a node, of which there are at most 65,536.
    pub(crate) fn copy(&mut self, columns: &[SortedColumn], numbers: &[u32], sort: &mut RankSort) {
        self.rows = numbers.len();
        let cells = columns.len() * numbers.len();
        self.by_row.resize(cells, 0);
        self.by_rank.resize(cells, 0);
        self.values.resize(cells, 0.0);
        self.distinct.clear();
        let largest = numbers.last().map_or(0, |&number| number as usize);
        if self.positions.len() <= largest {
            self.positions.resize(largest + 1, 0);
        }
        for (position, &number) in (0u16..).zip(numbers) {
            self.positions[number as usize] = position;
        }
        for (feature, column) in columns.iter().enumerate() {
            let view = column.view();
            view.order(numbers, sort, &mut self.entries);
            let cells = feature * self.rows..(feature + 1) * self.rows;
            let (by_row, by_rank) = (&mut self.by_row[cells.clone()], &mut self.by_rank[cells.clone()]);
            let values = &mut self.values[cells];
            let (mut code, mut distinct) = (0, 0);
            let mut before = self.entries[0].code;
            for ((rank, entry), place) in (0u32..).zip(&self.entries).zip(by_rank) {
                code += u32::from(entry.code != before);
                before = entry.code;
                let position = self.positions[entry.number as usize];
                *place = code << 16 | u32::from(position);
                by_row[position as usize] = code << 16 | rank;
                values[code as usize] = view.value(entry.code);
                distinct = code + u32::from(entry.code != view.missing());
            }
            self.distinct.push(distinct);
        }
    }

    /// One feature.
    pub(crate) fn view(&self, feature: usize) -> FeatureView<'_> {
        let start = feature * self.rows;
        FeatureView::Local {
            by_row: &self.by_row[start..][..self.rows],
            by_rank: &self.by_rank[start..][..self.rows],
            values: &self.values[start..][..self.distinct[feature] as usize],
        }
    }
}
