//! Which rows a model is trained on and which are held out.
//!
//! Every function gives row numbers in ascending order: rows keep the order of the file, only the choice is random. The
//! generator is ChaCha8, whose stream does not change between versions, so a seed names one split for ever.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use thiserror::Error;

/// Streams of the one seed; each use has its own, so that none depends on whether another happened.
const HOLDOUT_STREAM: u64 = 1;
const FOLDS_STREAM: u64 = 2;

/// Rows of one division.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on, ascending.
    pub train: Vec<usize>,
    /// Rows held out, ascending.
    pub test: Vec<usize>,
}

impl Split {
    /// Holds these rows of `rows` out, and trains on the others.
    pub(crate) fn holding_out(held_out: &[usize], rows: usize) -> Self {
        let mut is_test = vec![false; rows];
        held_out.iter().for_each(|&row| is_test[row] = true);
        divided(&is_test)
    }
}

/// How rows are held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holdout {
    /// Share of the rows to hold out, from 0 to below 1.
    pub test_ratio: f64,
    /// Seed of the draw.
    pub seed: u64,
    /// Whether rows are drawn; otherwise the last ones are held out.
    pub shuffle: bool,
}

/// Why rows cannot be divided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SplitError {
    /// One part would be empty.
    #[error("{rows} rows cannot be divided into {train} to train on and {test} to hold out")]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Rows that would be left to train on.
        train: usize,
        /// Rows that would be held out.
        test: usize,
    },
    /// More folds than rows.
    #[error("{rows} rows cannot be divided into {folds} folds: use from 2 to {rows} folds")]
    Folds {
        /// Rows there are.
        rows: usize,
        /// Folds asked for.
        folds: usize,
    },
}

/// Divides `rows` rows. The number of rows held out is rounded up, as in scikit-learn: 506 at 0.2 are 404 and 102.
///
/// With `classes`, the class of each row, every class is held out in the same share as far as whole rows allow; a
/// class of one row is trained on.
///
/// # Errors
/// When nothing would be left to train on.
pub fn hold_out(rows: usize, classes: Option<&[usize]>, holdout: Holdout) -> Result<Split, SplitError> {
    // The product is rounded to the double first: 0.2 × 505 = 101.00000000000001 would else hold out 102 rows.
    let exact = holdout.test_ratio * rows as f64;
    let test_rows = if (exact - exact.round()).abs() < 1e-9 { exact.round() } else { exact.ceil() } as usize;
    if test_rows == 0 && rows > 0 {
        return Ok(Split { train: (0..rows).collect(), test: Vec::new() });
    }
    if test_rows >= rows {
        return Err(SplitError::TooFewRows { rows, train: rows.saturating_sub(test_rows), test: test_rows });
    }
    let mut rng = generator(holdout.seed, HOLDOUT_STREAM);
    let mut is_test = vec![false; rows];
    match classes {
        Some(classes) if holdout.shuffle => {
            let groups = by_class(classes);
            for (group, share) in groups.iter().zip(shares(&groups, rows, test_rows)) {
                for row in drawn(group.clone(), &mut rng).into_iter().take(share) {
                    is_test[row] = true;
                }
            }
        }
        _ if holdout.shuffle => {
            for row in drawn((0..rows).collect(), &mut rng).into_iter().take(test_rows) {
                is_test[row] = true;
            }
        }
        _ => is_test[rows - test_rows..].fill(true),
    }
    Ok(divided(&is_test))
}

/// Divides `rows` rows into `folds` parts of equal size (the first ones have one row more where it does not come out
/// even), drawn at random; each part is held out once. With `classes`, every class is dealt out evenly.
///
/// # Errors
/// When there are fewer rows than folds, or fewer than two folds.
pub fn k_fold(
    rows: usize,
    classes: Option<&[usize]>,
    folds: usize,
    seed: u64,
) -> Result<Vec<Split>, SplitError> {
    if folds < 2 || folds > rows {
        return Err(SplitError::Folds { rows, folds });
    }
    let mut rng = generator(seed, FOLDS_STREAM);
    let dealt: Vec<usize> = match classes {
        Some(classes) => by_class(classes).into_iter().flat_map(|group| drawn(group, &mut rng)).collect(),
        None => drawn((0..rows).collect(), &mut rng),
    };
    // Rows are dealt like cards, so consecutive rows of one class end in different folds.
    let mut fold_of = vec![0; rows];
    for (position, row) in dealt.into_iter().enumerate() {
        fold_of[row] = position % folds;
    }
    let held_out = |fold| divided(&fold_of.iter().map(|&f| f == fold).collect::<Vec<_>>());
    Ok((0..folds).map(held_out).collect())
}

fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

