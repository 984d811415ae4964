//! The rows of a column in the order of their values, and the ranks that follow from it.

/// Rows with a value, ascending by it.
#[derive(Debug)]
pub(super) struct Order(Vec<u32>);

impl Order {
    /// The order of the values; NaN has no place in it.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut pairs: Vec<(f64, u32)> =
            values.iter().copied().zip(0..).filter(|(value, _)| !value.is_nan()).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Self(pairs.into_iter().map(|(_, row)| row).collect())
    }

    pub(super) fn rows(&self) -> &[u32] {
        &self.0
    }

    /// The ranks of the rows that `counts` admits, equal values with the mean of their ranks; NaN for the others.
    pub(super) fn ranks(&self, values: &[f64], counts: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut ranks = vec![f64::NAN; values.len()];
        let admitted: Vec<u32> = self.0.iter().copied().filter(|&row| counts(row as usize)).collect();
        let mut before = 0;
        for run in admitted.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
            let rank = before as f64 + (run.len() as f64 + 1.0) / 2.0;
            run.iter().for_each(|&row| ranks[row as usize] = rank);
            before += run.len();
        }
        ranks
    }

    /// Which of so many bins each row is in, of about equal numbers of rows, equal values together; rows without a
    /// value are in the last one, beyond them.
    pub(super) fn quantiles(&self, values: &[f64], bins: usize) -> (Vec<u32>, usize) {
        let mut codes = vec![u32::MAX; values.len()];
        let (mut bin, mut taken) = (0_u32, 0);
        for run in self.0.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
            run.iter().for_each(|&row| codes[row as usize] = bin);
            taken += run.len();
            if taken * bins >= self.0.len() * (bin as usize + 1) {
                bin += 1;
            }
        }
        codes.iter_mut().filter(|code| **code == u32::MAX).for_each(|code| *code = bin);
        (codes, bin as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        let values = [3.0, f64::NAN, 1.0, 3.0, -1.0];
        let order = Order::of(&values);
        assert_eq!(order.rows(), [4, 2, 0, 3]);
        let ranks = order.ranks(&values, |_| true);
        assert_eq!((ranks[0], ranks[2], ranks[3], ranks[4]), (3.5, 2.0, 3.5, 1.0));
        assert!(ranks[1].is_nan());
        let (codes, bins) = order.quantiles(&values, 2);
        assert_eq!((codes, bins), (vec![1, 2, 0, 1, 0], 3));
    }
}
