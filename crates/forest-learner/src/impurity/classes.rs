//! Impurity of any number of classes: Gini and entropy.

use std::marker::PhantomData;

use crate::feature_view::{Entry, QuantileView};

use super::{Cut, Impurity, Levels, NO_CODE, NodeRows, NodeSums, Run, Scan};

mod measure;
mod ordering;

pub(crate) use measure::{Entropy, Gini, Measure};
pub(super) use ordering::rank_by_shares;
pub(crate) use ordering::ranks_of_sums;

/// Impurity of classes by one measure.
pub(crate) struct Classes<M> {
    /// Sums of the node.
    node: Side,
    /// Sums left and right of the cut under trial.
    left: Side,
    right: Side,
    bins: ClassBins,
    kept_bins: ClassBins,
    measure: PhantomData<M>,
}

/// Weight and class of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WeightedClass {
    pub(crate) weight: f64,
    pub(crate) class: u32,
}

#[derive(Debug, Clone, Default)]
struct Side {
    classes: Vec<f64>,
    terms: f64,
    weight: f64,
    rows: u32,
}

/// Weights by bin and class, and rows by bin.
#[derive(Debug, Default)]
struct ClassBins {
    weights: Vec<f64>,
    rows: Vec<u32>,
}

impl ClassBins {
    fn empty(&mut self, bins: usize, classes: usize) {
        self.weights.clear();
        self.weights.resize(bins * classes, 0.0);
        self.rows.clear();
        self.rows.resize(bins, 0);
    }

    #[inline(always)]
    fn add(&mut self, bin: usize, classes: usize, row: WeightedClass) {
        self.weights[bin * classes + row.class as usize] += row.weight;
        self.rows[bin] += 1;
    }

    /// The runs of a bin, one for each class that occurs.
    fn runs(&self, bin: usize, code: u32, classes: usize) -> impl Iterator<Item = Run<WeightedClass>> {
        let (rows, weights) = (self.rows[bin], &self.weights[bin * classes..][..classes]);
        let runs = (0u32..).zip(weights).map(move |(class, &weight)| {
            // The rows of a bin are counted once, with its first class.
            let rows = if class == 0 { rows } else { 0 };
            Run { code, rows, part: WeightedClass { weight, class } }
        });
        runs.filter(|run| run.rows > 0 || run.part.weight > 0.0)
    }
}

impl Side {
    fn empty(&mut self) {
        self.classes.fill(0.0);
        (self.terms, self.weight, self.rows) = (0.0, 0.0, 0);
    }

    fn copy(&mut self, other: &Self) {
        self.classes.copy_from_slice(&other.classes);
        (self.terms, self.weight, self.rows) = (other.terms, other.weight, other.rows);
    }

    #[inline(always)]
    fn change<M: Measure>(&mut self, class: u32, weight: f64) {
        let sum = &mut self.classes[class as usize];
        let before = M::term(*sum);
        *sum += weight;
        self.terms += M::term(*sum) - before;
        self.weight += weight;
    }
}

impl<M: Measure> Classes<M> {
    pub(crate) fn new(classes: usize) -> Self {
        let side = Side { classes: vec![0.0; classes], ..Side::default() };
        Self {
            node: side.clone(),
            left: side.clone(),
            right: side,
            bins: Default::default(),
            kept_bins: ClassBins::default(),
            measure: PhantomData,
        }
    }

    fn class_count(&self) -> usize {
        self.node.classes.len()
    }

    #[inline(always)]
    fn class_scan(&mut self, least_rows: u32) -> ClassScan<'_, M> {
        self.left.empty();
        self.right.copy(&self.node);
        let whole = M::value(self.node.terms, self.node.weight);
        ClassScan {
            left: &mut self.left,
            right: &mut self.right,
            least_rows,
            whole,
            before: NO_CODE,
            best: None,
            measure: PhantomData,
        }
    }
}

/// A scan that moves row after row from the right side to the left one.
struct ClassScan<'a, M> {
    left: &'a mut Side,
    right: &'a mut Side,
    least_rows: u32,
    /// What the node is worth.
    whole: f64,
    before: u32,
    best: Option<Cut>,
    measure: PhantomData<M>,
}

impl<M: Measure> ClassScan<'_, M> {
    #[inline(always)]
    fn shift(&mut self, rows: u32, WeightedClass { weight, class }: WeightedClass) {
        self.left.change::<M>(class, weight);
        self.right.change::<M>(class, -weight);
        self.left.rows += rows;
        self.right.rows -= rows;
    }

    #[inline(always)]
    fn push_run(&mut self, run: Run<WeightedClass>) {
        let (left, right) = (&self.left, &self.right);
        if run.code != self.before
            && self.before != NO_CODE
            && left.rows >= self.least_rows
            && right.rows >= self.least_rows
            && left.weight > 0.0
            && right.weight > 0.0
        {
            let gain = M::value(left.terms, left.weight) + M::value(right.terms, right.weight) - self.whole;
            if self.best.is_none_or(|best| gain > best.gain) {
                self.best = Some(Cut { left: self.before, right: run.code, gain, left_weight: left.weight });
            }
        }
        self.before = run.code;
        self.shift(run.rows, run.part);
    }
}

