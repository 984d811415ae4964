//! The logistic model of a design matrix, with a penalty on the squares of its coefficients.
//!
//! Of two classes it is that of `linfa-logistic`. The library's model of more classes shifts the logits of all rows by one number,
//! the largest of them all: where that is above 34, the likelihood of rows that are less sure is cut off, and the search ends far
//! from the optimum without an error. So the likelihood of more classes is here, and goes to the optimiser that the library
//! uses, L-BFGS of `argmin`.

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use linfa_logistic::LogisticRegression;
use model_core::Scores;
use ndarray::{Array1, Array2, ArrayViewMut1, Axis, ShapeError, concatenate};

/// Weight of half the squared coefficients, that of scikit-learn's default.
const PENALTY: f64 = 1.0;
/// Length of the slopes of the likelihood of all rows that ends a search.
const FLAT: f64 = 1e-3;
/// Most steps of a search.
const STEPS: u64 = 300;
/// Steps that a search remembers; as many as the library's.
const MEMORY: usize = 10;

/// Learns from `known`, shape (rows, columns), with a class for each row, and answers each row of `asked` with `outputs`
/// probabilities. A class without a row has probability 0, and one alone has probability 1.
///
/// # Errors
/// What the library says.
pub(super) fn classification(
    known: &Array2<f64>,
    classes: &[usize],
    asked: &Array2<f64>,
    outputs: usize,
) -> Result<Scores, String> {
    let mut present = classes.to_vec();
    present.sort_unstable();
    present.dedup();
    let mut logits = match present[..] {
        [] | [_] => Array2::zeros((asked.nrows(), present.len())),
        [_, second] => {
            let odds = log_odds(known, classes, second, asked).map_err(|error| error.to_string())?;
            Array2::from_shape_fn((asked.nrows(), 2), |(row, place)| place as f64 * odds[row])
        }
        _ => multinomial(known, classes, &present, asked).map_err(|error| error.to_string())?,
    };
    let mut answers = vec![0.0; asked.nrows() * outputs];
    for (mut row, answer) in logits.rows_mut().into_iter().zip(answers.chunks_exact_mut(outputs.max(1))) {
        softmax(&mut row);
        for (&class, &probability) in present.iter().zip(&row) {
            answer[class] = probability;
        }
    }
    Ok(Scores::new(outputs, answers))
}

/// Log-odds of the second of two classes.
fn log_odds(
    known: &Array2<f64>,
    classes: &[usize],
    second: usize,
    asked: &Array2<f64>,
) -> Result<Array1<f64>, linfa_logistic::error::Error> {
    let is_second: Array1<bool> = classes.iter().map(|&class| class == second).collect();
    // One vector for both classes with half the penalty is one for each with all of it, as more classes have them.
    let params = LogisticRegression::default().alpha(PENALTY / 2.0);
    let params = params.gradient_tolerance(FLAT).max_iterations(STEPS).check()?;
    let model = params.fit(&DatasetBase::new(known.view(), is_second))?;
    // The library tells of the more frequent one.
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    Ok((asked.dot(model.params()) + model.intercept()) * sign)
}

/// Logits of three classes or more, shape (rows, classes that are there).
fn multinomial(
    known: &Array2<f64>,
    classes: &[usize],
    present: &[usize],
    asked: &Array2<f64>,
) -> Result<Array2<f64>, Error> {
    // As the library does; the optimiser would not come to an end.
    if known.iter().any(|value| !value.is_finite()) {
        return Err(linfa_logistic::error::Error::InvalidValues.into());
    }
    let truth = Array2::from_shape_fn((classes.len(), present.len()), |(row, place)| {
        f64::from(u8::from(classes[row] == present[place]))
    });
    let problem = Likelihood { known: with_ones(known)?, truth };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
    let solver = solver.with_tolerance_grad(FLAT / classes.len() as f64)?;
    let start = Array1::zeros((known.ncols() + 1) * present.len());
    let found =
        Executor::new(problem, solver).configure(|state| state.param(start).max_iters(STEPS)).run()?;
    let coefficients = found.state.best_param.ok_or_else(|| Error::msg("no coefficients were found"))?;
    let coefficients = coefficients.into_shape_with_order((known.ncols() + 1, present.len()))?;
    Ok(with_ones(asked)?.dot(&coefficients))
}

