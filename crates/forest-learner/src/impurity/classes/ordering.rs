//! The order in which the levels of a category are cut when there are more than two classes.

/// Direction in which the class shares of the levels differ most, by power iteration from a fixed start.
/// `node` is the weight of each class in the node.
pub(super) fn principal_direction(shares: &[f64], weights: &[f64], node: &[f64]) -> Vec<f64> {
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

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
