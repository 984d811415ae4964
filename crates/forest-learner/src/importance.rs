//! Permutation importance: how much worse a forest answers when one feature is shuffled (Breiman 2001).

use forest::Forest;
use model_core::{Rows, Scores, winning_class};
use rayon::prelude::*;

use crate::random::TreeRandom;
use crate::sample::drawn_for;
use crate::{FitError, ForestValidParams, Target, TrainingSet};

/// The drop of the score when one feature is shuffled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PermutationImportance {
    /// Mean over the shuffles.
    pub mean: f64,
    /// Sample standard deviation over the shuffles; `None` of fewer than two.
    pub deviation: Option<f64>,
}

/// The drop of the score over `n_repeats` shuffles of each feature: of R² for regression, of accuracy for
/// classification. The same for the same seed, on any number of threads. About 0, and below by chance, for a feature
/// that does not matter; features that say the same share their importance.
///
/// # Panics
/// When `rows` and `target` differ in length, or the rows have another width than the forest, mistakes of the calling
/// code.
pub fn permutation_importance(
    forest: &Forest,
    rows: &Rows,
    target: &Target,
    n_repeats: usize,
    seed: u64,
) -> Vec<PermutationImportance> {
    assert_eq!(rows.len(), target.len(), "one target for each row");
    drops(rows, n_repeats, seed, |rows| score(target, &forest.score(rows)))
}

impl ForestValidParams {
    /// [`permutation_importance`] on the rows that a forest was grown on: each is answered by the trees that did not draw
    /// it, so that no row need be held out. Of more than `most_rows` rows evenly spaced ones are taken. `None` when every
    /// tree drew all of them.
    ///
    /// The forest is one that these parameters grew on this table, from its `first` tree on; those before it take no part.
    ///
    /// # Errors
    /// When a parameter does not fit the table.
    pub fn out_of_bag_importance(
        &self,
        forest: &Forest,
        first: usize,
        set: &TrainingSet,
        most_rows: usize,
        n_repeats: usize,
        seed: u64,
    ) -> Result<Option<Vec<PermutationImportance>>, FitError> {
        let params = self.resolve(set)?;
        let taken = set.len().min(most_rows);
        let spaced: Vec<usize> = (0..taken).map(|place| place * set.len() / taken).collect();
        let absent: Vec<Vec<bool>> = drawn_for(&params, set, first..forest.tree_count(), |counts| {
            spaced.iter().map(|&row| counts[row] == 0).collect()
        });
        let trees_of = |place: usize| -> Vec<usize> {
            (first..).zip(&absent).filter(|(_, absent)| absent[place]).map(|(tree, _)| tree).collect()
        };
        let (covered, trees): (Vec<usize>, Vec<Vec<usize>>) = spaced
            .iter()
            .enumerate()
            .map(|(place, &row)| (row, trees_of(place)))
            .filter(|(_, trees)| !trees.is_empty())
            .unzip();
        if covered.is_empty() {
            return Ok(None);
        }
        let table = set.rows();
        let values = covered.iter().flat_map(|&row| table.row(row)).copied().collect();
        let rows = Rows::from_values(set.width(), values);
        let target = set.target().of(&covered);
        let answers = |rows: &Rows| out_of_bag_scores(forest, rows, &trees);
        Ok(Some(drops(&rows, n_repeats, seed, |rows| score(&target, &answers(rows)))))
    }
}

/// The mean answer of its trees for every row.
fn out_of_bag_scores(forest: &Forest, rows: &Rows, trees: &[Vec<usize>]) -> Scores {
    let outputs = forest.shape().outputs();
    let mut answers = vec![0.0; rows.len() * outputs];
    let of_rows = answers.par_chunks_exact_mut(outputs).zip(trees).enumerate();
    of_rows.for_each(|(row, (answer, trees))| {
        for &tree in trees {
            for (sum, value) in answer.iter_mut().zip(forest.tree_answer(tree, rows.row(row))) {
                *sum += value;
            }
        }
        for sum in answer {
            *sum /= trees.len() as f64;
        }
    });
    Scores::new(outputs, answers)
}

/// The drops of a score over the shuffles of each feature.
fn drops(
    rows: &Rows,
    n_repeats: usize,
    seed: u64,
    score: impl Fn(&Rows) -> f64,
) -> Vec<PermutationImportance> {
    let width = rows.width();
    let whole = score(rows);
    let mut values = rows.values().to_vec();
    let mut importances = Vec::with_capacity(width);
    for feature in 0..width {
        let mut random = TreeRandom::new(seed, feature);
        let mut drops = Vec::with_capacity(n_repeats);
        for _ in 0..n_repeats {
            for place in (1..rows.len()).rev() {
                let other = random.below(place as u32 + 1) as usize;
                values.swap(place * width + feature, other * width + feature);
            }
            let shuffled = Rows::from_values(width, values);
            drops.push(whole - score(&shuffled));
            values = shuffled.into_values();
        }
        for (place, row) in rows.rows().enumerate() {
            values[place * width + feature] = row[feature];
        }
        importances.push(PermutationImportance::of(&drops));
    }
    importances
}

impl PermutationImportance {
    fn of(drops: &[f64]) -> Self {
        let count = drops.len() as f64;
        let mean = drops.iter().sum::<f64>() / count.max(1.0);
        let squares: f64 = drops.iter().map(|drop| (drop - mean).powi(2)).sum();
        Self { mean, deviation: (drops.len() > 1).then(|| (squares / (count - 1.0)).sqrt()) }
    }
}

/// R² or accuracy; 0 where neither is defined.
fn score(target: &Target, scores: &Scores) -> f64 {
    let rows = target.len() as f64;
    match target {
        _ if target.is_empty() => 0.0,
        Target::Regression(values) => {
            // The squares of the largest targets have no sum; R² is the same in any unit.
            let unit = if values.iter().any(|value| value.abs() > 1e100) { 1e200 } else { 1.0 };
            let mean = values.iter().map(|value| value / unit).sum::<f64>() / rows * unit;
            let squares = |error: f64| (error / unit) * (error / unit);
            let residual: f64 = values.iter().zip(scores.values()).map(|(a, b)| squares(a - b)).sum();
            let total: f64 = values.iter().map(|value| squares(value - mean)).sum();
            if total > 0.0 { 1.0 - residual / total } else { 0.0 }
        }
        Target::Classification { classes, .. } => {
            let hits = classes.iter().zip(scores.rows());
            hits.filter(|(class, row)| winning_class(row) == **class as usize).count() as f64 / rows
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_a_sample() {
        let check = |drops: &[f64], mean: f64, deviation: Option<f64>| {
            assert_eq!(PermutationImportance::of(drops), PermutationImportance { mean, deviation });
        };
        // Squared distances of 1, 1, 1 and 1 from the mean over 3, and of 9 and 9 over 1.
        check(&[2.0, 4.0, 4.0, 2.0], 3.0, Some((4.0f64 / 3.0).sqrt()));
        check(&[-3.0, 3.0], 0.0, Some(18.0f64.sqrt()));
        check(&[0.5], 0.5, None);
        check(&[], 0.0, None);
    }
}
