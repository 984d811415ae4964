//! The second pass over the table: every cell through the one encoder, into columns of four bytes a cell.

use std::collections::BTreeMap;

use model_core::{Encoder, Task};
use rayon::prelude::*;

use crate::config::{BadCells, Config};
use crate::csv_table::{Batch, Problem, TableError};
use crate::evaluation::Truth;
use crate::roles::{Roles, Source, TargetColumns};
use crate::row_rules::{Reason, RowRules, Verdict};
use crate::schema_inference::{InferenceError, class_of};

/// Bad cells that an error lists.
const LISTED_PROBLEMS: usize = 10;

/// The table in memory: encoded features by column, and the target.
#[derive(Debug, Clone)]
pub struct TypedTable {
    /// One column for each feature of the schema.
    pub columns: Vec<Vec<f32>>,
    /// The target of each row.
    pub truth: Truth,
    /// The weight of each row, when the config names a column for it.
    pub weights: Option<Vec<f64>>,
    /// Records that were left out, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// The first of the records that could not be read, when the config says to drop those.
    pub problems: Vec<Problem>,
}

impl TypedTable {
    /// Reads the rows of a source through an encoder. `positions` are the columns of the encoder's features,
    /// `expected_rows` is how much room to make.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a bad cell and the config does not say to drop its row, or no row is left.
    pub fn load(
        config: &Config,
        source: &Source,
        encoder: &Encoder,
        positions: &[usize],
        expected_rows: u64,
        progress: &dyn Fn(u64),
    ) -> Result<Self, InferenceError> {
        let Source { table, roles } = source;
        let rules = RowRules::new(config, source);
        let reader = RowReader { rules: &rules, roles, encoder, positions };
        let room = usize::try_from(expected_rows).unwrap_or(0);
        let mut columns: Vec<Vec<f32>> = positions.iter().map(|_| Vec::with_capacity(room)).collect();
        let mut answers = Answers::new(roles, encoder, room);
        let mut dropped = BTreeMap::new();
        let mut problems = Vec::new();
        let mut bad_cells = 0;
        let records = table.for_each_batch(progress, |batch| {
            let read = reader.read(batch);
            for (column, values) in columns.iter_mut().zip(&read.columns) {
                column.extend(
                    read.rows.iter().zip(values).filter(|(row, _)| row.is_kept).map(|(_, value)| value),
                );
            }
            answers.extend(read.rows.iter().filter(|row| row.is_kept));
            for (reason, count) in read.dropped {
                *dropped.entry(reason).or_default() += count;
            }
            bad_cells += read.problems.len() as u64;
            problems.extend(
                read.problems.into_iter().take(LISTED_PROBLEMS - problems.len().min(LISTED_PROBLEMS)),
            );
            Ok::<(), TableError>(())
        })?;
        if bad_cells > 0 && config.data.bad_cells == BadCells::Fail {
            let problems = table.locate(problems)?;
            return Err(TableError::BadRows { path: table.path().into(), problems, total: bad_cells }.into());
        }
        let dropped = rules.in_words(&dropped);
        let Answers { truth, weights } = answers;
        if truth.is_empty() {
            let reasons: Vec<String> =
                dropped.iter().map(|(reason, rows)| format!("{rows} {reason}")).collect();
            return Err(InferenceError::NoRowsLeft { records, reasons: reasons.join(", ") });
        }
        Ok(Self { columns, truth, weights, dropped, problems })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.truth.is_empty()
    }
}

/// The targets and weights of the rows so far.
struct Answers {
    truth: Truth,
    weights: Option<Vec<f64>>,
}

impl Answers {
    fn new(roles: &Roles, encoder: &Encoder, room: usize) -> Self {
        let truth = match encoder.schema().target.task {
            Task::Regression => Truth::Values(Vec::with_capacity(room)),
            Task::Classification(_) => Truth::Classes(Vec::with_capacity(room)),
        };
        Self { truth, weights: roles.weight.map(|_| Vec::with_capacity(room)) }
    }

    fn extend<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) {
        for row in rows {
            match &mut self.truth {
                Truth::Values(values) => values.push(row.target),
                Truth::Classes(classes) => classes.push(row.target as usize),
            }
            if let Some(weights) = &mut self.weights {
                weights.push(row.weight);
            }
        }
    }
}

/// A record that may become a row.
struct Row {
    record: usize,
    /// Value or class index.
    target: f64,
    weight: f64,
    is_kept: bool,
}

