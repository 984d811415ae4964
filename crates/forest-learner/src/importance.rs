//! Permutation importance: how much worse a forest answers when one feature is shuffled (Breiman 2001).

use forest::Forest;
use model_core::{Rows, Scores, winning_class};

use crate::Target;
use crate::random::TreeRandom;

/// The mean drop of the score over `repeats` shuffles of each feature: of R² for regression, of accuracy for
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
    repeats: usize,
    seed: u64,
) -> Vec<f64> {
    assert_eq!(rows.len(), target.len(), "one target for each row");
    let width = rows.width();
    let whole = score(target, &forest.score(rows));
    let mut values = rows.values().to_vec();
    let mut drops = Vec::with_capacity(width);
    for feature in 0..width {
        let mut random = TreeRandom::new(seed, feature);
        let mut sum = 0.0;
        for _ in 0..repeats {
            for place in (1..rows.len()).rev() {
                let other = random.below(place as u32 + 1) as usize;
                values.swap(place * width + feature, other * width + feature);
            }
            let shuffled = Rows::from_values(width, values);
            sum += whole - score(target, &forest.score(&shuffled));
            values = shuffled.into_values();
        }
        for (place, row) in rows.rows().enumerate() {
            values[place * width + feature] = row[feature];
        }
        drops.push(sum / repeats.max(1) as f64);
    }
    drops
}

/// R² or accuracy; 0 where neither is defined.
fn score(target: &Target, scores: &Scores) -> f64 {
    let rows = target.len() as f64;
    match target {
        _ if target.is_empty() => 0.0,
        Target::Regression(values) => {
            let mean = values.iter().sum::<f64>() / rows;
            let squares = |error: f64| error * error;
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
