//! The table in bytes: which of at most 255 quantiles of its column each value belongs to.
//!
//! Large nodes add up per quantile, which is several times cheaper than any order, and look for the exact cut only around
//! the best quantile. The bytes of a row lie side by side: the features of one node share its lines of cache.

use crate::sorted_column::SortedColumn;

/// Features whose bytes lie side by side.
const PANEL: usize = 64;

/// The quantiles of all columns.
pub(crate) struct CoarseTable {
    codes: Vec<u8>,
    rows: usize,
    panel: usize,
    /// Quantiles of each column; the one after the last is missing. 0 for a column without quantiles.
    bins: Vec<usize>,
}

/// One column.
#[derive(Clone, Copy)]
pub(crate) struct CoarseColumn<'a> {
    codes: &'a [u8],
    stride: usize,
    /// Quantiles; the one after the last is missing.
    pub(crate) bins: usize,
}

impl CoarseTable {
    pub(crate) fn of(columns: &[SortedColumn]) -> Self {
        let rows = columns.first().map_or(0, SortedColumn::rows);
        let panel = columns.len().min(PANEL);
        let mut codes = vec![0; columns.len().next_multiple_of(panel.max(1)) * rows];
        let mut bins = Vec::with_capacity(columns.len());
        for (feature, column) in columns.iter().enumerate() {
            let places = codes[feature / panel * panel * rows + feature % panel..].iter_mut().step_by(panel);
            bins.push(column.quantiles(places));
        }
        Self { codes, rows, panel, bins }
    }

    /// One column; `None` for one without quantiles, a category of many levels.
    pub(crate) fn column(&self, feature: usize) -> Option<CoarseColumn<'_>> {
        let bins = self.bins[feature];
        let start = feature / self.panel * self.panel * self.rows + feature % self.panel;
        (bins > 0).then(|| CoarseColumn { codes: &self.codes[start..], stride: self.panel, bins })
    }
}

impl CoarseColumn<'_> {
    /// The quantile of a row.
    #[inline(always)]
    pub(crate) fn code(self, number: u32) -> u8 {
        self.codes[number as usize * self.stride]
    }
}
