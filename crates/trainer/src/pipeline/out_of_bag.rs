//! Answers to the training rows, each from the trees that did not draw it: their scorecard, and a file of them.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use forest_learner::{CurvePoint, OutOfBag};
use model_core::header::Scorecard;
use model_core::schema::Task;
use model_core::{Scores, winning_class};

use super::TrainError;
use crate::evaluation::{Truth, scorecard};

/// The answers with the truth beside them.
#[derive(Debug, Clone)]
pub struct OutOfBagRows {
    /// Position of each training row among the rows that are used, from 0.
    pub(super) rows: Vec<usize>,
    pub(super) truth: Truth,
    pub(super) answers: OutOfBag,
}

impl OutOfBagRows {
    /// The error of the first trees, ten by ten.
    pub fn curve(&self) -> &[CurvePoint] {
        &self.answers.curve
    }

    /// The answer to each row that some tree did not draw.
    pub(crate) fn covered(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.rows.len()).filter(|&row| self.answers.covers(row)).map(|row| self.answers.scores.row(row))
    }

    /// How good the answers are; rows that every tree drew do not count.
    pub(super) fn scorecard(&self, task: &Task) -> Scorecard {
        out_of_bag_scorecard(task, &self.truth, &self.answers)
    }

    /// Writes a CSV file: `row` (from 1 in the order of the file, dropped rows not counted), `truth`, `prediction`, the
    /// probability of each class, and `trees`, how many answered. A row that every tree drew has no prediction.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, task: &Task) -> Result<(), TrainError> {
        let write = || {
            let mut file = BufWriter::new(std::fs::File::create(path)?);
            self.write_rows(&mut file, task)?;
            file.flush()
        };
        write().map_err(|source| TrainError::OutOfBagFile { path: path.into(), source })
    }

    fn write_rows(&self, file: &mut impl Write, task: &Task) -> io::Result<()> {
        let classes: Vec<String> = match task {
            Task::Regression => Vec::new(),
            Task::Classification(classes) => classes.iter().map(|class| class.value.to_string()).collect(),
        };
        let of_class = |class: &String| quoted(&format!("probability_{class}"));
        let mut titles = vec!["row".to_owned(), "truth".into(), "prediction".into()];
        titles.extend(classes.iter().map(of_class));
        titles.push("trees".into());
        writeln!(file, "{}", titles.join(","))?;
        for (place, row) in self.rows.iter().enumerate() {
            let scores = self.answers.scores.row(place);
            let mut cells = vec![(row + 1).to_string()];
            cells.push(match &self.truth {
                Truth::Values(values) => values[place].to_string(),
                Truth::Classes(of_rows) => quoted(&classes[of_rows[place]]),
            });
            if self.answers.covers(place) {
                match task {
                    Task::Regression => cells.push(scores[0].to_string()),
                    Task::Classification(_) => {
                        cells.push(quoted(&classes[winning_class(scores)]));
                        cells.extend(scores.iter().map(f64::to_string));
                    }
                }
            } else {
                cells.resize(cells.len() + 1 + classes.len(), String::new());
            }
            cells.push(self.answers.trees[place].to_string());
            writeln!(file, "{}", cells.join(","))?;
        }
        Ok(())
    }
}

/// How good the answers to the training rows are, `truth` in their order; rows that every tree drew do not count.
pub(crate) fn out_of_bag_scorecard(task: &Task, truth: &Truth, answers: &OutOfBag) -> Scorecard {
    let covered: Vec<usize> = (0..truth.len()).filter(|&row| answers.covers(row)).collect();
    let values = covered.iter().flat_map(|&row| answers.scores.row(row)).copied().collect();
    scorecard(task, &truth.of(&covered), &Scores::new(task.outputs(), values))
}

/// A cell as CSV writes it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use model_core::schema::{ClassLabel, Label};

    use super::*;

    #[test]
    fn every_training_row_has_a_line() {
        let label = |text: &str| ClassLabel { value: Label::Text(text.into()), name: None };
        let rows = OutOfBagRows {
            rows: vec![0, 4],
            truth: Truth::Classes(vec![1, 0]),
            answers: OutOfBag {
                scores: Scores::new(2, vec![0.25, 0.75, 0.0, 0.0]),
                trees: vec![4, 0],
                curve: Vec::new(),
            },
        };
        let mut file = Vec::new();
        rows.write_rows(&mut file, &Task::Classification(vec![label("a"), label("b,c")])).unwrap();
        let expected = "row,truth,prediction,probability_a,\"probability_b,c\",trees\n\
                        1,\"b,c\",\"b,c\",0.25,0.75,4\n5,a,,,,0\n";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
    }
}
