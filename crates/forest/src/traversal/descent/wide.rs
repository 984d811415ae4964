//! Work that the compiler may lay out in registers of AVX2. Nothing is reordered or fused, so the bits are those of every
//! machine.

/// What is done. Its `run` must be `#[inline(always)]`, and so must be what it calls.
pub(crate) trait Work {
    fn run(self);
}

/// Does the work, in registers of AVX2 where the machine has them.
pub(crate) fn in_wide_registers(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if has_registers() {
        // SAFETY: the machine has AVX2, as it has just said; nothing else is asked of the caller.
        return unsafe { avx2(work) };
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
fn has_registers() -> bool {
    #[cfg(test)]
    if tests::IS_PLAIN.get() {
        return false;
    }
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use crate::{Column, Forest, Shape, TreeBuilder};

    thread_local! {
        /// Whether this thread works in the form for every machine.
        pub(super) static IS_PLAIN: Cell<bool> = const { Cell::new(false) };
    }

    /// Trees that split on the same features again and again, so that the row follows some and strays from others.
    fn forest(width: usize) -> Forest {
        let shape = Shape::new(vec![Column::Numeric; width], 1).unwrap();
        let tree = |number: usize| {
            let mut tree = TreeBuilder::new(&shape);
            let mut open = vec![(0, 7)];
            while let Some((place, depth)) = open.pop() {
                if depth == 0 || (place + depth) % 7 == 6 {
                    tree.leaf(place, &[f64::from(place % 11) / 3.0]).unwrap();
                    tree.cover(place, f64::from(1 + place % 13));
                    continue;
                }
                let feature = (place as usize * 5 + number) % width;
                let left = tree.split_at(place, feature, (place % 9) as f32 - 4.0, false).unwrap();
                open.extend([(left, depth - 1), (left + 1, depth - 1)]);
            }
            tree.finish()
        };
        let trees = (0..5).map(tree).collect();
        Forest::from_trees(shape, trees).unwrap()
    }

    #[test]
    fn explanations_have_the_same_bits_in_both_forms() {
        let width = 6;
        let forest = forest(width);
        let mut explainer = forest.explainer().unwrap();
        for first in -4_i16..4 {
            let row: Vec<f32> = (first..).map(|value| f32::from(value % 5) + 0.5).take(width).collect();
            let mut explain = |is_plain| {
                IS_PLAIN.set(is_plain);
                let mut contributions = vec![0.0; width];
                explainer.explain(&row, &mut contributions);
                contributions.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            };
            let (plain, wide) = (explain(true), explain(false));
            assert_eq!(plain, wide);
            assert!(wide.iter().any(|&bits| f64::from_bits(bits) != 0.0));
        }
    }
}
