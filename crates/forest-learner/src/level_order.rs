//! The levels of a category in the order of the target over all training rows.
//!
//! In a node with few rows of each level, the order that its own rows have is mostly chance. There the levels are cut in this order
//! instead, as numbers are (Wright and König, "Splitting on categorical predictors in random forests", PeerJ 7, 2019).

use crate::impurity::ranks_of_sums;
use crate::{Target, TrainingSet};

/// The place of each level.
pub(crate) struct LevelOrder {
    /// By code, the one for a level without a code of its own last. From 0; levels without a row come last.
    places: Vec<u32>,
    /// Levels with a row.
    present: u32,
}

/// What is known of a level.
#[derive(Clone, Copy, Default)]
struct Level {
    has_rows: bool,
    weight: f64,
}

impl LevelOrder {
    /// Orders the levels of a column with these codes.
    pub(crate) fn of(levels: u32, codes: &[f32], set: &TrainingSet) -> Self {
        let outputs = set.target().outputs();
        let mut levels = vec![Level::default(); levels as usize + 1];
        let mut sums = vec![0.0; levels.len() * outputs];
        for (row, &code) in codes.iter().enumerate().filter(|(_, code)| !code.is_nan()) {
            let weight = set.weights().map_or(1.0, |weights| weights[row]);
            let code = code as usize;
            levels[code].has_rows = true;
            levels[code].weight += weight;
            match set.target() {
                Target::Regression(values) => sums[code] += weight * values[row],
                Target::Classification { classes, .. } => {
                    sums[code * outputs + classes[row] as usize] += weight;
                }
            }
        }
        let (weighted, others): (Vec<usize>, Vec<usize>) =
            (0..levels.len()).partition(|&code| levels[code].weight > 0.0);
        let sums: Vec<f64> =
            weighted.iter().flat_map(|&code| &sums[code * outputs..][..outputs]).copied().collect();
        let ranks: Vec<f64> = match set.target() {
            Target::Regression(_) => {
                sums.iter().zip(&weighted).map(|(sum, &code)| sum / levels[code].weight).collect()
            }
            Target::Classification { .. } => {
                let of_class = |class| sums.iter().skip(class).step_by(outputs).sum();
                let all: Vec<f64> = (0..outputs).map(of_class).collect();
                ranks_of_sums(sums, &all)
            }
        };
        let mut order: Vec<usize> = (0..weighted.len()).collect();
        order.sort_unstable_by(|&a, &b| ranks[a].total_cmp(&ranks[b]).then(a.cmp(&b)));
        // Rows without a weight are rows of a node as well.
        let (weightless, absent): (Vec<usize>, Vec<usize>) =
            others.into_iter().partition(|&code| levels[code].has_rows);
        let present = (weighted.len() + weightless.len()) as u32;
        let in_order = order.into_iter().map(|place| weighted[place]).chain(weightless).chain(absent);
        let mut places = vec![0; levels.len()];
        in_order.zip(0u32..).for_each(|(code, place)| places[code] = place);
        Self { places, present }
    }

    /// The place of each row's level as a number; a missing value stays one.
    pub(crate) fn placed(&self, codes: &[f32]) -> Vec<f32> {
        let place = |&code: &f32| if code.is_nan() { code } else { self.places[code as usize] as f32 };
        codes.iter().map(place).collect()
    }

    /// One bit for each level and one for those without a code of their own: whether its place is up to the threshold. `absent_left`
    /// is where a level without a row goes.
    pub(crate) fn up_to(&self, threshold: f32, absent_left: bool) -> Vec<u32> {
        self.set(|place| if place < self.present { place as f32 <= threshold } else { absent_left })
    }

    /// The same of a set of places.
    pub(crate) fn of_places(&self, places: &[u32]) -> Vec<u32> {
        self.set(|place| places[place as usize / 32] >> (place % 32) & 1 != 0)
    }

    fn set(&self, goes_left: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut set = vec![0; self.places.len().div_ceil(32)];
        for (level, _) in self.places.iter().enumerate().filter(|(_, place)| goes_left(**place)) {
            set[level / 32] |= 1 << (level % 32);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use forest::Column;

    use super::*;
    use crate::TrainingColumn;

    fn order(levels: u32, codes: &[f32], target: Target, weights: Option<Vec<f64>>) -> LevelOrder {
        let column = TrainingColumn { column: Column::Category { levels }, values: codes.into() };
        LevelOrder::of(levels, codes, &TrainingSet::new(vec![column], target, weights).unwrap())
    }

    #[test]
    fn levels_stand_in_the_order_of_their_means() {
        // Means: level 0 has 5, level 1 none, level 2 has 1, level 3 only a row that weighs nothing, others have 3.
        let codes = [0.0, 2.0, 2.0, 4.0, 3.0, f32::NAN];
        let target = Target::Regression(vec![5.0, 0.0, 2.0, 3.0, 9.0, 7.0]);
        let order = order(4, &codes, target, Some(vec![1.0, 1.0, 1.0, 2.0, 0.0, 1.0]));
        assert_eq!((order.places.as_slice(), order.present), ([2, 4, 0, 3, 1].as_slice(), 4));
        assert_eq!(order.placed(&codes[..5]), [2.0, 0.0, 0.0, 1.0, 3.0]);
        assert!(order.placed(&codes)[5].is_nan());
        // Up to place 1 are level 2 and those without a code; level 1, which has no row, goes where it is told to.
        assert_eq!(order.up_to(1.5, false), [0b10100]);
        assert_eq!(order.up_to(1.5, true), [0b10110]);
        assert_eq!(order.of_places(&[0b00101]), [0b00101]);
    }

    #[test]
    fn levels_of_classes_stand_in_the_order_of_their_shares() {
        let codes = [0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
        let of = |classes: [u32; 6], n_classes| {
            order(3, &codes, Target::Classification { classes: classes.into(), n_classes }, None)
        };
        assert_eq!(of([1, 1, 0, 0, 0, 1], 2).places, [2, 0, 1, 3]);
        // Of three classes the first two levels have the same, so that they stand side by side.
        let places = of([0, 1, 1, 0, 2, 2], 3).places;
        assert_eq!(places[0].abs_diff(places[1]), 1, "{places:?}");
    }
}