/// The rows of one batch.
struct ReadBatch {
    rows: Vec<Row>,
    /// Encoded features of `rows`, by column.
    columns: Vec<Vec<f32>>,
    dropped: BTreeMap<Reason, u64>,
    /// In file order.
    problems: Vec<Problem>,
}

/// One feature of the rows of a batch; the problems with the positions of their rows.
struct ReadColumn {
    values: Vec<f32>,
    problems: Vec<(usize, Problem)>,
}

struct RowReader<'a> {
    rules: &'a RowRules<'a>,
    roles: &'a Roles,
    encoder: &'a Encoder,
    positions: &'a [usize],
}

impl RowReader<'_> {
    fn read(&self, batch: &Batch) -> ReadBatch {
        let verdicts: Vec<Result<Row, Result<Reason, Problem>>> =
            (0..batch.len()).into_par_iter().map(|record| self.read_answers(batch, record)).collect();
        let mut read = ReadBatch {
            rows: Vec::new(),
            columns: Vec::new(),
            dropped: BTreeMap::new(),
            problems: Vec::new(),
        };
        for verdict in verdicts {
            match verdict {
                Ok(row) => read.rows.push(row),
                Err(Ok(reason)) => *read.dropped.entry(reason).or_default() += 1,
                Err(Err(problem)) => read.problems.push(problem),
            }
        }
        let unreadable = read.problems.len() as u64;
        let encoded: Vec<ReadColumn> = self
            .positions
            .par_iter()
            .enumerate()
            .map(|(feature, &position)| self.read_column(batch, &read.rows, feature, position))
            .collect();
        let mut bad_rows = 0;
        for ReadColumn { values, problems } in encoded {
            read.columns.push(values);
            for (row, problem) in problems {
                bad_rows += u64::from(std::mem::replace(&mut read.rows[row].is_kept, false));
                read.problems.push(problem);
            }
        }
        // Stable, so that the problems of one record stay in the order of the features.
        read.problems.sort_by_key(|problem| problem.place.record);
        if unreadable + bad_rows > 0 {
            read.dropped.insert(Reason::Unreadable, unreadable + bad_rows);
        }
        read
    }

    /// What of a record is no feature. The error is the reason to leave it out, or what cannot be read.
    fn read_answers(&self, batch: &Batch, index: usize) -> Result<Row, Result<Reason, Problem>> {
        let (place, record) = (batch.place(index), batch.record(index));
        let derived = match self.rules.judge(place, record) {
            Verdict::Keep(derived) => derived,
            Verdict::Drop(reason) => return Err(Ok(reason)),
            Verdict::Bad(problem) => return Err(Err(problem)),
        };
        let cells = &self.encoder.schema().cells;
        let bad = |position, expected: &str| Err(self.rules.problem(place, position, expected, record));
        let number = |position: usize| cells.number(&String::from_utf8_lossy(&record[position]));
        let target = match (self.roles.target, derived) {
            (_, Some(derived)) => derived,
            (TargetColumns::MinutesBetween { .. }, None) => return Err(Ok(Reason::NoTarget)),
            (TargetColumns::Column(position), None) => match &self.encoder.schema().target.task {
                Task::Regression => number(position).ok_or_else(|| bad(position, "a number"))?,
                Task::Classification(classes) => {
                    let cell = String::from_utf8_lossy(&record[position]);
                    class_of(classes, &cell, cells).ok_or_else(|| bad(position, "a class"))? as f64
                }
            },
        };
        let weight = match self.roles.weight {
            None => 1.0,
            Some(position) => match number(position) {
                Some(weight) if weight >= 0.0 => weight,
                _ => return Err(bad(position, "a weight from 0")),
            },
        };
        Ok(Row { record: index, target, weight, is_kept: true })
    }

    fn read_column(&self, batch: &Batch, rows: &[Row], feature: usize, position: usize) -> ReadColumn {
        let mut problems = Vec::new();
        let encode = |(number, row): (usize, &Row)| {
            let cell = String::from_utf8_lossy(&batch.record(row.record)[position]);
            self.encoder.cell(feature, &cell).unwrap_or_else(|error| {
                let problem = Problem {
                    place: batch.place(row.record),
                    column: Some(self.encoder.schema().features[feature].name.clone()),
                    expected: error.expected,
                    found: error.got,
                };
                problems.push((number, problem));
                f32::NAN
            })
        };
        let values = rows.iter().enumerate().map(encode).collect();
        ReadColumn { values, problems }
    }
}
