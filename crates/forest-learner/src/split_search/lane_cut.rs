//! The best thresholds of a small node on several numeric columns at once.

use super::{Constant, MissingSide};
use crate::feature_view::MISSING;
use crate::impurity::{Cut, Impurity, LaneBest, NodeRows};
use crate::lane_sort::{Keys, MOST_ROWS, Networks, code, lane_keys};
use crate::row_major::{Strided, Together};
use crate::wide::{self, LANES, Loop, Wide};

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
    /// Codes around the best cut.
    sides: [(u32, u32); LANES],
}

impl LaneCuts {
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
        let ((left, right), gain) = (self.sides[lane], self.best.gains[lane]);
        let cut = Cut { left, right, gain, left_weight: self.best.left_weights[lane] };
        Some(Ok((gain >= 0.0).then_some((cut, MissingSide::Unknown))))
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
        let Self { impurity, codes, node, least_rows, scratch: LaneScratch { networks, keys } } = self;
        let codes = Together::of(codes);
        for (place, ((keys, &number), &row)) in (0u32..).zip(keys.iter_mut().zip(node.numbers).zip(node.rows))
        {
            *keys = lane_keys::<W>(codes.get(number), impurity.note(place, row));
        }
        networks.sort::<W>(keys, node.len());
        let keys = &keys[..node.len().min(MOST_ROWS)];
        let best = impurity.scan_lanes::<W>(keys, least_rows);
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return LaneCuts::default() };
        let sides = |lane: usize| {
            let place = best.places[lane] as usize;
            (code(keys[place][lane]), code(keys[place + 1][lane]))
        };
        LaneCuts {
            ends: std::array::from_fn(|lane| (code(first[lane]), code(last[lane]))),
            sides: std::array::from_fn(sides),
            best,
        }
    }
}
