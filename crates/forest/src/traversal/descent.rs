//! The walk itself: up to [`LANES`] lanes go down together, level by level, without bounds checks.
//!
//! A step waits for its node, but not for the other lanes: while one lane's node is on its way from memory, the others
//! step. Lanes that have arrived are left out, so that no step is idle. Measured on forests of 100 trees, nanoseconds a
//! walk on one core, with 300 and with 63,000 leaves a tree: eight lanes that wait for the slowest of them 24 and 207,
//! this module without prefetch 14 and 97, with prefetch 15 and 48, with bounds checks 18 and 54. Gathers (AVX-512,
//! eight lanes an instruction) were up to twice as slow as plain loads.
//!
//! Where the caches hold the nodes, groups of lanes take the first levels with their places in registers and without
//! prefetch: 12.1 instead of 14.7 with 300 leaves a tree, 26.7 instead of 28.8 with 9,000. Groups of 8 gave 12.8, of 4
//! 16.2; two steps between two looks at who has arrived were 4 % slower than one.
//!
//! Where numbers and categories are mixed, no processor can foresee which kind of split comes next. Rows are coded once, so that
//! a step needs no branch: a batch of rows through 100 trees, half of their splits by a set, took 16.3 microseconds a row
//! instead of 25.4 with 20,000 leaves each.
//!
//! One row that goes down many trees at once does so in registers of AVX2 where the machine has them: see [`registers`]. Many
//! rows that go down a small forest of numbers do so in another form of it: see [`ordinal_forest`].
//!
//! Nodes stand as they were grown, the left child's branch before the right one's. Heavier branches first, the upper levels of a
//! tree side by side, or clusters of 3, 7 and 15 pairs gave one row no gain beyond the noise of a tenth (63,000 leaves a tree, in
//! turn), and to arrange 100 trees took 0.2 to 0.4 seconds where growing them takes 4.

#![allow(unsafe_code)]

use crate::category_sets::holds;
use crate::node::{NODE_BYTES, Node, Nodes, Packing, exceeds, level_code};
use crate::{Column, Forest, Shape};

mod large_pages;
mod ordinal_forest;
#[cfg(target_arch = "x86_64")]
mod registers;
mod wide;
pub(crate) use large_pages::in_large_pages;
pub(crate) use ordinal_forest::OrdinalForest;
#[cfg(target_arch = "x86_64")]
use registers::Registers;
pub(crate) use wide::{Work, in_wide_registers};

/// Most lanes that go down together: their rows and places stay in the first cache.
pub(super) const LANES: usize = 256;
/// Lanes whose places stay in registers while their nodes are near.
const GROUP: usize = 16;
/// Most levels that such a group goes on together when not all of its lanes have arrived: trees are not balanced, and a
/// step of a lane that has arrived costs less than to look for those that have not.
const MORE_LEVELS: u32 = 4;
/// Most nodes of one tree that count as near for many rows: they fit the first cache.
const NEAR_TREE: usize = 32 * 1024 / NODE_BYTES;
/// Levels of a larger tree that are near nevertheless, since every row passes them.
const TOP_LEVELS: u32 = 8;
/// Most nodes of a forest that count as near for one row: they fit the second cache.
const NEAR_FOREST: usize = 512 * 1024 / NODE_BYTES;

/// What a walk must look at beyond the threshold.
pub(super) trait Rule {
    const MISSING: bool;
    const CATEGORIES: bool;
    /// Categories hold the bits of their codes.
    const CODED: bool = false;
}

/// Nothing.
pub(super) struct Plain;
/// Missing values.
pub(super) struct Missing;
/// Missing values and categories.
pub(super) struct Full;
/// The same for rows that [`coded`] gave.
pub(super) struct Coded;

impl Rule for Plain {
    const MISSING: bool = false;
    const CATEGORIES: bool = false;
}

impl Rule for Missing {
    const MISSING: bool = true;
    const CATEGORIES: bool = false;
}

impl Rule for Full {
    const MISSING: bool = true;
    const CATEGORIES: bool = true;
}

impl Rule for Coded {
    const MISSING: bool = true;
    const CATEGORIES: bool = true;
    const CODED: bool = true;
}

/// Rows with each category as the bits of its code, and a missing value as it was: so prepared, no step has to know how many
/// levels a category has.
pub(super) fn coded(shape: &Shape, values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    for (feature, column) in shape.columns().iter().enumerate() {
        if let Column::Category { levels } = *column {
            for value in values[feature..].iter_mut().step_by(shape.width()).filter(|value| !value.is_nan()) {
                *value = f32::from_bits(level_code(*value, levels));
            }
        }
    }
    values
}

/// A sound forest over some rows.
#[derive(Clone, Copy)]
pub(super) struct Descent<'a> {
    nodes: Nodes<'a>,
    sets: &'a [u32],
    shape: &'a Shape,
    packing: Packing,
    values: &'a [f32],
}

/// Where a lane begins: at the root of its tree, with the first value of its row.
#[derive(Clone, Copy)]
struct Start {
    root: usize,
    value: usize,
}

