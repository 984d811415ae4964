//! The weights of up to eight classes per quantile where a node is so light that sixteen bits hold each: eight features at
//! once, two in a word, and one instruction multiplies and adds up two classes of each.
//!
//! Rows are not counted, so this is for leaves of any number of rows.

use super::sums::{BITS, FIELDS, ONE_ROW, Sums, weights};
use super::{BINS, ClassOfRow, MOST_FIELDS};
use crate::feature_view::{COARSE_SHIFT, QuantileView, together};
use crate::impurity::{LaneBest, NodeRows, SLOTS};
use crate::row_major::for_each_row_in_one_loop;
use crate::wide::{LANES, Loop, Wide};

/// Most pairs of classes.
const PAIRS: usize = 4;
/// Bits of one sum, and of a weight that is multiplied.
const FIELD: u32 = 16;
const LIGHT: f64 = (1 << (FIELD - 1)) as f64;
/// Bits of the two sums of one feature.
const FEATURE: u32 = 2 * FIELD;

/// One bin of all features: the word of a pair of classes has the feature of this lane below and the one four slots behind
/// it above.
pub(super) type LightBin = [[u64; LANES]; PAIRS];

/// The classes of a light node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Light {
    /// Pair and place in it of each class that occurs.
    places: [(u8, u8); MOST_FIELDS],
    occurs: [bool; MOST_FIELDS],
    /// The sums of the node as those of one feature.
    node: [u64; PAIRS],
    present: usize,
    weight: f64,
    squares: f64,
}

impl Light {
    /// Of a node; none where its classes are too many or too heavy.
    pub(super) fn of<const WORDS: usize>(sums: &Sums<WORDS>) -> Option<Self> {
        let mut light = Self::default();
        let classes = light.places.iter_mut().zip(&mut light.occurs).zip(weights(sums));
        for ((place, occurs), own) in classes {
            if own > 0.0 {
                *occurs = true;
                let (pair, half) = (light.present / 2, light.present % 2);
                *light.node.get_mut(pair)? |= (own as u64) << (half as u32 * FIELD);
                *place = (pair as u8, half as u8);
                light.present += 1;
                light.weight += own;
                light.squares += own * own;
            }
        }
        (light.weight < LIGHT).then_some(light)
    }

    /// The sums of one slot in some bins, where all their rows count as one.
    pub(super) fn sums<const WORDS: usize>(
        &self,
        bins: &[LightBin],
        numbers: impl Iterator<Item = usize>,
        slot: usize,
    ) -> Sums<WORDS> {
        let mut words = [0; PAIRS];
        for number in numbers {
            for (word, of_bin) in words.iter_mut().zip(&bins[number]) {
                // Sums of light nodes never reach the next field.
                *word += of_bin[slot % LANES];
            }
        }
        let words = words.map(|word| of_slot(word, slot));
        let mut sums = [0; WORDS];
        let classes = self.places.iter().zip(self.occurs).enumerate();
        for (class, (&(pair, half), _)) in classes.filter(|(_, (_, occurs))| *occurs) {
            let sum = words[usize::from(pair) % PAIRS] >> (u32::from(half) * FIELD) & ((1 << FIELD) - 1);
            sums[class / FIELDS] += sum << (class % FIELDS * BITS as usize);
        }
        if words != [0; PAIRS] {
            sums[WORDS - 1] += ONE_ROW;
        }
        sums
    }
}

/// Whether a slot has a row in a bin.
pub(super) fn has_rows(bin: &LightBin, slot: usize) -> bool {
    bin.iter().any(|word| of_slot(word[slot % LANES], slot) > 0)
}

/// The two sums of one slot, out of a word of its lane.
fn of_slot(word: u64, slot: usize) -> u64 {
    word >> ((slot / LANES) as u32 * FEATURE) & ((1 << FEATURE) - 1)
}

/// Adds up rows per quantile and finds the best cuts between the quantiles.
pub(super) struct LightQuantiles<'a> {
    pub(super) light: &'a Light,
    pub(super) rows: NodeRows<'a, ClassOfRow>,
    pub(super) columns: &'a [QuantileView<'a>],
    pub(super) bins: &'a mut [LightBin; BINS],
}

/// The best cuts, and the number of bins with a row, of the first four slots and of those behind them.
pub(super) type LightCuts = [(LaneBest, [u64; LANES]); SLOTS / LANES];

impl Loop for LightQuantiles<'_> {
    type Out = LightCuts;

    #[inline(always)]
    fn run<W: Wide>(self) -> LightCuts {
        let Self { light, rows, columns, bins } = self;
        let Some(first) = columns.first() else { return LightCuts::default() };
        let (last, count) =
            (first.missing_bin(), columns.iter().map(|column| column.count).max().unwrap_or(0));
        bins[..=last].fill([[0; LANES]; PAIRS]);
        // As constants, lest every row asks.
        if first.is_coarse {
            add_up::<COARSE_SHIFT>(bins, light, rows, columns);
        } else {
            add_up::<0>(bins, light, rows, columns);
        }
        let places = (0..count.min(last)).chain([last]);
        match (light.present <= 4, columns.len() <= LANES) {
            (true, true) => scan::<W, 2, 1>(light, bins, places),
            (true, false) => scan::<W, 2, 2>(light, bins, places),
            (false, true) => scan::<W, PAIRS, 1>(light, bins, places),
            (false, false) => scan::<W, PAIRS, 2>(light, bins, places),
        }
    }
}

