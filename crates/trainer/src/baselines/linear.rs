//! The linear model of a design matrix: least squares of `linfa-linear`.

use linfa::Dataset;
use linfa::traits::{Fit, Predict};
use linfa_linear::LinearRegression;
use model_core::Scores;
use ndarray::{Array1, Array2};

/// Weight of the squared coefficients, as a share of the rows: so small that it only decides between columns that say the same.
const RIDGE: f64 = 1e-6;

/// Learns from `known`, shape (rows, columns), with a value for each row, and answers the rows of `asked`.
///
/// The library refuses columns that depend on each other, or answers with the rounding of their difference. So it is given the
/// normal equations, with a little on their diagonal: as many rows as columns, none of which depends on the others.
///
/// # Errors
/// What the library says.
pub(super) fn regression(known: &Array2<f64>, values: &[f64], asked: &Array2<f64>) -> Result<Scores, String> {
    // The columns have mean 0, so the mean of the target is the intercept.
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    if known.ncols() == 0 {
        return Ok(Scores::new(1, vec![mean; asked.nrows()]));
    }
    let centred: Array1<f64> = values.iter().map(|value| value - mean).collect();
    let mut products = known.t().dot(known);
    products.diag_mut().mapv_inplace(|product| product + RIDGE * values.len() as f64);
    let equations = Dataset::new(products, known.t().dot(&centred));
    let model = LinearRegression::new().with_intercept(false).fit(&equations);
    let answers: Array1<f64> = model.map_err(|error| error.to_string())?.predict(asked);
    Ok(Scores::new(1, answers.iter().map(|answer| mean + answer).collect()))
}

#[cfg(test)]
mod tests {
    use ndarray::{arr2, array};

    use super::*;

    fn answer(known: &Array2<f64>, values: &[f64], asked: &Array2<f64>) -> Vec<f64> {
        regression(known, values, asked).unwrap().values().to_vec()
    }

    #[test]
    fn a_line_is_found_even_where_columns_say_the_same() {
        // y = 3 + 2a − b, and b twice.
        let points = [[-2.0, 1.0], [-1.0, -1.0], [0.0, 0.0], [1.0, -1.0], [2.0, 1.0]];
        let known = arr2(&points.map(|[a, b]| [a, b, b]));
        let values = points.map(|[a, b]| 3.0 + 2.0 * a - b);
        let answer = answer(&known, &values, &array![[4.0, 2.0, 2.0]])[0];
        assert!((answer - 9.0).abs() < 1e-3, "{answer}");
    }

    #[test]
    fn without_a_column_it_is_the_mean() {
        assert_eq!(answer(&Array2::zeros((2, 0)), &[1.0, 3.0], &Array2::zeros((2, 0))), [2.0, 2.0]);
    }

    #[test]
    fn two_rows_of_many_columns_a_constant_one_and_huge_values_are_answered() {
        let known = array![[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, -1.0]];
        for size in [1.0, 1e30, 1e200] {
            for (answer, value) in answer(&known, &[3.0 * size, size], &known).into_iter().zip([3.0, 1.0]) {
                assert!((answer / size - value).abs() < 1e-3, "{answer} for {value} times {size}");
            }
        }
        assert_eq!(answer(&Array2::zeros((1, 1)), &[5.0], &array![[2.0]]), [5.0]);
    }
}
