//! Simple models that a forest has to beat: what anyone would say without looking, a linear model, and one tree.
//!
//! They are given the same rows as the forests. No artifact can be made of them.

use forest::Forest;
use forest_learner::{FitError, ForestParams, TrainingSet};
use linfa::ParamGuard;
use model_core::{Rows, Scores, Task};

use crate::evaluation::Truth;
use crate::pipeline::{Fold, TrainingPart};

mod design;
mod linear;
mod logistic;
mod tree;

use design::Design;

/// Depth of the tree: what a person can still read.
pub(crate) const DEPTH: usize = 5;

/// What a simple model answers.
pub(crate) struct Answered {
    /// To each row that it was asked.
    pub(crate) scores: Scores,
    /// The tree, where it is one.
    pub(crate) tree: Option<Forest>,
}

/// A simple model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Baseline {
    /// The mean of the target; of classes their shares, so that the majority wins.
    Constant,
    /// A linear model; of classes a logistic one.
    Linear,
    /// One small decision tree.
    Tree,
}

impl Baseline {
    /// All of them, the simplest first.
    pub(crate) const ALL: [Self; 3] = [Self::Constant, Self::Linear, Self::Tree];

    /// The name in reports.
    pub(crate) fn name(self, task: &Task) -> &'static str {
        match (self, task) {
            (Self::Constant, Task::Regression) => "the mean",
            (Self::Constant, Task::Classification(_)) => "the majority",
            (Self::Linear, Task::Regression) => "a linear model",
            (Self::Linear, Task::Classification(_)) => "a logistic model",
            (Self::Tree, _) => "one tree of depth 5",
        }
    }

    /// Learns from the training rows of a fold and answers `asked`, rows of the fold's encoder; why not, in words.
    pub(crate) fn answers(self, part: &TrainingPart, fold: &Fold, asked: &Rows) -> Result<Answered, String> {
        let (train, truth) = part.trained(fold);
        let scores = match self {
            Self::Constant => constant(part.task(), &truth, asked.len()),
            Self::Linear => linear(part, fold, &train, &truth, asked)?,
            Self::Tree => {
                let set = part.training_set(fold).map_err(|error| error.to_string())?;
                let tree = match truth {
                    Truth::Values(_) => regression_tree(&set).map_err(|error| error.to_string())?,
                    Truth::Classes(_) => tree::classification(&set, DEPTH)?,
                };
                return Ok(Answered { scores: tree.score(asked), tree: Some(tree) });
            }
        };
        Ok(Answered { scores, tree: None })
    }
}

fn constant(task: &Task, truth: &Truth, rows: usize) -> Scores {
    let answer = match truth {
        Truth::Values(values) => vec![values.iter().sum::<f64>() / values.len().max(1) as f64],
        Truth::Classes(classes) => {
            let mut shares = vec![0.0; task.outputs()];
            classes.iter().for_each(|&class| shares[class] += 1.0 / classes.len() as f64);
            shares
        }
    };
    Scores::new(answer.len(), answer.repeat(rows))
}

/// Our own, because `linfa-trees` has none.
fn regression_tree(set: &TrainingSet) -> Result<Forest, FitError> {
    let params = ForestParams::decision_tree().max_depth(Some(DEPTH)).random_state(1).check()?;
    Ok(params.fit_table(set, &|_| ())?.forest)
}

fn linear(
    part: &TrainingPart,
    fold: &Fold,
    train: &Rows,
    truth: &Truth,
    tested: &Rows,
) -> Result<Scores, String> {
    let design = Design::learn(fold.schema(), train);
    let truth = truth.of(design.rows());
    let (known, asked) = (design.matrix(train, design.rows()), design.all_of(tested));
    let scores = match truth {
        Truth::Values(values) => linear::regression(&known, &values, &asked)?,
        Truth::Classes(classes) => logistic::classification(&known, &classes, &asked, part.task().outputs())?,
    };
    match scores.values().iter().all(|value| value.is_finite()) {
        true => Ok(scores),
        false => Err("the values are too large for a linear model".into()),
    }
}
