//! The best thresholds of a small node on several numeric columns at once.

use super::{Constant, MissingSide};
use crate::feature_view::MISSING;
use crate::impurity::{Cut, Impurity, NodeRows};
use crate::lane_sort::{Keys, code, key, sort};
use crate::row_major::Strided;
use crate::wide::{self, LANES, Loop, Wide};

/// What one lane finds.
#[derive(Clone, Copy)]
pub(super) enum LaneCut {
    Constant,
    /// Some rows have no value: their side is found elsewhere.
    Missing,
    Best(Option<Cut>),
}

impl LaneCut {
    /// The cut, where it is found; `None` where it must be looked for elsewhere.
    pub(super) fn found(self) -> Option<Result<Option<(Cut, MissingSide)>, Constant>> {
        match self {
            Self::Constant => Some(Err(Constant)),
            Self::Missing => None,
            Self::Best(cut) => Some(Ok(cut.map(|cut| (cut, MissingSide::Unknown)))),
        }
    }
}

/// The cuts of a node that was begun, of two to [`MOST_SORTED`](crate::impurity::MOST_SORTED) rows.
pub(super) fn best<I: Impurity>(
    impurity: &I,
    codes: [Strided<'_, u32>; LANES],
    node: NodeRows<'_, I::Row>,
    least_rows: usize,
    keys: &mut Vec<Keys>,
) -> [LaneCut; LANES] {
    wide::run(LaneCuts { impurity, codes, node, least_rows, keys })
}

struct LaneCuts<'a, I: Impurity> {
    impurity: &'a I,
    codes: [Strided<'a, u32>; LANES],
    node: NodeRows<'a, I::Row>,
    least_rows: usize,
    keys: &'a mut Vec<Keys>,
}

impl<I: Impurity> Loop for LaneCuts<'_, I> {
    type Out = [LaneCut; LANES];

    #[inline(always)]
    fn run<W: Wide>(self) -> [LaneCut; LANES] {
        let Self { impurity, codes, node, least_rows, keys } = self;
        keys.clear();
        keys.extend((0u32..).zip(node.numbers).zip(node.rows).map(|((place, &number), &row)| {
            let note = impurity.note(place, row);
            std::array::from_fn::<f64, LANES, _>(|lane| key(codes[lane].get(number), note))
        }));
        sort::<W>(keys);
        let cuts = impurity.scan_lanes::<W>(keys, least_rows);
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return [LaneCut::Constant; LANES];
        };
        std::array::from_fn(|lane| match (code(first[lane]), code(last[lane])) {
            (least, most) if least == most => LaneCut::Constant,
            (_, MISSING) => LaneCut::Missing,
            _ => LaneCut::Best(cuts[lane]),
        })
    }
}
