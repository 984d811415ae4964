//! Forests and rows drawn at random, for the property tests.

use std::collections::BTreeMap;

use forest::{Column, Forest, GrownTree, LeafRow, NodeView, OutOfBagRow, Shape, TreeBuilder};
use model_core::Level;
use proptest::prelude::*;

/// Draws from a list of random numbers, over and over.
pub(crate) struct Draws {
    numbers: Vec<u32>,
    next: usize,
}

impl Draws {
    pub(crate) fn new(numbers: Vec<u32>) -> Self {
        Self { numbers, next: 0 }
    }

    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.numbers.clone()
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.next += 1;
        let number = self.numbers[self.next % self.numbers.len()].rotate_left(self.next as u32);
        number.wrapping_mul(0x9e37_79b9) % limit
    }
}

/// Two numeric columns, a category of 3 levels and one of 70.
pub(crate) fn columns() -> Vec<Column> {
    vec![Column::Numeric, Column::Category { levels: 3 }, Column::Numeric, Column::Category { levels: 70 }]
}

/// A node as it was decided, to answer rows without the forest's arrays.
pub(crate) enum Decided {
    Leaf(Vec<f64>),
    Threshold { feature: usize, threshold: f32, missing_right: bool, left: usize },
    Levels { feature: usize, levels: u32, set: Vec<u32>, missing_right: bool, left: usize },
}

/// Trees drawn at random, ready for a forest and as they were decided.
pub(crate) struct Drawn {
    pub(crate) shape: Shape,
    pub(crate) trees: Vec<GrownTree>,
    pub(crate) decided: Vec<Vec<Decided>>,
}

/// A forest over the first `width` of these columns.
pub(crate) fn build(draws: &mut Draws, width: usize, outputs: usize, trees: usize) -> Forest {
    let drawn = draw_trees(draws, width, outputs, trees);
    Forest::from_trees(drawn.shape, drawn.trees).unwrap()
}

pub(crate) fn draw_trees(draws: &mut Draws, width: usize, outputs: usize, trees: usize) -> Drawn {
    draw_trees_of(draws, columns()[..width].to_vec(), outputs, trees)
}

/// Trees over these columns.
pub(crate) fn draw_trees_of(draws: &mut Draws, columns: Vec<Column>, outputs: usize, trees: usize) -> Drawn {
    let shape = Shape::new(columns, outputs).unwrap();
    // Rows of weight 1, or of any weight.
    let unit = [1.0, 0.3][draws.below(2) as usize];
    let drawn = (0..trees).map(|_| draw_tree(draws, &shape, unit));
    let (trees, decided) = drawn.unzip();
    Drawn { shape, trees, decided }
}

fn draw_tree(draws: &mut Draws, shape: &Shape, unit: f64) -> (GrownTree, Vec<Decided>) {
    let mut tree = TreeBuilder::new(shape);
    let mut decided = BTreeMap::new();
    let mut open = vec![0];
    let mut splits = draws.below(40);
    while let Some(node) = open.pop() {
        if splits == 0 {
            let answer: Vec<f64> = (0..shape.outputs()).map(|_| f64::from(draws.below(50)) / 64.0).collect();
            tree.leaf(node, &answer).unwrap();
            tree.cover(node, f64::from(1 + draws.below(200)) * unit);
            decided.insert(node, Decided::Leaf(answer));
            continue;
        }
        splits -= 1;
        let feature = draws.below(shape.width() as u32) as usize;
        let missing_right = draws.below(2) == 1;
        let place = match shape.columns()[feature] {
            Column::Numeric => {
                let threshold = number(draws);
                let place = tree.split_at(node, feature, threshold, missing_right).unwrap();
                let left = place as usize;
                decided.insert(node, Decided::Threshold { feature, threshold, missing_right, left });
                place
            }
            Column::Category { levels } => {
                let set: Vec<u32> =
                    (0..=levels / 32).map(|_| draws.below(u32::MAX) ^ draws.below(u32::MAX)).collect();
                let place = tree.split_by_levels(node, feature, &set, missing_right).unwrap();
                let left = place as usize;
                decided.insert(node, Decided::Levels { feature, levels, set, missing_right, left });
                place
            }
        };
        open.extend([place + 1, place]);
    }
    (tree.finish(), decided.into_values().collect())
}

