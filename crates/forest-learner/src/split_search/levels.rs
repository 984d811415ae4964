//! Splits of a category: the best subset of its levels, or a random one.
//!
//! A missing value counts as one more level here, so its direction is learned like that of any level. Levels that do
//! not occur in the node, the unseen one among them, go the way of the heavier side.

use super::{CodeRange, MissingSide, SplitSearch};
use crate::impurity::{Cut, Impurity, Levels};
use crate::random::TreeRandom;

/// The levels of a node in the order in which they are cut.
#[derive(Default)]
pub(super) struct LevelScratch {
    /// Where each level begins among the ordered positions.
    starts: Vec<u32>,
    ranks: Vec<f64>,
    order: Vec<u32>,
    /// Codes that go left.
    left: Vec<u16>,
    /// Codes that go right.
    right: Vec<u16>,
}

/// Whether a code is in a set.
#[inline(always)]
pub(super) fn holds(set: &[u32], code: u16) -> bool {
    set[code as usize / 32] >> (code % 32) & 1 != 0
}

impl LevelScratch {
    /// The set of levels that go left. One bit for each level and one for the unseen level; the code for missing has
    /// none.
    pub(super) fn set(&self, levels: u32, absent_left: bool) -> Vec<u32> {
        let bits = levels as usize + 1;
        let mut set = vec![if absent_left { u32::MAX } else { 0 }; bits.div_ceil(32)];
        if let Some(last) = set.last_mut().filter(|_| !bits.is_multiple_of(32)) {
            *last &= (1 << (bits % 32)) - 1;
        }
        for &code in self.left.iter().filter(|&&code| u32::from(code) <= levels) {
            set[code as usize / 32] |= 1 << (code % 32);
        }
        for &code in self.right.iter().filter(|&&code| u32::from(code) <= levels) {
            set[code as usize / 32] &= !(1 << (code % 32));
        }
        set
    }

    fn missing_side(&self, range: CodeRange) -> MissingSide {
        if !range.has_missing() {
            MissingSide::Unknown
        } else if self.left.contains(&range.missing) {
            MissingSide::Left
        } else {
            MissingSide::Right
        }
    }
}

impl<I: Impurity> SplitSearch<'_, I> {
    /// The best subset among those that are a cut in the order of the impurity's ranks.
    pub(super) fn best_subset(&mut self, rows: &[I::Row], range: CodeRange) -> Option<(Cut, MissingSide)> {
        let positions = self.ordering.sort_positions(&self.codes, range.least, range.most);
        let code_at = |position: u32| self.codes[position as usize];
        let scratch = &mut self.levels;
        scratch.starts.clear();
        let mut before = None;
        for (place, &position) in (0u32..).zip(positions) {
            if before != Some(code_at(position)) {
                scratch.starts.push(place);
                before = Some(code_at(position));
            }
        }
        let levels = Levels { positions, starts: &scratch.starts };
        self.impurity.rank_levels(&levels, rows, &mut scratch.ranks);
        scratch.order.clear();
        scratch.order.extend(0..levels.len() as u32);
        let ranks = &scratch.ranks;
        scratch
            .order
            .sort_unstable_by(|&a, &b| ranks[a as usize].total_cmp(&ranks[b as usize]).then(a.cmp(&b)));

        let ordered = (0u32..).zip(&scratch.order).flat_map(|(rank, &level)| {
            let positions = levels.level(level as usize).iter();
            positions.map(move |&position| (rank, rows[position as usize]))
        });
        let least_rows = self.params.min_samples_leaf as u32;
        let cut = self.impurity.scan(std::iter::empty(), ordered, least_rows)?;
        scratch.left.clear();
        scratch.right.clear();
        for (rank, &level) in (0u32..).zip(&scratch.order) {
            let code = code_at(levels.level(level as usize)[0]);
            let side = if rank <= cut.left { &mut scratch.left } else { &mut scratch.right };
            side.push(code);
        }
        Some((cut, scratch.missing_side(range)))
    }

    /// A random subset: every level that occurs goes left or right with equal probability, but not all one way.
    pub(super) fn random_subset(
        &mut self,
        rows: &[I::Row],
        range: CodeRange,
        random: &mut TreeRandom,
    ) -> Option<(Cut, MissingSide)> {
        let scratch = &mut self.levels;
        let present = &mut scratch.order;
        present.clear();
        present.extend(self.codes.iter().map(|&code| u32::from(code)));
        present.sort_unstable();
        present.dedup();
        scratch.left.clear();
        scratch.right.clear();
        for &code in present.iter() {
            let side = if random.coin() { &mut scratch.left } else { &mut scratch.right };
            side.push(code as u16);
        }
        if scratch.left.is_empty() || scratch.right.is_empty() {
            // One level, drawn at random, changes sides.
            let drawn = random.below(present.len() as u32) as usize;
            let (from, to) = if scratch.left.is_empty() {
                (&mut scratch.right, &mut scratch.left)
            } else {
                (&mut scratch.left, &mut scratch.right)
            };
            to.push(from.remove(drawn));
        }
        let (left, codes) = (&scratch.left, &self.codes);
        let side = |goes_left: bool| {
            let rows = codes.iter().zip(rows).filter(move |(code, _)| left.contains(code) == goes_left);
            rows.map(move |(_, &row)| (u32::from(!goes_left), row))
        };
        let least_rows = self.params.min_samples_leaf as u32;
        let cut = self.impurity.scan(std::iter::empty(), side(true).chain(side(false)), least_rows)?;
        Some((cut, scratch.missing_side(range)))
    }
}