impl<M: Measure> Scan for ClassScan<'_, M> {
    type Row = WeightedClass;

    #[inline(always)]
    fn put_left(&mut self, row: WeightedClass) {
        self.shift(1, row);
    }

    #[inline(always)]
    fn push(&mut self, code: u32, row: WeightedClass) {
        self.push_run(Run { code, rows: 1, part: row });
    }

    #[inline(always)]
    fn best(self) -> Option<Cut> {
        // A decrease is never negative but for rounding.
        self.best.map(|cut| Cut { gain: cut.gain.max(0.0), ..cut })
    }
}

impl<M: Measure> Impurity for Classes<M> {
    type Row = WeightedClass;

    fn begin(&mut self, node: NodeRows<'_, WeightedClass>) -> NodeSums {
        self.node.empty();
        for row in node.iter() {
            self.node.classes[row.class as usize] += row.weight;
        }
        self.node.rows = node.len() as u32;
        self.node.weight = self.node.classes.iter().sum();
        self.node.terms = self.node.classes.iter().map(|&weight| M::term(weight)).sum();
        let pure = self.node.classes.iter().filter(|&&weight| weight > 0.0).count() < 2;
        NodeSums { weight: self.node.weight, pure }
    }

    fn weight(row: WeightedClass) -> f64 {
        row.weight
    }

    fn answer(&self, node: NodeRows<'_, WeightedClass>, answer: &mut [f64]) {
        answer.fill(0.0);
        for row in node.iter() {
            answer[row.class as usize] += row.weight;
        }
        let total: f64 = answer.iter().sum();
        for share in answer {
            *share /= total;
        }
    }

    #[inline(always)]
    fn scan(&mut self, least_rows: u32) -> impl Scan<Row = WeightedClass> {
        self.class_scan(least_rows)
    }

    const SCANS_LANES: bool = false;

    /// There are bins for each class: many rows must share their cost.
    const QUANTILE_ROWS: usize = 160;

    /// The bins of one feature fill the cache.
    const QUANTILE_SLOTS: usize = 1;

    fn fill_quantiles(&mut self, node: NodeRows<'_, WeightedClass>, columns: &[QuantileView<'_>], _: u32) {
        let classes = self.class_count();
        for column in columns {
            self.bins.empty(column.missing_bin() + 1, classes);
            for (&number, &row) in node.numbers.iter().zip(node.rows) {
                self.bins.add(column.bin(number), classes, row);
            }
        }
    }

    fn used_bins(&self, _: usize) -> usize {
        self.bins.rows.iter().filter(|&&rows| rows > 0).count()
    }

    fn last_bin_used(&self, _: usize) -> bool {
        self.bins.rows.last().is_some_and(|&rows| rows > 0)
    }

    fn keep_bins(&mut self, _: usize, _: bool) {
        std::mem::swap(&mut self.bins, &mut self.kept_bins);
    }

    fn scan_between(
        &mut self,
        first: usize,
        last: Option<usize>,
        entries: &[Entry],
        table: &[WeightedClass],
        least_rows: u32,
    ) -> Option<Cut> {
        let classes = self.class_count();
        let kept = std::mem::take(&mut self.kept_bins);
        let mut scan = self.class_scan(least_rows);
        for bin in (0..first).chain(last) {
            kept.runs(bin, 0, classes).for_each(|run| scan.shift(run.rows, run.part));
        }
        for entry in entries {
            scan.push(entry.code, table[entry.number as usize]);
        }
        let best = scan.best();
        self.kept_bins = kept;
        best
    }

    fn scan_bins(&mut self, _: usize, last_left: bool, least_rows: u32) -> Option<Cut> {
        let classes = self.class_count();
        let bins = std::mem::take(&mut self.bins);
        let mut scan = self.class_scan(least_rows);
        let others = bins.rows.len() - usize::from(last_left);
        for bin in others..bins.rows.len() {
            bins.runs(bin, 0, classes).for_each(|run| scan.shift(run.rows, run.part));
        }
        for (code, bin) in (0u32..).zip(0..others).filter(|(_, bin)| bins.rows[*bin] > 0) {
            bins.runs(bin, code, classes).for_each(|run| scan.push_run(run));
        }
        let best = scan.best();
        self.bins = bins;
        best
    }

    fn rank_levels(&mut self, levels: &Levels<'_>, table: &[WeightedClass], ranks: &mut Vec<f64>) {
        let row = |number: u32| {
            let row = table[number as usize];
            (row.class as usize, row.weight)
        };
        rank_by_shares(levels, row, &self.node.classes, ranks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_one() {
        let rows = [(2.0, 0), (1.0, 2), (1.0, 2)].map(|(weight, class)| WeightedClass { weight, class });
        let mut answer = [f64::NAN; 3];
        Classes::<Gini>::new(3)
            .answer(NodeRows { numbers: &[0, 1, 2], rows: &rows, table: &rows }, &mut answer);
        assert_eq!(answer, [0.5, 0.0, 0.5]);
    }
}