impl<'a> Descent<'a> {
    /// Values are those of whole rows, one after the other.
    pub(super) fn new(forest: &'a Forest, values: &'a [f32]) -> Self {
        let shape = forest.shape();
        assert!(values.len().is_multiple_of(shape.width()), "whole rows");
        Self { nodes: forest.nodes(), sets: forest.sets(), shape, packing: shape.packing(), values }
    }

    /// Walks down the tree with this root, row `lane` in each lane; gives the leaves' places in the tree. `levels` are
    /// stepped without looking whether a lane has arrived.
    pub(super) fn rows<R: Rule>(&self, tree: Nodes<'_>, levels: u32, leaves: &mut [u32]) {
        let width = self.shape.width();
        assert!(leaves.len() * width <= self.values.len() && !tree.is_empty(), "a row for each lane");
        let start = |lane| Start { root: 0, value: lane * width };
        if tree.len() <= NEAR_TREE {
            // SAFETY: the root and the rows are there, as was just checked.
            unsafe { self.descend::<R, false>(tree, start, levels, levels, leaves) }
        } else {
            // SAFETY: as above.
            unsafe { self.descend::<R, true>(tree, start, TOP_LEVELS.min(levels), levels, leaves) }
        }
    }

    /// Walks the first row down the trees with these roots, at most [`LANES`], one in each lane; tells of each lane at
    /// which place among all nodes its leaf is, in their order.
    pub(super) fn trees<R: Rule>(
        &self,
        roots: impl ExactSizeIterator<Item = usize> + Clone,
        levels: u32,
        mut arrived: impl FnMut(usize, usize),
    ) {
        assert!(self.shape.width() <= self.values.len(), "a row");
        #[cfg(target_arch = "x86_64")]
        if R::CATEGORIES == R::CODED && self.has_registers() {
            return self.trees_in_registers::<R>(roots, levels, arrived);
        }
        let (begins, lanes) = self.begins(roots, |root| root);
        let start = |lane: usize| Start { root: begins[lane], value: 0 };
        let mut leaves = [0; LANES];
        let leaves = &mut leaves[..lanes];
        if self.nodes.len() <= NEAR_FOREST {
            // SAFETY: the roots and the row are there, as was just checked.
            unsafe { self.descend::<R, false>(self.nodes, start, levels, levels, leaves) }
        } else {
            // SAFETY: as above.
            unsafe { self.descend::<R, true>(self.nodes, start, 0, levels, leaves) }
        }
        for (lane, (&leaf, begin)) in leaves.iter().zip(begins).enumerate() {
            arrived(lane, begin + leaf as usize);
        }
    }

    /// The root of each lane, looked up once, so that no step checks them, and the number of lanes. Lanes that no tree has
    /// walk down one that is there.
    fn begins<T: Copy + Default>(
        &self,
        roots: impl ExactSizeIterator<Item = usize>,
        narrow: impl Fn(usize) -> T,
    ) -> ([T; LANES], usize) {
        let mut begins = [T::default(); LANES];
        let lanes = roots.len();
        for (begin, root) in begins[..lanes].iter_mut().zip(roots) {
            assert!(root < self.nodes.len(), "a root for each lane");
            *begin = narrow(root);
        }
        (begins, lanes)
    }

    /// Whether the machine has AVX2, and it can name all places.
    #[cfg(target_arch = "x86_64")]
    fn has_registers(&self) -> bool {
        std::arch::is_x86_feature_detected!("avx2")
            && u32::try_from(self.nodes.len()).is_ok()
            && i32::try_from(self.sets.len()).is_ok()
    }

    /// The same in registers.
    #[cfg(target_arch = "x86_64")]
    fn trees_in_registers<R: Rule>(
        &self,
        roots: impl ExactSizeIterator<Item = usize>,
        levels: u32,
        mut arrived: impl FnMut(usize, usize),
    ) {
        assert!(self.has_registers() && (!R::CODED || !self.sets.is_empty()), "sets for the codes");
        let (begins, lanes) = self.begins(roots, |root| root as u32);
        let (mask, shift) = self.packing.fields();
        let row = &self.values[..self.shape.width()];
        // SAFETY: the machine has AVX2, and all begins are roots of trees: a forest has a tree, which begins at 0.
        let places = unsafe {
            let registers = Registers::new(self.nodes.0, self.sets, row, mask, shift);
            if self.nodes.len() <= NEAR_FOREST {
                registers.leaves::<R, false>(&begins, lanes, levels)
            } else {
                registers.leaves::<R, true>(&begins, lanes, levels)
            }
        };
        for (lane, &place) in places[..lanes].iter().enumerate() {
            arrived(lane, place as usize);
        }
    }

