//! A linear and a logistic model of a design matrix.
//!
//! Both come down to one system of equations with the products of the columns, which is solved by Cholesky's decomposition. The
//! logistic model goes to its optimum by steps that a quadratic bound of its likelihood gives (Böhning 1992, *Multinomial logistic
//! regression algorithm*): the system stays the same from step to step, and no step goes uphill.

use model_core::Scores;

use super::design::Matrix;

/// Weight of the squared coefficients of the linear model, as a share of the rows: so small that it only decides between
/// columns that say the same.
const RIDGE: f64 = 1e-6;
/// Weight of the squared coefficients of the logistic model, that of scikit-learn's default.
const PENALTY: f64 = 1.0;
/// Most steps of the logistic model.
const STEPS: usize = 300;
/// Largest change of a coefficient that ends them.
const SMALL: f64 = 1e-4;

/// Least squares.
pub(super) fn regression(known: &Matrix, values: &[f64], asked: &Matrix) -> Scores {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    // The columns have mean 0, so the mean of the target is the intercept.
    let mut coefficients = vec![0.0; known.width()];
    for (row, value) in known.rows().zip(values) {
        add(&mut coefficients, row, value - mean);
    }
    Factor::of(known, 1.0, RIDGE * values.len() as f64).solve(&mut coefficients);
    Scores::new(1, asked.rows().map(|row| mean + product(row, &coefficients)).collect())
}

/// The multinomial logistic model. A class without a row has probability 0.
pub(super) fn classification(known: &Matrix, classes: &[usize], asked: &Matrix, outputs: usize) -> Scores {
    let mut present = classes.to_vec();
    present.sort_unstable();
    present.dedup();
    let place_of: Vec<usize> =
        classes.iter().map(|class| present.binary_search(class).unwrap_or_default()).collect();
    let rows = classes.len().max(1) as f64;
    let share = |place: usize| place_of.iter().filter(|one| **one == place).count() as f64 / rows;
    // Log-odds of the shares to begin with.
    let mut intercepts: Vec<f64> = (0..present.len()).map(|place| share(place).ln()).collect();
    let mut coefficients = vec![vec![0.0; known.width()]; present.len()];
    let factor = Factor::of(known, 0.5, PENALTY);
    let mut probabilities = vec![0.0; present.len()];
    for _ in 0..STEPS {
        let mut slopes: Vec<Vec<f64>> = coefficients
            .iter()
            .map(|coefficients| coefficients.iter().map(|coefficient| -PENALTY * coefficient).collect())
            .collect();
        let mut excess = vec![0.0; present.len()];
        for (row, &truth) in known.rows().zip(&place_of) {
            softmax(row, &intercepts, &coefficients, &mut probabilities);
            for (place, probability) in probabilities.iter().enumerate() {
                let residual = f64::from(u8::from(place == truth)) - probability;
                add(&mut slopes[place], row, residual);
                excess[place] += residual;
            }
        }
        let mut largest: f64 = 0.0;
        for (place, mut step) in slopes.into_iter().enumerate() {
            factor.solve(&mut step);
            for (coefficient, step) in coefficients[place].iter_mut().zip(step) {
                *coefficient += step;
                largest = largest.max(step.abs());
            }
            let step = excess[place] / (0.5 * rows);
            intercepts[place] += step;
            largest = largest.max(step.abs());
        }
        if largest < SMALL {
            break;
        }
    }
    let mut answers = vec![0.0; asked.len() * outputs];
    for (row, answer) in asked.rows().zip(answers.chunks_exact_mut(outputs.max(1))) {
        softmax(row, &intercepts, &coefficients, &mut probabilities);
        for (&class, &probability) in present.iter().zip(&probabilities) {
            answer[class] = probability;
        }
    }
    Scores::new(outputs, answers)
}

fn softmax(row: &[f64], intercepts: &[f64], coefficients: &[Vec<f64>], probabilities: &mut [f64]) {
    for ((probability, intercept), coefficients) in probabilities.iter_mut().zip(intercepts).zip(coefficients)
    {
        *probability = intercept + product(row, coefficients);
    }
    let most = probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    probabilities.iter_mut().for_each(|probability| *probability = (*probability - most).exp());
    let sum: f64 = probabilities.iter().sum();
    probabilities.iter_mut().for_each(|probability| *probability /= sum);
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn add(sums: &mut [f64], row: &[f64], times: f64) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += times * value);
}

