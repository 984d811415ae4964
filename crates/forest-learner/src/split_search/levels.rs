//! Splits of a category: the best subset of its levels, or a random one.
//!
//! A missing value counts as one more level here, so its direction is learned like that of any level. Levels that do
//! not occur in the node, the unseen one among them, go the way of the heavier side.

use super::{Constant, MissingSide, Scratch};
use crate::feature_view::{FeatureView, MISSING, value};
use crate::impurity::{Cut, Impurity, Levels, NodeRows, Scan};
use crate::random::TreeRandom;

/// Rows of each of its levels from which on a node looks for the best subset of them, where there is an order of all rows as well.
const ROWS_A_LEVEL: usize = 10;

/// The levels of a node in the order in which they are cut.
#[derive(Default)]
pub(super) struct LevelScratch {
    /// Where each level begins among the ordered positions.
    starts: Vec<u32>,
    /// One bit for each code that the node has, the first for missing.
    present: Vec<u64>,
    ranks: Vec<f64>,
    order: Vec<u32>,
    /// Levels that go left.
    left: Vec<u32>,
    /// Levels that go right.
    right: Vec<u32>,
    /// The sides of the best split so far.
    kept: [Vec<u32>; 2],
    /// Where missing values go.
    missing: Option<MissingSide>,
}

/// Whether a code is in a set.
#[inline(always)]
pub(super) fn holds(set: &[u32], level: u32) -> bool {
    set[level as usize / 32] >> (level % 32) & 1 != 0
}

impl LevelScratch {
    /// Whether a node has so many rows of each of its levels that their order in it says more than the one of all rows.
    pub(super) fn are_filled(&mut self, view: FeatureView<'_>, numbers: &[u32]) -> bool {
        let most = numbers.len() / ROWS_A_LEVEL;
        if most < 2 {
            return false;
        }
        let mut count = 0;
        self.present.clear();
        for &number in numbers {
            let code = view.codes.get(number);
            let bit = if code == MISSING { 0 } else { value(code) as usize + 1 };
            let (word, mask) = (bit / 64, 1u64 << (bit % 64));
            if word >= self.present.len() {
                self.present.resize(word + 1, 0);
            }
            if self.present[word] & mask == 0 {
                self.present[word] |= mask;
                count += 1;
                if count > most {
                    return false;
                }
            }
        }
        true
    }

    /// The set of levels that go left in the split that was kept. One bit for each level and one for the unseen level; the code for missing has
    /// none.
    pub(super) fn set(&self, levels: u32, absent_left: bool) -> Vec<u32> {
        let bits = levels as usize + 1;
        let mut set = vec![if absent_left { u32::MAX } else { 0 }; bits.div_ceil(32)];
        if let Some(last) = set.last_mut().filter(|_| !bits.is_multiple_of(32)) {
            *last &= (1 << (bits % 32)) - 1;
        }
        for &level in &self.kept[0] {
            set[level as usize / 32] |= 1 << (level % 32);
        }
        for &level in &self.kept[1] {
            set[level as usize / 32] &= !(1 << (level % 32));
        }
        set
    }

    /// Keeps the sides until others are kept.
    pub(super) fn keep(&mut self) {
        std::mem::swap(&mut self.left, &mut self.kept[0]);
        std::mem::swap(&mut self.right, &mut self.kept[1]);
    }

    fn clear(&mut self) {
        self.left.clear();
        self.right.clear();
        self.missing = None;
    }

    /// Puts a code on a side.
    fn put(&mut self, code: u32, goes_left: bool) {
        if code == MISSING {
            self.missing = Some(if goes_left { MissingSide::Left } else { MissingSide::Right });
        } else {
            let side = if goes_left { &mut self.left } else { &mut self.right };
            side.push(value(code) as u32);
        }
    }

    fn missing_side(&self) -> MissingSide {
        self.missing.unwrap_or(MissingSide::Unknown)
    }
}

impl Scratch {
    /// The best subset among those that are a cut in the order of the impurity's ranks.
    pub(super) fn best_subset<I: Impurity>(
        &mut self,
        impurity: &mut I,
        scratch: &mut LevelScratch,
        view: FeatureView<'_>,
        node: NodeRows<'_, I::Row>,
        least_rows: u32,
    ) -> Result<Option<(Cut, MissingSide)>, Constant> {
        let entries = view.in_order(node.numbers, &mut self.sort);
        scratch.starts.clear();
        let mut before = None;
        for (place, entry) in (0u32..).zip(entries) {
            if before != Some(entry.code) {
                scratch.starts.push(place);
                before = Some(entry.code);
            }
        }
        let levels = Levels { entries, starts: &scratch.starts };
        if levels.len() < 2 {
            return Err(Constant);
        }
        impurity.rank_levels(&levels, node.table, &mut scratch.ranks);
        scratch.order.clear();
        scratch.order.extend(0..levels.len() as u32);
        let ranks = &scratch.ranks;
        scratch
            .order
            .sort_unstable_by(|&a, &b| ranks[a as usize].total_cmp(&ranks[b as usize]).then(a.cmp(&b)));

        let mut scan = impurity.scan(least_rows);
        for (rank, &level) in (0u32..).zip(&scratch.order) {
            for entry in levels.level(level as usize) {
                scan.push(rank, node.table[entry.number as usize]);
            }
        }
        let Some(cut) = scan.best() else { return Ok(None) };
        scratch.clear();
        for rank in 0..scratch.order.len() {
            let first = scratch.starts[scratch.order[rank] as usize];
            let code = entries[first as usize].code;
            scratch.put(code, rank <= cut.left as usize);
        }
        Ok(Some((cut, scratch.missing_side())))
    }

    /// A random subset: every level that occurs goes left or right with equal probability, but not all one way.
    pub(super) fn random_subset<I: Impurity>(
        &mut self,
        impurity: &mut I,
        scratch: &mut LevelScratch,
        view: FeatureView<'_>,
        node: NodeRows<'_, I::Row>,
        least_rows: u32,
        random: &mut TreeRandom,
    ) -> Result<Option<(Cut, MissingSide)>, Constant> {
        self.gather(view, node.numbers);
        let present = &mut scratch.order;
        present.clear();
        present.extend_from_slice(&self.codes);
        present.sort_unstable();
        present.dedup();
        if present.len() < 2 {
            return Err(Constant);
        }
        // The codes that go left come first.
        let mut left = 0;
        for place in 0..present.len() {
            if random.coin() {
                present.swap(left, place);
                left += 1;
            }
        }
        if left == 0 || left == present.len() {
            // One level, drawn at random, changes sides.
            let drawn = random.below(present.len() as u32) as usize;
            let (place, one) = if left == 0 { (0, 1) } else { (left - 1, left - 1) };
            present.swap(drawn, place);
            left = one;
        }
        let (left, right) = present.split_at_mut(left);
        left.sort_unstable();
        right.sort_unstable();
        let (left, codes) = (&*left, &self.codes);
        let mut scan = impurity.scan(least_rows);
        for side in 0..2 {
            for (code, row) in codes.iter().zip(node.iter()) {
                if u32::from(left.binary_search(code).is_err()) == side {
                    scan.push(side, row);
                }
            }
        }
        let cut = scan.best();
        let count = left.len();
        scratch.clear();
        for place in 0..scratch.order.len() {
            scratch.put(scratch.order[place], place < count);
        }
        Ok(cut.map(|cut| (cut, scratch.missing_side())))
    }
}
