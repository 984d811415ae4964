//! The best threshold on a numeric column, with missing values tried on both sides.

use super::{Constant, MissingSide, Scratch};
use crate::feature_view::{Entry, FeatureView};
use crate::impurity::{Cut, FEW_ROWS, Impurity, NodeRows};

impl Scratch {
    /// The best cut between two codes, the last of which may be the code for missing. An error when all rows have one
    /// code.
    #[inline(always)]
    pub(super) fn best_cut<I: Impurity>(
        &mut self,
        impurity: &mut I,
        view: FeatureView<'_>,
        node: NodeRows<'_, I::Row>,
        least_rows: u32,
    ) -> Result<Option<(Cut, MissingSide)>, Constant> {
        let missing = view.missing();
        let bins = view.bins().filter(|&bins| impurity.prefers_bins(node.len(), bins));
        let few = I::SCANS_FEW && node.len() <= FEW_ROWS;
        if few || bins.is_some() {
            let (least, most) = self.gather(view, node.numbers);
            if least == most {
                return Err(Constant);
            }
            let has_missing = most == missing;
            if !few {
                impurity.fill_bins(&self.codes, node, least, (most - least) as usize + 1);
            }
            let mut scan = |missing_left: bool| {
                if few {
                    impurity.scan_few(&self.codes, missing, missing_left, least_rows)
                } else {
                    impurity.scan_bins(missing_left, least_rows)
                }
            };
            let right = scan(false);
            let left = if has_missing { scan(true) } else { None };
            return Ok(better(right, left, has_missing));
        }
        view.order(node.numbers, &mut self.sort, &mut self.entries);
        let entries = self.entries.as_slice();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Err(Constant) };
        if first.code == last.code {
            return Err(Constant);
        }
        let row = |entry: &Entry| node.table[entry.number as usize];
        let coded = |entry: &Entry| (entry.code, row(entry));
        let right = impurity.scan(std::iter::empty(), entries.iter().map(coded), least_rows);
        if last.code != missing {
            return Ok(better(right, None, false));
        }
        let (valued, without) = entries.split_at(entries.partition_point(|entry| entry.code < missing));
        let left = impurity.scan(without.iter().map(row), valued.iter().map(coded), least_rows);
        Ok(better(right, left, true))
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