/// Adds rows to the bins of their quantiles.
#[inline(always)]
fn add_up<const SHIFT: u32>(
    bins: &mut [LightBin; BINS],
    light: &Light,
    rows: NodeRows<'_, ClassOfRow>,
    columns: &[QuantileView<'_>],
) {
    // As constants, lest every row asks how many features there are.
    match columns.len() {
        0 => {}
        1 => add_together::<SHIFT, 1>(bins, light, rows, columns),
        2 => add_together::<SHIFT, 2>(bins, light, rows, columns),
        3 => add_together::<SHIFT, 3>(bins, light, rows, columns),
        4 => add_together::<SHIFT, 4>(bins, light, rows, columns),
        5 => add_together::<SHIFT, 5>(bins, light, rows, columns),
        6 => add_together::<SHIFT, 6>(bins, light, rows, columns),
        7 => add_together::<SHIFT, 7>(bins, light, rows, columns),
        _ => add_together::<SHIFT, SLOTS>(bins, light, rows, columns),
    }
}

#[inline(always)]
fn add_together<const SHIFT: u32, const N: usize>(
    bins: &mut [LightBin; BINS],
    light: &Light,
    rows: NodeRows<'_, ClassOfRow>,
    columns: &[QuantileView<'_>],
) {
    let (first, quantiles) = (columns[0].quantiles, together::<N>(columns));
    for_each_row_in_one_loop(rows.numbers, rows.rows.iter(), first, |number, row| {
        let (pair, half) = light.places[usize::from(row.class) % MOST_FIELDS];
        let pair = usize::from(pair) % PAIRS;
        let part = u64::from(row.weight) << (u32::from(half) * FIELD);
        for (slot, quantile) in quantiles.get(number).into_iter().enumerate() {
            let part = if slot < LANES { part } else { part << FEATURE };
            bins[usize::from(quantile >> SHIFT)][pair][slot % LANES] += part;
        }
    });
}

/// The best cuts of four features.
#[derive(Clone, Copy)]
struct Best<W> {
    weight: W,
    used: W,
    numerators: W,
    denominators: W,
    places: W,
    left_weights: W,
}

#[inline(always)]
fn scan<W: Wide, const COUNT: usize, const GROUPS: usize>(
    light: &Light,
    bins: &[LightBin; BINS],
    places: impl Iterator<Item = usize>,
) -> LightCuts {
    let zero = W::all_whole(0);
    let (low, ones) = (W::all_whole((1 << FEATURE) - 1), W::all_whole(0x0001_0001_0001_0001));
    // Loops and no closures, which would not be compiled for registers.
    let mut node = [zero; COUNT];
    for (node, of_one) in node.iter_mut().zip(light.node) {
        *node = W::all_whole(of_one << FEATURE | of_one);
    }
    let node_weight = W::all(light.weight);
    let (half_weight, half_squares) = (W::all(light.weight / 2.0), W::all(light.squares / 2.0));
    let mut left = [zero; COUNT];
    let none = Best {
        weight: W::all(0.0),
        used: zero,
        numerators: W::all(-1.0),
        denominators: W::all(1.0),
        places: zero,
        left_weights: W::all(0.0),
    };
    let mut best = [none; GROUPS];
    for place in places {
        let (mut weights, mut squares, mut products) = (zero, zero, zero);
        for ((left, &bin), &node) in left.iter_mut().zip(&bins[place]).zip(&node) {
            // Sums of light nodes never reach the next field.
            *left = left.add_whole(W::of_bits(bin));
            weights = weights.add_whole(left.mul_pairs(ones));
            squares = squares.add_whole(left.mul_pairs(*left));
            products = products.add_whole(left.mul_pairs(node));
        }
        for (group, best) in best.iter_mut().enumerate() {
            if group > 0 {
                weights = weights.shift_right(FEATURE);
                squares = squares.shift_right(FEATURE);
                products = products.shift_right(FEATURE);
            }
            let weight = weights.and(low).to_floating();
            let (squares, products) = (squares.and(low).to_floating(), products.and(low).to_floating());
            best.used = best.used.sub_whole(weight.above(best.weight));
            best.weight = weight;
            // As in a small node of few classes, see `narrow`. An empty side is worth nothing, 0 / 0, and a bin without rows as
            // much as the one before: neither is better.
            let numerator = squares.mul(half_weight).add(half_squares.sub(products).mul(weight));
            let denominator = weight.mul(node_weight.sub(weight));
            let better = numerator.mul(best.denominators).above(best.numerators.mul(denominator));
            best.numerators = numerator.where_set(better, best.numerators);
            best.denominators = denominator.where_set(better, best.denominators);
            best.places = W::all_whole(place as u64).where_set(better, best.places);
            best.left_weights = weight.where_set(better, best.left_weights);
        }
    }
    let worth = W::all(light.squares / light.weight);
    let mut cuts = LightCuts::default();
    for (cuts, best) in cuts.iter_mut().zip(best) {
        let numerators = best.numerators.add(best.numerators);
        let gains = numerators.div(best.denominators).sub(worth);
        // A decrease is never negative but for rounding.
        let gains = gains.max(W::all(0.0)).where_set(numerators.above(W::all(0.0)), W::all(-1.0));
        let found = LaneBest {
            gains: gains.numbers(),
            places: best.places.bits(),
            left_weights: best.left_weights.numbers(),
        };
        *cuts = (found, best.used.bits());
    }
    cuts
}