fn drawn(mut rows: Vec<usize>, rng: &mut impl Rng) -> Vec<usize> {
    rows.shuffle(rng);
    rows
}

fn by_class(classes: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); classes.iter().max().map_or(0, |&highest| highest + 1)];
    for (row, &class) in classes.iter().enumerate() {
        groups[class].push(row);
    }
    groups
}

/// Rows to hold out of each class: the whole part of its share, then one more for the largest remainders (the earlier
/// class first on a tie), but never the last row of a class.
fn shares(groups: &[Vec<usize>], rows: usize, test_rows: usize) -> Vec<usize> {
    let mut shares: Vec<usize> = groups.iter().map(|group| group.len() * test_rows / rows).collect();
    let mut open = test_rows - shares.iter().sum::<usize>();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&class| std::cmp::Reverse(groups[class].len() * test_rows % rows));
    for class in order {
        if open > 0 && shares[class] + 1 < groups[class].len() {
            shares[class] += 1;
            open -= 1;
        }
    }
    shares
}

fn divided(is_test: &[bool]) -> Split {
    let (test, train) = (0..is_test.len()).partition(|&row| is_test[row]);
    Split { train, test }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHUFFLED: Holdout = Holdout { test_ratio: 0.2, seed: 7, shuffle: true };

    #[test]
    fn the_held_out_part_is_rounded_up_as_in_scikit_learn() {
        let check = |rows, test_ratio, expected: (usize, usize)| {
            let split = hold_out(rows, None, Holdout { test_ratio, ..SHUFFLED }).unwrap();
            assert_eq!((split.train.len(), split.test.len()), expected, "{rows} rows at {test_ratio}");
        };
        check(506, 0.2, (404, 102));
        check(505, 0.2, (404, 101));
        check(150, 0.2, (120, 30));
        check(10, 0.25, (7, 3));
        check(10, 0.0, (10, 0));
        check(3, 0.3, (2, 1));
    }

    #[test]
    fn a_split_is_a_division_of_the_rows_and_depends_on_the_seed_only() {
        let first = hold_out(100, None, SHUFFLED).unwrap();
        let mut all = [first.train.clone(), first.test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        assert_eq!(first, hold_out(100, None, SHUFFLED).unwrap());
        assert_ne!(first, hold_out(100, None, Holdout { seed: 8, ..SHUFFLED }).unwrap());
    }

    #[test]
    fn the_last_rows_are_held_out_without_shuffling() {
        let split = hold_out(10, None, Holdout { shuffle: false, ..SHUFFLED }).unwrap();
        assert_eq!(split.test, [8, 9]);
    }

    #[test]
    fn every_class_is_held_out_in_its_share() {
        // 60 rows of class 0, 30 of class 1, 10 of class 2, 1 of class 3; 0.2 of 101 rounds up to 21 rows.
        let classes: Vec<usize> = [(0, 60), (1, 30), (2, 10), (3, 1)]
            .into_iter()
            .flat_map(|(class, rows)| std::iter::repeat_n(class, rows))
            .collect();
        let split = hold_out(101, Some(&classes), SHUFFLED).unwrap();
        let counts = split.test.iter().fold([0; 4], |mut counts, &row| {
            counts[classes[row]] += 1;
            counts
        });
        // Shares of 21/101: 12.48, 6.24, 2.08 and 0.21 rows; the one row left over goes to the largest remainder.
        assert_eq!(counts, [13, 6, 2, 0]);
    }

    #[test]
    fn every_row_is_held_out_in_exactly_one_fold() {
        let classes: Vec<usize> = (0..53).map(|row| usize::from(row < 13)).collect();
        for classes in [None, Some(classes.as_slice())] {
            let folds = k_fold(53, classes, 5, 1).unwrap();
            let mut held_out: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
            held_out.sort_unstable();
            assert_eq!(held_out, (0..53).collect::<Vec<_>>());
            assert_eq!(folds.iter().map(|fold| fold.test.len()).collect::<Vec<_>>(), [11, 11, 11, 10, 10]);
            if let Some(classes) = classes {
                for fold in &folds {
                    let ones = fold.test.iter().filter(|&&row| classes[row] == 1).count();
                    assert!((2..=3).contains(&ones), "{ones} of 13 rows in one of 5 folds");
                }
            }
        }
    }

    #[test]
    fn impossible_divisions_are_refused() {
        let error = hold_out(2, None, Holdout { test_ratio: 0.9, ..SHUFFLED }).unwrap_err();
        assert_eq!(error.to_string(), "2 rows cannot be divided into 0 to train on and 2 to hold out");
        let error = k_fold(3, None, 5, 0).unwrap_err();
        assert_eq!(error.to_string(), "3 rows cannot be divided into 5 folds: use from 2 to 3 folds");
    }
}
