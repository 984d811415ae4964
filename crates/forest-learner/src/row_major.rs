//! Cells of a table that lie row by row: the features of one node share the lines of cache of its rows.

use rayon::prelude::*;

use crate::wide::prefetch;

/// Most features whose cells lie side by side; a wider table is a row of such panels.
const PANEL: usize = 32;
/// The width of a panel is a multiple of so many cells.
const STEP: usize = 4;

/// How many rows ahead memory is asked for.
const SOON: usize = 16;
/// Rows of a node from which on they are far from each other.
const FAR_ROWS: usize = 2048;

/// Rows that one thread fills at a time: so few that they stay in the second level of cache, feature after feature.
const ROWS_AT_ONCE: usize = 1024;

/// One cell for each row and feature.
pub(crate) struct RowMajor<T> {
    cells: Vec<T>,
    rows: usize,
    panel: usize,
}

/// One feature.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, T> {
    cells: &'a [T],
    stride: usize,
}

impl<T: Copy + Default> RowMajor<T> {
    pub(crate) fn new(rows: usize, features: usize) -> Self {
        let panel = features.clamp(1, PANEL).next_multiple_of(STEP);
        Self { cells: vec![T::default(); features.next_multiple_of(panel) * rows], rows, panel }
    }

    /// Writes the cells of all features, in rayon's current pool; each feature has one for each row.
    pub(crate) fn fill(&mut self, features: &[&[T]])
    where
        T: Send + Sync,
    {
        let Self { cells, rows, panel } = self;
        let panels = cells.chunks_exact_mut((*panel * *rows).max(1)).zip(features.chunks(*panel));
        for (cells, features) in panels {
            cells.par_chunks_mut(ROWS_AT_ONCE * *panel).enumerate().for_each(|(part, cells)| {
                for (place, feature) in features.iter().enumerate() {
                    let feature = &feature[part * ROWS_AT_ONCE..];
                    for (cell, &value) in cells[place..].iter_mut().step_by(*panel).zip(feature) {
                        *cell = value;
                    }
                }
            });
        }
    }

    /// Takes the cells of some rows of another table, one after the other.
    pub(crate) fn copy_rows(&mut self, from: &Self, numbers: &[u32]) {
        // As constants, lest every row calls for a copy of some length.
        match from.panel.div_ceil(STEP) {
            1 => self.copy_panels::<STEP>(from, numbers),
            2 => self.copy_panels::<{ 2 * STEP }>(from, numbers),
            3 => self.copy_panels::<{ 3 * STEP }>(from, numbers),
            4 => self.copy_panels::<{ 4 * STEP }>(from, numbers),
            5 => self.copy_panels::<{ 5 * STEP }>(from, numbers),
            6 => self.copy_panels::<{ 6 * STEP }>(from, numbers),
            7 => self.copy_panels::<{ 7 * STEP }>(from, numbers),
            _ => self.copy_panels::<PANEL>(from, numbers),
        }
    }

    fn copy_panels<const WIDTH: usize>(&mut self, from: &Self, numbers: &[u32]) {
        (self.rows, self.panel) = (numbers.len(), WIDTH);
        let panels = from.cells.chunks_exact(WIDTH * from.rows.max(1));
        let cells = panels.len() * WIDTH * numbers.len();
        if self.cells.len() < cells {
            self.cells.resize(cells, T::default());
        }
        let (mut rows, _) = self.cells[..cells].as_chunks_mut::<WIDTH>();
        for panel in panels {
            let (of_panel, rest) = rows.split_at_mut(numbers.len());
            rows = rest;
            let panel = panel.as_chunks::<WIDTH>().0;
            for (place, (row, &number)) in of_panel.iter_mut().zip(numbers).enumerate() {
                if let Some(&soon) = numbers.get(place + SOON) {
                    prefetch(panel, soon as usize);
                    prefetch(panel.as_flattened(), (soon as usize + 1) * WIDTH - 1);
                }
                *row = panel[number as usize];
            }
        }
    }

    /// One feature.
    #[inline(always)]
    pub(crate) fn feature(&self, feature: usize) -> Strided<'_, T> {
        Strided { cells: &self.cells[self.start(feature)..], stride: self.panel }
    }

    #[inline(always)]
    fn start(&self, feature: usize) -> usize {
        feature / self.panel * self.panel * self.rows + feature % self.panel
    }
}

