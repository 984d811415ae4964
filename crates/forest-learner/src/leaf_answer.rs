//! What a leaf answers: the mean of its targets, or the shares of its classes.

use crate::Target;

/// Turns the rows of a leaf into its answer.
#[derive(Clone, Copy)]
pub(crate) struct LeafAnswer<'a> {
    target: &'a Target,
    /// Unit of the targets, a power of two: sums in it can neither overflow nor vanish.
    unit: f64,
}

impl<'a> LeafAnswer<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        let unit = match target {
            Target::Regression(values) => {
                let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
                power_of_two_near(largest)
            }
            Target::Classification { .. } => 1.0,
        };
        Self { target, unit }
    }

    /// The unit in which targets are summed.
    pub(crate) fn unit(&self) -> f64 {
        self.unit
    }

    /// What one unit of summed impurity is in the impurity of the target.
    pub(crate) fn impurity_unit(&self) -> f64 {
        self.unit * self.unit
    }

    pub(crate) fn write(
        &self,
        numbers: &[u32],
        weights: impl Iterator<Item = f64> + Clone,
        answer: &mut [f64],
    ) {
        match self.target {
            Target::Regression(values) => answer[0] = self.mean(values, numbers, weights),
            Target::Classification { classes, .. } => {
                answer.fill(0.0);
                for (&number, weight) in numbers.iter().zip(weights) {
                    answer[classes[number as usize] as usize] += weight;
                }
                let total: f64 = answer.iter().sum();
                for share in answer {
                    *share /= total;
                }
            }
        }
    }

    fn mean(&self, values: &[f64], numbers: &[u32], weights: impl Iterator<Item = f64>) -> f64 {
        let first = values[numbers[0] as usize];
        let (mut sum, mut total, mut equal) = (0.0, 0.0, true);
        for (&number, weight) in numbers.iter().zip(weights) {
            let value = values[number as usize];
            sum += weight * (value / self.unit);
            total += weight;
            equal &= value == first;
        }
        // The mean of equal targets is the target itself, without rounding.
        if equal { first } else { sum / total * self.unit }
    }
}

/// A power of two between half of a number and the number; 1 for 0.
fn power_of_two_near(value: f64) -> f64 {
    if value == 0.0 {
        return 1.0;
    }
    2f64.powi((value.log2().floor() as i32).clamp(-1000, 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(target: &Target, numbers: &[u32], weights: &[f64]) -> Vec<f64> {
        let mut answer = vec![0.0; target.outputs()];
        LeafAnswer::new(target).write(numbers, weights.iter().copied(), &mut answer);
        answer
    }

    #[test]
    fn a_mean_is_weighted_and_equal_targets_are_kept() {
        let target = Target::Regression(vec![0.1, 0.1, 4.0, 1e308, 1.7e308]);
        assert_eq!(answer(&target, &[0, 1], &[3.0, 7.0]), [0.1]);
        assert_eq!(answer(&target, &[2, 3], &[1.0, 0.0]), [4.0]);
        // (1e308 + 1.7e308) / 2, though the sum is beyond a double.
        assert_eq!(answer(&target, &[3, 4], &[1.0, 1.0]), [1.35e308]);
    }

    #[test]
    fn shares_add_up_to_one() {
        let target = Target::Classification { classes: vec![0, 2, 2], n_classes: 3 };
        assert_eq!(answer(&target, &[0, 1, 2], &[2.0, 1.0, 1.0]), [0.5, 0.0, 0.5]);
    }
}
