//! The best threshold on a numeric column, with missing values tried on both sides.

use super::{Constant, MissingSide, Scratch};
use crate::feature_view::{Entry, FeatureView, MISSING};
use crate::impurity::{Cut, Impurity, NodeRows, Scan};

impl Scratch {
    /// The best cut between two codes, the last of which may be the code for missing. `None` when no cut leaves enough
    /// rows on both sides.
    #[inline(always)]
    pub(super) fn best_cut<I: Impurity>(
        &mut self,
        impurity: &mut I,
        view: FeatureView<'_>,
        node: NodeRows<'_, I::Row>,
        least_rows: u32,
    ) -> Result<Option<(Cut, MissingSide)>, Constant> {
        if let &[first, second] = node.numbers {
            let (first, second) = (view.codes.get(first), view.codes.get(second));
            if first == second {
                return Err(Constant);
            }
            // Two rows are the sides of the one cut there is.
            if first.max(second) < MISSING {
                let places = if first < second { [0, 1] } else { [1, 0] };
                let mut scan = impurity.scan(least_rows);
                scan.push(first.min(second), node.rows[places[0]]);
                scan.push(first.max(second), node.rows[places[1]]);
                return Ok(better(scan.best(), None, false));
            }
        }
        let entries = view.in_order(node.numbers, &mut self.sort);
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Err(Constant) };
        if first.code == last.code {
            return Err(Constant);
        }
        let row = |entry: &Entry| node.table[entry.number as usize];
        let mut scan = impurity.scan(least_rows);
        for entry in entries {
            scan.push(entry.code, row(entry));
        }
        let right = scan.best();
        if last.code != MISSING {
            return Ok(better(right, None, false));
        }
        let (valued, without) = entries.split_at(entries.partition_point(|entry| entry.code < MISSING));
        let mut scan = impurity.scan(least_rows);
        without.iter().for_each(|entry| scan.put_left(row(entry)));
        for entry in valued {
            scan.push(entry.code, row(entry));
        }
        Ok(better(right, scan.best(), true))
    }
}

/// The better of the cuts with missing values on the right and on the left.
pub(super) fn better(right: Option<Cut>, left: Option<Cut>, has_missing: bool) -> Option<(Cut, MissingSide)> {
    match (right, left) {
        (Some(right), Some(left)) if left.gain > right.gain => Some((left, MissingSide::Left)),
        (Some(right), _) if has_missing => Some((right, MissingSide::Right)),
        (Some(right), _) => Some((right, MissingSide::Unknown)),
        (None, left) => left.map(|cut| (cut, MissingSide::Left)),
    }
}