impl<'a, T: Copy> Strided<'a, T> {
    /// Cells that lie one after the other.
    #[cfg(test)]
    pub(crate) fn dense(cells: &'a [T]) -> Self {
        Self { cells, stride: 1 }
    }

    /// The cell of a row.
    #[inline(always)]
    pub(crate) fn get(self, row: u32) -> T {
        self.cells[row as usize * self.stride]
    }

    /// Asks for the cells of a row that is needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(self, row: u32) {
        prefetch(self.cells, row as usize * self.stride);
    }
}

/// Goes through the rows of a node with what belongs to each. Where they are far from each other in memory, as in a large node,
/// the cells of those that follow are asked for.
#[inline(always)]
pub(crate) fn for_each_row<T: Copy, R>(
    numbers: &[u32],
    rows: impl Iterator<Item = R>,
    cells: Strided<'_, T>,
    mut each: impl FnMut(u32, R),
) {
    let mut rows = rows;
    let far = if numbers.len() > FAR_ROWS { numbers.len() - SOON } else { 0 };
    let soon = &numbers[numbers.len() - far..];
    for ((&number, &soon), row) in numbers[..far].iter().zip(soon).zip(rows.by_ref()) {
        cells.prefetch(soon);
        each(number, row);
    }
    for (&number, row) in numbers[far..].iter().zip(rows) {
        each(number, row);
    }
}

/// The same where `each` does much: in one loop with one call of it, which so becomes a part of the loop.
#[inline(always)]
pub(crate) fn for_each_row_in_one_loop<T: Copy, R>(
    numbers: &[u32],
    rows: impl Iterator<Item = R>,
    cells: Strided<'_, T>,
    mut each: impl FnMut(u32, R),
) {
    let far = numbers.len() > FAR_ROWS;
    for (place, (&number, row)) in numbers.iter().zip(rows).enumerate() {
        if far && let Some(&soon) = numbers.get(place + SOON) {
            cells.prefetch(soon);
        }
        each(number, row);
    }
}

/// Several features of one table.
#[derive(Clone, Copy)]
pub(crate) struct Together<'a, T, const N: usize> {
    /// All of one length, so that one comparison is enough for a row.
    cells: [&'a [T]; N],
    stride: usize,
}

impl<'a, T: Copy, const N: usize> Together<'a, T, N> {
    /// Takes features of one table together, which are at least one.
    #[inline(always)]
    pub(crate) fn of(features: [Strided<'a, T>; N]) -> Self {
        let length = features.iter().map(|feature| feature.cells.len()).min().unwrap_or(0);
        // A loop and no closure, lest the compiler forgets that all have one length.
        let mut cells = [&features[0].cells[..length]; N];
        for (cells, feature) in cells.iter_mut().zip(&features) {
            *cells = &feature.cells[..length];
        }
        Self { cells, stride: features[0].stride }
    }

    /// The cells of a row.
    #[inline(always)]
    pub(crate) fn get(self, row: u32) -> [T; N] {
        let place = row as usize * self.stride;
        let mut found = [self.cells[0][place]; N];
        for (found, cells) in found.iter_mut().zip(self.cells) {
            *found = cells[place];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back() {
        for features in [1, 20, PANEL, PANEL + 1, 3 * PANEL] {
            let rows = ROWS_AT_ONCE as u32 + 5;
            let cells: Vec<Vec<u32>> = (0..features as u32)
                .map(|feature| (0..rows).map(|row| row * 1000 + feature).collect())
                .collect();
            let mut table = RowMajor::new(rows as usize, features);
            table.fill(&cells.iter().map(|cells| &**cells).collect::<Vec<_>>());
            let mut some = RowMajor::new(0, 1);
            some.copy_rows(&table, &[1, 3]);
            for feature in 0..features {
                let of = |number| some.feature(feature).get(number);
                assert_eq!([of(0), of(1)], [1000 + feature as u32, 3000 + feature as u32]);
                assert!((0..rows).all(|row| table.feature(feature).get(row) == row * 1000 + feature as u32));
            }
        }
    }
}