/// The answer of one tree by the definition of the branch rule.
pub(crate) fn answer_of<'a>(tree: &'a [Decided], row: &[f32]) -> &'a [f64] {
    let mut place = 0;
    loop {
        let (left, right) = match &tree[place] {
            Decided::Leaf(answer) => return answer,
            Decided::Threshold { feature, threshold, missing_right, left } => {
                let value = row[*feature];
                (*left, if value.is_nan() { *missing_right } else { value > *threshold })
            }
            Decided::Levels { feature, levels, set, missing_right, left } => {
                let value = row[*feature];
                let level = if value < *levels as f32 { value as usize } else { *levels as usize };
                (
                    *left,
                    if value.is_nan() { *missing_right } else { set[level / 32] >> (level % 32) & 1 == 0 },
                )
            }
        };
        place = left + usize::from(right);
    }
}

/// A small number, one of its two neighbours, or an infinity.
pub(crate) fn number(draws: &mut Draws) -> f32 {
    let number = draws.below(9) as f32 - 4.0;
    match draws.below(12) {
        0 => number.next_up(),
        1 => number.next_down(),
        2 => [f32::INFINITY, f32::NEG_INFINITY][draws.below(2) as usize],
        _ => number,
    }
}

/// Adds intervals to a forest that [`build`] gave for one output: rows with any targets in its leaves.
pub(crate) fn with_intervals(draws: &mut Draws, forest: Forest) -> Forest {
    // The answers of the leaves are among them.
    let values: Vec<f64> = (0..50).map(|value| f64::from(value) / 64.0).collect();
    let unit = [1.0, 0.3][draws.below(2) as usize];
    let mut leaves = Vec::new();
    let mut leaf_rows = Vec::new();
    for tree in 0..forest.tree_count() {
        let mut rows = Vec::new();
        for (place, node) in forest.tree(tree).enumerate() {
            let NodeView::Leaf { answer } = node else { continue };
            let place = place as u32;
            leaves.push((tree as u32, place));
            let own = (answer[0] * 64.0) as u32;
            rows.push(LeafRow { place, target: own, weight: unit });
            let others = (0..draws.below(4)).map(|_| draws.below(50)).collect::<Vec<_>>();
            rows.extend(others.iter().map(|&target| LeafRow { place, target, weight: 2.0 * unit }));
        }
        leaf_rows.push(rows);
    }
    let out_of_bag: Vec<OutOfBagRow> = leaves
        .iter()
        .map(|&leaf| OutOfBagRow { leaves: vec![leaf], target: f64::from(draws.below(60)) / 64.0 })
        .collect();
    forest.with_intervals(values, leaf_rows, &out_of_bag, Level::new(0.8).unwrap()).unwrap().unwrap()
}

/// A row of values around the thresholds, with missing values and unseen levels.
pub(crate) fn row(draws: &mut Draws, width: usize) -> Vec<f32> {
    columns()[..width]
        .iter()
        .map(|column| match (draws.below(8), column) {
            (0, _) => f32::NAN,
            (_, Column::Numeric) => number(draws) + draws.below(2) as f32 / 2.0,
            (_, Column::Category { levels }) => draws.below(levels + 1) as f32,
        })
        .collect()
}

pub(crate) fn draws() -> impl Strategy<Value = Draws> {
    prop::collection::vec(any::<u32>(), 16).prop_map(Draws::new)
}

impl std::fmt::Debug for Draws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.numbers.fmt(f)
    }
}