/// With a last column for the intercept.
fn with_ones(matrix: &Array2<f64>) -> Result<Array2<f64>, ShapeError> {
    concatenate(Axis(1), &[matrix.view(), Array2::ones((matrix.nrows(), 1)).view()])
}

/// What is made small: the negative logarithm of the likelihood and the penalty, for each row. Its parameters are the coefficients of
/// all classes, column by column, and last their intercepts, which have no penalty.
struct Likelihood {
    /// Shape (rows, columns and one of ones).
    known: Array2<f64>,
    /// A 1 for the class of each row, shape (rows, classes).
    truth: Array2<f64>,
}

impl Likelihood {
    fn logits(&self, parameters: &Array1<f64>) -> Result<Array2<f64>, ShapeError> {
        let shape = (self.known.ncols(), self.truth.ncols());
        Ok(self.known.dot(&parameters.view().into_shape_with_order(shape)?))
    }

    /// Number of parameters with a penalty.
    fn penalised(&self) -> usize {
        (self.known.ncols() - 1) * self.truth.ncols()
    }
}

impl CostFunction for Likelihood {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Array1<f64>) -> Result<f64, Error> {
        let mut logits = self.logits(parameters)?;
        let of_truth = (&logits * &self.truth).sum();
        let of_all: f64 = logits.rows_mut().into_iter().map(|mut row| softmax(&mut row)).sum();
        let squares = parameters.iter().take(self.penalised()).map(|coefficient| coefficient * coefficient);
        Ok((of_all - of_truth + PENALTY / 2.0 * squares.sum::<f64>()) / self.known.nrows() as f64)
    }
}

impl Gradient for Likelihood {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, parameters: &Array1<f64>) -> Result<Array1<f64>, Error> {
        let mut residuals = self.logits(parameters)?;
        residuals.rows_mut().into_iter().for_each(|mut row| {
            softmax(&mut row);
        });
        residuals -= &self.truth;
        let mut slopes: Array1<f64> = self.known.t().dot(&residuals).iter().copied().collect();
        let pairs = slopes.iter_mut().zip(parameters).take(self.penalised());
        pairs.for_each(|(slope, coefficient)| *slope += PENALTY * coefficient);
        Ok(slopes / self.known.nrows() as f64)
    }
}

