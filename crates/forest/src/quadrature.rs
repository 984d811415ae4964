//! Gauss–Legendre quadrature: integrals of polynomials over 0 to 1, exact up to rounding.

use std::f64::consts::PI;

/// Points that are evaluated side by side.
pub(crate) const LANES: usize = 8;

/// So many points, one number each.
pub(crate) type Lanes = [f64; LANES];

/// Points and weights of a rule, in groups of [`LANES`].
#[derive(Debug, Clone)]
pub(crate) struct Rule(pub(crate) Vec<Group>);

/// Points inside 0 to 1 with their weights.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// 1 less each point.
    pub(crate) rests: Lanes,
    pub(crate) weights: Lanes,
}

impl Rule {
    /// A rule for polynomials of this degree.
    pub(crate) fn for_degree(degree: usize) -> Self {
        // n points are exact up to degree 2n − 1.
        let points = (degree / 2 + 1).next_multiple_of(LANES);
        let mut groups = vec![Group { rests: [0.0; LANES], weights: [0.0; LANES] }; points / LANES];
        for index in 0..points / 2 {
            let (root, weight) = root(index, points);
            let mut put = |place: usize, point: f64| {
                groups[place / LANES].rests[place % LANES] = 1.0 - point;
                groups[place / LANES].weights[place % LANES] = weight;
            };
            put(index, 0.5 - 0.5 * root);
            put(points - 1 - index, 0.5 + 0.5 * root);
        }
        Self(groups)
    }
}

/// The root of this index, from the largest, of the Legendre polynomial of degree `n`, and its weight over 0 to 1.
fn root(index: usize, n: usize) -> (f64, f64) {
    let degree = n as f64;
    // Tricomi's estimate; Newton's steps double its digits.
    let mut x = (PI * (index as f64 + 0.75) / (degree + 0.5)).cos();
    let mut slope = 1.0;
    for _ in 0..8 {
        let (mut before, mut value) = (1.0, x);
        for k in 2..=n {
            let k = k as f64;
            (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
        }
        slope = degree * (x * value - before) / (x * x - 1.0);
        x -= value / slope;
    }
    (x, 1.0 / ((1.0 - x * x) * slope * slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_up_to_the_degree_are_integrated_exactly() {
        for degree in [0, 1, 15, 16, 40, 127, 200] {
            let rule = Rule::for_degree(degree);
            for power in 0..=degree {
                let term = |group: &Group| -> f64 {
                    let points = group.rests.iter().map(|rest| 1.0 - rest).zip(&group.weights);
                    points.map(|(point, weight)| weight * point.powi(power as i32)).sum()
                };
                let integral: f64 = rule.0.iter().map(term).sum();
                let expected = 1.0 / (power as f64 + 1.0);
                assert!((integral - expected).abs() < 1e-14, "x^{power} of {degree}: {integral}");
            }
        }
    }

    #[test]
    fn points_are_inside_and_weights_positive() {
        for group in Rule::for_degree(300).0 {
            assert!(group.rests.iter().all(|&rest| rest > 0.0 && rest < 1.0));
            assert!(group.weights.iter().all(|&weight| weight > 0.0));
        }
    }
}