/// The lower triangle of Cholesky, row by row.
struct Factor {
    rows: Vec<Vec<f64>>,
}

impl Factor {
    /// Of the products of the columns, times `times`, with `diagonal` added to the diagonal, which makes it positive definite.
    fn of(matrix: &Matrix, times: f64, diagonal: f64) -> Self {
        let mut rows: Vec<Vec<f64>> = (1..=matrix.width()).map(|length| vec![0.0; length]).collect();
        for row in matrix.rows() {
            for (sums, value) in rows.iter_mut().zip(row) {
                add(sums, row, times * value);
            }
        }
        for place in 0..rows.len() {
            let (above, below) = rows.split_at_mut(place);
            let row = &mut below[0];
            row[place] += diagonal;
            for (column, other) in above.iter().enumerate() {
                let inner = product(&row[..column], &other[..column]);
                row[column] = (row[column] - inner) / other[column];
            }
            let rest = row[place] - row[..place].iter().map(|value| value * value).sum::<f64>();
            // Rounding must not make a root of what is below 0.
            row[place] = rest.max(diagonal * 1e-3).max(f64::MIN_POSITIVE).sqrt();
        }
        Self { rows }
    }

    /// Puts the solution in the place of the right side.
    fn solve(&self, side: &mut [f64]) {
        for (place, row) in self.rows.iter().enumerate() {
            side[place] = (side[place] - product(&row[..place], &side[..place])) / row[place];
        }
        for place in (0..self.rows.len()).rev() {
            let below = (place + 1..self.rows.len()).map(|other| self.rows[other][place] * side[other]);
            side[place] = (side[place] - below.sum::<f64>()) / self.rows[place][place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_even_where_columns_say_the_same() {
        // y = 3 + 2a − b, and b twice.
        let points = [[-2.0, 1.0], [-1.0, -1.0], [0.0, 0.0], [1.0, -1.0], [2.0, 1.0]];
        let known = Matrix::new(3, points.iter().flat_map(|&[a, b]| [a, b, b]).collect());
        let values: Vec<f64> = points.iter().map(|[a, b]| 3.0 + 2.0 * a - b).collect();
        let answer = regression(&known, &values, &Matrix::new(3, vec![4.0, 2.0, 2.0])).values()[0];
        assert!((answer - 9.0).abs() < 1e-3, "{answer}");
        assert_eq!(
            regression(&Matrix::new(0, Vec::new()), &[1.0, 3.0], &Matrix::of_rows(2)).values(),
            [2.0, 2.0]
        );
    }

    #[test]
    fn the_logistic_model_is_at_its_optimum() {
        // Two classes that overlap: at the optimum, the penalised slopes are 0.
        let x: Vec<f64> = (0..40).map(|row| (f64::from(row) - 19.5) / 10.0).collect();
        let classes: Vec<usize> = (0..40).map(|row| usize::from((row * 7) % 40 + row > 40)).collect();
        let known = Matrix::new(1, x.clone());
        let scores = classification(&known, &classes, &known, 2);
        let residual = |row: usize| f64::from(u8::from(classes[row] == 1)) - scores.row(row)[1];
        let sum: f64 = (0..40).map(residual).sum();
        assert!(sum.abs() < 0.01, "the intercept: {sum}");
        // Log-odds of the last against the first row give the coefficient, once for each class.
        let odds = |row: usize| (scores.row(row)[1] / scores.row(row)[0]).ln();
        let slope = (odds(39) - odds(0)) / (x[39] - x[0]);
        let gradient: f64 = (0..40).map(|row| residual(row) * x[row]).sum();
        assert!((gradient - PENALTY * slope / 2.0).abs() < 0.02, "{gradient} and {slope}");
    }

    #[test]
    fn an_absent_class_has_no_chance() {
        let known = Matrix::new(1, vec![-1.0, -1.0, 1.0, 1.0]);
        let scores = classification(&known, &[0, 0, 2, 2], &known, 3);
        assert!(scores.row(0)[0] > 0.6 && scores.row(3)[2] > 0.6, "{scores:?}");
        assert_eq!((scores.row(0)[1], scores.row(3)[1]), (0.0, 0.0));
        assert_eq!(classification(&known, &[1; 4], &known, 3).row(0), [0.0, 1.0, 0.0]);
    }
}
