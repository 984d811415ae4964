//! The order in which the levels of a category are cut when there are more than two classes.

use crate::impurity::Levels;

/// A number for each level by which ordering them makes the best subset a cut. `row` gives class and weight of a row,
/// `node` is the weight of each class in the node.
///
/// Two classes: by the share of the second, which makes the best subset a cut (Breiman et al. 1984). More: by the
/// first principal component of the levels' class shares, weighted by their rows (Coppersmith, Hong and Hosking
/// 1999); a best cut in this order is close to the best subset, which would take exponential time.
pub(in crate::impurity) fn rank_by_shares(
    levels: &Levels<'_>,
    row: impl Fn(u32) -> (usize, f64),
    node: &[f64],
    ranks: &mut Vec<f64>,
) {
    let classes = node.len();
    let mut sums = vec![0.0; levels.len() * classes];
    for (entries, sums) in levels.iter().zip(sums.chunks_exact_mut(classes)) {
        for entry in entries {
            let (class, weight) = row(entry.number);
            sums[class] += weight;
        }
    }
    *ranks = ranks_of_sums(sums, node);
}

/// The same number for each level with the weight of each of its classes, which is above 0 for one of them.
pub(crate) fn ranks_of_sums(mut sums: Vec<f64>, node: &[f64]) -> Vec<f64> {
    let classes = node.len();
    let mut weights = Vec::with_capacity(sums.len() / classes);
    for shares in sums.chunks_exact_mut(classes) {
        let weight: f64 = shares.iter().sum();
        for share in shares {
            *share /= weight;
        }
        weights.push(weight);
    }
    let direction = match classes {
        2 => vec![0.0, 1.0],
        _ => principal_direction(&sums, &weights, node),
    };
    sums.chunks_exact(classes).map(|shares| dot(shares, &direction)).collect()
}

/// Direction in which the class shares of the levels differ most, by power iteration from a fixed start.
/// `node` is the weight of each class in the node.
fn principal_direction(shares: &[f64], weights: &[f64], node: &[f64]) -> Vec<f64> {
    const ITERATIONS: usize = 16;
    let classes = node.len();
    let total: f64 = node.iter().sum();
    let means: Vec<f64> = node.iter().map(|weight| weight / total).collect();
    // No two entries of the start are equal, so that no difference between two classes is blind to it.
    let mut direction: Vec<f64> = (0..classes).map(|class| 1.0 / (class + 1) as f64).collect();
    for _ in 0..ITERATIONS {
        let mut next = vec![0.0; classes];
        let middle = dot(&means, &direction);
        for (shares, weight) in shares.chunks_exact(classes).zip(weights) {
            let along = weight * (dot(shares, &direction) - middle);
            for ((next, share), mean) in next.iter_mut().zip(shares).zip(&means) {
                *next += along * (share - mean);
            }
        }
        let length = dot(&next, &next).sqrt();
        if length <= 0.0 || !length.is_finite() {
            break;
        }
        for value in &mut next {
            *value /= length;
        }
        direction = next;
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