    /// Steps `near` levels with the places in registers and without prefetch, up to `levels` with every step, and the
    /// rest with the lanes that still walk; `FAR` prefetches after the near levels.
    ///
    /// # Safety
    /// For every lane of `leaves`, `start` gives the root of a tree and the beginning of a row.
    #[inline(always)]
    unsafe fn descend<R: Rule, const FAR: bool>(
        &self,
        nodes: Nodes<'_>,
        start: impl Fn(usize) -> Start,
        near: u32,
        levels: u32,
        leaves: &mut [u32],
    ) {
        let places = leaves;
        places.fill(0);
        let (groups, rest) = places.as_chunks_mut::<GROUP>();
        let grouped = groups.len() * GROUP;
        for (group, first) in groups.iter_mut().zip((0..).step_by(GROUP)) {
            let mut places = [0; GROUP];
            for _ in 0..near {
                for (lane, place) in places.iter_mut().enumerate() {
                    // SAFETY: the place is the root or came from a step of the same lane.
                    *place = unsafe { self.step::<R, false>(nodes, start(first + lane), *place) };
                }
            }
            for _ in 0..if near == levels { MORE_LEVELS } else { 0 } {
                let mut moved = 0;
                for (lane, place) in places.iter_mut().enumerate() {
                    // SAFETY: as above.
                    let next = unsafe { self.step::<R, false>(nodes, start(first + lane), *place) };
                    moved |= next ^ *place;
                    *place = next;
                }
                if moved == 0 {
                    break;
                }
            }
            *group = places;
        }
        for _ in 0..near {
            for (lane, place) in rest.iter_mut().enumerate() {
                // SAFETY: as above.
                *place = unsafe { self.step::<R, false>(nodes, start(grouped + lane), *place) };
            }
        }
        for _ in near..levels {
            for (lane, place) in places.iter_mut().enumerate() {
                // SAFETY: the place is the root or came from a step of the same lane.
                *place = unsafe { self.step::<R, FAR>(nodes, start(lane), *place) };
            }
        }
        // SAFETY: as above.
        walk_on(places, |lane, place| unsafe { self.step::<R, FAR>(nodes, start(lane), place) });
    }

    /// One step down, by the branch rule of [`crate::node`].
    ///
    /// # Safety
    /// The lane starts at the root of a tree and at the beginning of a row, and `place` is 0 or what a step in this tree
    /// gave.
    #[inline(always)]
    unsafe fn step<R: Rule, const FAR: bool>(&self, nodes: Nodes<'_>, start: Start, place: u32) -> u32 {
        debug_assert!(start.root + (place as usize) < nodes.len(), "a place in the tree");
        // SAFETY: validation proved that a root is a node and that children and leaves lead to nodes of their tree.
        let node = Node::from_bytes(unsafe { *nodes.0.get_unchecked(start.root + place as usize) });
        let offset = start.value * size_of::<f32>() + self.packing.value_offset(node) as usize;
        debug_assert!(offset / size_of::<f32>() < self.values.len(), "a feature of the row");
        // SAFETY: validation proved that the feature is one of the row's.
        let value = unsafe { *self.values.as_ptr().byte_add(offset) };
        let right = goes_right::<R>(self.shape, self.sets, node, value);
        let next = self.packing.child(node) + u32::from(right);
        if FAR {
            prefetch(nodes.0.as_ptr().wrapping_add(start.root + next as usize));
        }
        next
    }
}

/// Steps until every lane has arrived; those that have are left out.
#[inline(always)]
fn walk_on(places: &mut [u32], step: impl Fn(usize, u32) -> u32) {
    let mut walking = [0u8; LANES];
    let mut count = places.len();
    assert!(count <= LANES, "no more than {LANES} lanes");
    for (lane, walks) in walking[..count].iter_mut().enumerate() {
        *walks = lane as u8;
    }
    while count > 0 {
        let mut still = 0;
        for index in 0..count {
            let lane = usize::from(walking[index]);
            // SAFETY: `walking` holds numbers of lanes.
            let place = unsafe { places.get_unchecked_mut(lane) };
            let next = step(lane, *place);
            // A leaf leads to itself: the lane has arrived.
            walking[still] = lane as u8;
            still += usize::from(next != *place);
            *place = next;
        }
        count = still;
    }
}

/// The branch rule, see [`crate::node`].
#[inline(always)]
pub(super) fn goes_right<R: Rule>(shape: &Shape, sets: &[u32], node: Node, value: f32) -> bool {
    let mut right = exceeds(value, node.threshold());
    if R::CODED {
        // Without a branch: which kind of split comes next, nobody can foresee. A code is never taken for a missing value.
        let (code, by_set) = (value.to_bits(), node.is_category() & !value.is_nan());
        let mask = u32::from(by_set).wrapping_neg();
        let outside = !holds(sets, node.bits & mask, code & mask);
        return (by_set & outside) | (!by_set & right) | (value.is_nan() & node.missing_right());
    }
    if R::CATEGORIES
        && node.is_category()
        && let Some(levels) = shape.levels(shape.packing().feature(node) as usize)
    {
        right = !value.is_nan() && !holds(sets, node.bits, level_code(value, levels));
    }
    if R::MISSING {
        right |= value.is_nan() & node.missing_right();
    }
    right
}

/// Asks for a node before its turn comes.
#[inline(always)]
fn prefetch(node: *const [u8; NODE_BYTES]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect but on the caches, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(node.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = node;
}
