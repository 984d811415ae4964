//! The best thresholds of a small node on several numeric columns at once.

use super::ahead::Ahead;
use super::{Constant, MissingSide};
use crate::feature_view::MISSING;
use crate::impurity::{Cut, Impurity, LaneBest, NodeRows, Orders};
use crate::lane_sort::{Keys, MOST_ROWS, Networks, PADDING, code, lane_keys, sort_four};
use crate::row_major::{Strided, Together};
use crate::wide::{self, LANES, Loop, Wide};

/// Most rows whose keys stay in registers.
const FEW: usize = 4;

/// What lanes are searched in.
pub(super) struct LaneScratch {
    networks: Networks,
    keys: [Keys; MOST_ROWS],
}

impl Default for LaneScratch {
    fn default() -> Self {
        Self { networks: Networks::default(), keys: [Keys::default(); MOST_ROWS] }
    }
}

/// What the lanes find.
#[derive(Clone, Copy, Default)]
pub(super) struct LaneCuts {
    best: LaneBest,
    /// Smallest and largest code.
    ends: [(u32, u32); LANES],
    /// Whether every lane has more than one value, and one in each row.
    is_plain: bool,
    /// Codes around the best cut.
    sides: [(u32, u32); LANES],
}

/// Whether every feature is a lane, with more than one value and one in each row.
#[inline(always)]
pub(super) fn are_plain(groups: &[LaneCuts], ahead: &[Ahead]) -> bool {
    ahead.iter().all(|ahead| matches!(ahead, Ahead::Lane { .. }))
        && groups[..ahead.len().div_ceil(LANES)].iter().all(|cuts| cuts.is_plain)
}

/// The best cut among so many plain lanes, if its gain is above this one: the first among equal ones.
///
/// No branch: which lane is the best is unpredictable.
#[inline(always)]
pub(super) fn best_lane(groups: &[LaneCuts], lanes: usize, above: f64) -> Option<(usize, Cut)> {
    let (mut gain, mut found) = (above, usize::MAX);
    for lane in 0..lanes {
        let own = groups[lane / LANES].best.gains[lane % LANES];
        let is_better = (own > gain) & (own >= 0.0);
        gain = if is_better { own } else { gain };
        found = if is_better { lane } else { found };
    }
    Some((found, groups.get(found / LANES)?.cut(found % LANES)))
}

impl LaneCuts {
    /// What was found in these orders.
    #[inline(always)]
    fn of(best: LaneBest, keys: &[Keys]) -> Self {
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Self::default() };
        let sides = |lane: usize| {
            let place = best.places[lane] as usize;
            (code(keys[place][lane]), code(keys[place + 1][lane]))
        };
        let ends = std::array::from_fn(|lane| (code(first[lane]), code(last[lane])));
        Self {
            ends,
            is_plain: ends.iter().all(|&(least, most)| least != most && most != MISSING),
            sides: std::array::from_fn(sides),
            best,
        }
    }

    /// The cut of a lane; `None` where some rows have no value, and it must be looked for elsewhere.
    #[inline(always)]
    pub(super) fn found(&self, lane: usize) -> Option<Result<Option<(Cut, MissingSide)>, Constant>> {
        let (least, most) = self.ends[lane];
        if least == most {
            return Some(Err(Constant));
        }
        if most == MISSING {
            return None;
        }
        let cut = self.cut(lane);
        Some(Ok((cut.gain >= 0.0).then_some((cut, MissingSide::Unknown))))
    }

    /// The best cut of a lane.
    #[inline(always)]
    fn cut(&self, lane: usize) -> Cut {
        let ((left, right), best) = (self.sides[lane], &self.best);
        Cut { left, right, gain: best.gains[lane], left_weight: best.left_weights[lane] }
    }
}

/// The cuts of a node that was begun, of two to [`MOST_SORTED`](crate::impurity::MOST_SORTED) rows.
pub(super) fn best<I: Impurity>(
    impurity: &I,
    codes: [Strided<'_, u32>; LANES],
    node: NodeRows<'_, I::Row>,
    least_rows: usize,
    scratch: &mut LaneScratch,
) -> LaneCuts {
    wide::run(Search { impurity, codes, node, least_rows, scratch })
}

struct Search<'a, I: Impurity> {
    impurity: &'a I,
    codes: [Strided<'a, u32>; LANES],
    node: NodeRows<'a, I::Row>,
    least_rows: usize,
    scratch: &'a mut LaneScratch,
}

impl<I: Impurity> Loop for Search<'_, I> {
    type Out = LaneCuts;

    #[inline(always)]
    fn run<W: Wide>(self) -> LaneCuts {
        if self.node.len() <= FEW { self.run_few::<W>() } else { self.run_many::<W>() }
    }
}

impl<I: Impurity> Search<'_, I> {
    /// Searches so few rows that their keys stay in registers. Where there are fewer than could be, keys are padded, for a
    /// processor to know every step ahead.
    #[inline(always)]
    fn run_few<W: Wide>(self) -> LaneCuts {
        let Self { impurity, codes, node, least_rows, .. } = self;
        let codes = Together::of(codes);
        let (Some(&number), Some(&row)) = (node.numbers.last(), node.rows.last()) else {
            return LaneCuts::default();
        };
        let mut keys = [W::all_whole(PADDING); FEW];
        for (place, key) in (0u32..).zip(&mut keys) {
            let is_row = W::all_whole(u64::from((place as usize) < node.len()).wrapping_neg());
            let number = node.numbers.get(place as usize).copied().unwrap_or(number);
            let row = node.rows.get(place as usize).copied().unwrap_or(row);
            *key =
                W::of(lane_keys::<W>(codes.get(number), impurity.note(place, row))).where_set(is_row, *key);
        }
        sort_four(&mut keys);
        // A loop and no closure, which would not become a part of it.
        let mut sorted = [Keys::default(); FEW];
        for (sorted, key) in sorted.iter_mut().zip(keys) {
            *sorted = key.numbers();
        }
        let orders = Orders::<true> { keys: &sorted, rows: node.len(), least_rows };
        LaneCuts::of(impurity.scan_lanes::<W, true>(orders), &sorted[..node.len().min(FEW)])
    }

    #[inline(always)]
    fn run_many<W: Wide>(self) -> LaneCuts {
        let Self { impurity, codes, node, least_rows, scratch: LaneScratch { networks, keys } } = self;
        let codes = Together::of(codes);
        for (place, ((keys, &number), &row)) in (0u32..).zip(keys.iter_mut().zip(node.numbers).zip(node.rows))
        {
            *keys = lane_keys::<W>(codes.get(number), impurity.note(place, row));
        }
        networks.sort::<W>(keys, node.len());
        let keys = &keys[..node.len().min(MOST_ROWS)];
        let orders = Orders::<false> { keys, rows: keys.len(), least_rows };
        LaneCuts::of(impurity.scan_lanes::<W, false>(orders), keys)
    }
}
