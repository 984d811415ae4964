//! All ways that a measure of impurity has to the best cut of a node, held to the definition.

use super::{Cut, Impurity, LaneBest, MOST_SORTED, NodeRows, Orders, Scan};
use crate::feature_view::QuantileView;
use crate::lane_sort::{Keys, PADDING};
use crate::row_major::Strided;
use crate::wide::{self, LANES, Loop, Wide};

/// Numbers that look drawn at random.
pub(super) fn drawn(row: usize, salt: u64, below: u64) -> u64 {
    ((row as u64 + 1) * 2 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(7) % below
}

/// The weight of a row.
pub(super) fn weight(row: usize) -> u32 {
    1 + drawn(row, 1, 3) as u32
}

/// The best gain of all cuts between ascending quantiles, where `impurity` is that of some rows times their weight.
pub(super) fn best_gain(
    quantiles: &[u8],
    least_rows: usize,
    impurity: impl Fn(&[usize]) -> f64,
) -> Option<f64> {
    let all: Vec<usize> = (0..quantiles.len()).collect();
    let gains = (0..=u8::MAX).filter_map(|cut| {
        let (left, right): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&row| quantiles[row] <= cut);
        let is_allowed = left.len() >= least_rows && right.len() >= least_rows;
        is_allowed.then(|| impurity(&all) - impurity(&left) - impurity(&right))
    });
    gains.reduce(f64::max)
}

struct ScanLanes<'a, I, const PADDED: bool>(&'a I, Orders<'a, PADDED>);

impl<I: Impurity, const PADDED: bool> Loop for ScanLanes<'_, I, PADDED> {
    type Out = LaneBest;

    #[inline(always)]
    fn run<W: Wide>(self) -> LaneBest {
        self.0.scan_lanes::<W, PADDED>(self.1)
    }
}

struct Key([u32; LANES], u32);

impl Loop for Key {
    type Out = Keys;

    #[inline(always)]
    fn run<W: Wide>(self) -> Keys {
        crate::lane_sort::lane_keys::<W>(self.0, self.1)
    }
}

/// Takes up a node of these rows, which have one feature in quantiles, and asks for its best cut in every way:
/// `expected` is the gain by the least number of rows of a side.
pub(super) fn check_cuts<I: Impurity>(
    impurity: &mut I,
    rows: &[I::Row],
    quantiles: &[u8],
    expected: impl Fn(usize) -> Option<f64>,
) {
    let numbers: Vec<u32> = (0..rows.len() as u32).collect();
    let node = NodeRows { numbers: &numbers, rows, table: rows };
    let sums = impurity.begin(node);
    assert_eq!(sums.weight, (0..rows.len()).map(|row| f64::from(weight(row))).sum::<f64>());
    if sums.pure {
        return;
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&row| quantiles[row]);
    for least_rows in [1, 4] {
        let expected = expected(least_rows);
        let same = |found: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= 1e-6 * (1.0 + expected),
            (found, expected) => found == expected,
        };
        let mut scan = impurity.scan(least_rows as u32);
        for &row in &order {
            scan.push(u32::from(quantiles[row]), rows[row]);
        }
        assert!(same(scan.best().map(|cut| cut.gain)), "rows one after the other, {expected:?}");
        if rows.len() <= MOST_SORTED {
            let note = |row: usize| impurity.note(row as u32, rows[row]);
            let mut keys: Vec<Keys> = order
                .iter()
                .map(|&row| wide::run(Key([u32::from(quantiles[row]); LANES], note(row))))
                .collect();
            let orders = Orders::<false> { keys: &keys, rows: rows.len(), least_rows };
            let best = wide::run(ScanLanes(&*impurity, orders));
            for gain in best.gains {
                assert!(same((gain >= 0.0).then_some(gain)), "lanes: {gain}, {expected:?}");
            }
            keys.extend([[f64::from_bits(PADDING); LANES]; 3]);
            let orders = Orders::<true> { keys: &keys, rows: rows.len(), least_rows };
            assert_eq!(wide::run(ScanLanes(&*impurity, orders)), best, "padded");
            continue;
        }
        for columns in 1..=6 {
            let column = QuantileView {
                quantiles: Strided::dense(quantiles),
                codes: None,
                count: 252,
                is_coarse: false,
            };
            impurity.fill_quantiles(node, &vec![column; columns], least_rows as u32);
            for slot in 0..columns {
                // Nothing is missing: an empty last bin on the left changes nothing.
                for last_left in [false, true] {
                    let cut: Option<Cut> = impurity.scan_bins(slot, last_left, least_rows as u32);
                    assert!(
                        same(cut.map(|cut| cut.gain)),
                        "{columns} columns, {last_left}: {cut:?}, {expected:?}"
                    );
                }
            }
        }
    }
}