/// Turns logits into probabilities, and returns the logarithm of the sum of what they were the logarithms of.
fn softmax(row: &mut ArrayViewMut1<'_, f64>) -> f64 {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.mapv_inplace(|logit| (logit - most).exp());
    let sum = row.sum();
    row.mapv_inplace(|share| share / sum);
    most + sum.ln()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn answers(known: &Array2<f64>, classes: &[usize], outputs: usize) -> Scores {
        classification(known, classes, known, outputs).unwrap()
    }

    /// Largest slope of the penalised likelihood, where the coefficients are read off the answers to the origin and to each unit.
    fn slope(known: &Array2<f64>, classes: &[usize], outputs: usize) -> f64 {
        let width = known.ncols();
        let points =
            Array2::from_shape_fn((width + 1, width), |(row, column)| f64::from(u8::from(row == column + 1)));
        let logits = |scores: &Scores, row: usize| {
            let logits: Vec<f64> = scores.row(row).iter().map(|probability| probability.ln()).collect();
            let mean = logits.iter().sum::<f64>() / outputs as f64;
            logits.into_iter().map(|logit| logit - mean).collect::<Vec<_>>()
        };
        let at = classification(known, classes, &points, outputs).unwrap();
        let scores = answers(known, classes, outputs);
        let mut largest: f64 = 0.0;
        for class in 0..outputs {
            let residual = |row: usize| f64::from(u8::from(classes[row] == class)) - scores.row(row)[class];
            largest = largest.max((0..classes.len()).map(residual).sum::<f64>().abs());
            for column in 0..width {
                let coefficient = logits(&at, column + 1)[class] - logits(&at, 0)[class];
                let sum: f64 = (0..classes.len()).map(|row| residual(row) * known[[row, column]]).sum();
                largest = largest.max((sum - PENALTY * coefficient).abs());
            }
        }
        largest
    }

    #[test]
    fn the_logistic_model_is_at_its_optimum() {
        // Classes that overlap: at the optimum, the penalised slopes are 0.
        let x = |row: usize| (row as f64 - 19.5) / 10.0;
        let known = Array2::from_shape_fn((40, 2), |(row, column)| [x(row), x((row * 7) % 40)][column]);
        let two: Vec<usize> = (0..40).map(|row| usize::from((row * 7) % 40 + row > 40)).collect();
        assert!(slope(&known, &two, 2) < 0.01);
        let three: Vec<usize> = (0..40).map(|row| ((row * 7) % 40 + row) / 27).collect();
        assert!(slope(&known, &three, 3) < 0.01);
    }

    #[test]
    fn a_row_far_out_spoils_no_optimum() {
        // Its logits are tens above all others.
        let x = |row: usize| if row == 99 { 60.0 } else { (row as f64 - 49.0) / 30.0 };
        let known = Array2::from_shape_fn((100, 1), |(row, _)| x(row));
        for classes in [2, 3] {
            let truth: Vec<usize> = (0..100).map(|row| (row + (row * 13) % 20) * classes / 120).collect();
            assert!(slope(&known, &truth, classes) < 0.01, "{classes}");
        }
    }

    #[test]
    fn an_absent_class_has_no_chance() {
        let known = array![[-1.0], [-1.0], [1.0], [1.0]];
        let scores = answers(&known, &[0, 0, 2, 2], 3);
        assert!(scores.row(0)[0] > 0.6 && scores.row(3)[2] > 0.6, "{scores:?}");
        assert_eq!((scores.row(0)[1], scores.row(3)[1]), (0.0, 0.0));
        assert_eq!(answers(&known, &[0, 1, 3, 3], 4).row(0)[2], 0.0);
        assert_eq!(answers(&known, &[1; 4], 3).row(0), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn without_a_column_it_is_the_shares() {
        for truth in [vec![0, 1, 1, 1], vec![2, 0, 0, 1, 0, 0]] {
            let scores = answers(&Array2::zeros((truth.len(), 0)), &truth, 3);
            for (class, probability) in scores.row(0).iter().enumerate() {
                let share = truth.iter().filter(|&&one| one == class).count() as f64 / truth.len() as f64;
                assert!((probability - share).abs() < 1e-3, "{probability} for {share} of {truth:?}");
            }
        }
    }

    #[test]
    fn columns_that_say_the_same_and_fewer_rows_than_columns_are_answered() {
        let known = array![[1.0, 1.0, 0.0, -1.0], [-1.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]];
        for classes in [[0, 1, 1], [0, 1, 2]] {
            let scores = answers(&known, &classes, 3);
            assert!((0..2).all(|row| scores.row(row)[classes[row]] > 0.6), "{scores:?}");
        }
        assert_eq!(answers(&array![[0.5, 2.0]], &[1], 2).row(0), [0.0, 1.0]);
    }

    #[test]
    fn what_is_no_number_is_refused_in_words() {
        for value in [f64::NAN, f64::INFINITY] {
            for classes in [[0, 1, 1], [0, 1, 2]] {
                let known = array![[value], [0.0], [1.0]];
                let problem = classification(&known, &classes, &known, 3).unwrap_err();
                assert!(problem.contains("finite"), "{problem}");
            }
        }
    }
}
