//! The table in memory: every cell through the one encoder, into columns of four bytes a cell.

use std::collections::BTreeMap;

use model_core::{Encoder, Task};
use rayon::prelude::*;

use crate::config::{BadCells, Config};
use crate::csv_table::{Batch, Problem, Record, TableError};
use crate::evaluation::Truth;
use crate::roles::{Roles, Source, TargetColumns};
use crate::row_rules::{Reason, RowRules, Verdict};
use crate::schema_inference::{InferenceError, Survey, class_of};

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
    /// The rows that a survey went over, through an encoder of the draft that was made of it. `positions` are the columns
    /// of the encoder's features.
    ///
    /// The survey knows the cells of nearly every table. Only where some cannot be read, or a column has more texts than
    /// are kept, the file is read a second time.
    ///
    /// # Errors
    /// See [`Self::load`].
    pub fn of_survey(
        config: &Config,
        source: &Source,
        encoder: &Encoder,
        positions: &[usize],
        mut survey: Survey,
        progress: &dyn Fn(u64),
    ) -> Result<Self, InferenceError> {
        if let Some(table) = Self::surveyed(config, source, encoder, positions, &mut survey) {
            progress(source.table.bytes());
            return Ok(table);
        }
        let rows = survey.rows;
        // What the survey remembers of every column is of no more use, and not small.
        drop(survey);
        Self::load(config, source, encoder, positions, rows, progress)
    }

    fn surveyed(
        config: &Config,
        source: &Source,
        encoder: &Encoder,
        positions: &[usize],
        survey: &mut Survey,
    ) -> Option<Self> {
        let roles = &source.roles;
        if survey.lost.contains_key(&Reason::Unreadable) || survey.weights.is_some() != roles.weight.is_some()
        {
            return None;
        }
        let mut columns = Vec::with_capacity(positions.len());
        for (feature, &position) in positions.iter().enumerate() {
            let place = roles.features.iter().position(|column| column.position == position)?;
            let column = survey.features[place].take_encoded(encoder, feature)?;
            columns.push(Some(column).filter(|column| column.len() as u64 == survey.rows)?);
        }
        let schema = encoder.schema();
        let truth = survey.target.take_truth(&schema.target.task, &schema.cells, survey.rows)?;
        let dropped = RowRules::new(config, source).in_words(&survey.lost);
        Some(Self { columns, truth, weights: survey.weights.take(), dropped, problems: Vec::new() })
    }

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
        let room = usize::try_from(expected_rows).unwrap_or(0);
        let mut columns: Vec<Vec<f32>> = positions.iter().map(|_| Vec::with_capacity(room)).collect();
        let mut answers = Answers::new(&source.roles, encoder, room);
        let LeftOutRows { records, dropped, problems, unreadable } =
            Self::in_parts(config, source, encoder, positions, progress, |part| {
                for (column, values) in columns.iter_mut().zip(part.columns) {
                    column.extend(values);
                }
                answers.append(part.truth, part.weights);
            })?;
        let Answers { truth, weights } = answers;
        if unreadable > 0 && config.data.bad_cells == BadCells::Fail {
            let table = &source.table;
            let problems = table.locate(problems)?;
            return Err(TableError::BadRows { path: table.path().into(), problems, total: unreadable }.into());
        }
        if truth.is_empty() {
            let reasons: Vec<String> =
                dropped.iter().map(|(reason, rows)| format!("{rows} {reason}")).collect();
            return Err(InferenceError::NoRowsLeft { records, reasons: reasons.join(", ") });
        }
        Ok(Self { columns, truth, weights, dropped, problems })
    }

    /// As [`Self::load`], but gives the rows to `work` part by part in file order, so that a file may be larger than the memory. What
    /// cannot be read is left out, whatever the config says.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn in_parts(
        config: &Config,
        source: &Source,
        encoder: &Encoder,
        positions: &[usize],
        progress: &dyn Fn(u64),
        mut work: impl FnMut(Self) + Send,
    ) -> Result<LeftOutRows, TableError> {
        let Source { table, roles } = source;
        let rules = RowRules::new(config, source);
        let reader = RowReader { rules: &rules, roles, encoder, positions };
        let mut left_out = LeftOutRows::default();
        let mut dropped = BTreeMap::new();
        let problems = &mut left_out.problems;
        let unreadable = &mut left_out.unreadable;
        left_out.records = table.for_each_batch(progress, |batch| {
            let read = reader.read(batch);
            let is_kept: Vec<bool> = read.rows.iter().map(|row| row.is_kept).collect();
            let kept = |values: Vec<f32>| {
                let values = values.into_iter().zip(&is_kept).filter(|(_, is_kept)| **is_kept);
                values.map(|(value, _)| value).collect()
            };
            let mut answers = Answers::new(roles, encoder, read.rows.len());
            answers.extend(read.rows.iter().filter(|row| row.is_kept));
            let columns = read.columns.into_iter().map(kept).collect();
            let Answers { truth, weights } = answers;
            work(Self { columns, truth, weights, dropped: BTreeMap::new(), problems: Vec::new() });
            for (reason, count) in read.dropped {
                *dropped.entry(reason).or_default() += count;
            }
            *unreadable += read.problems.len() as u64;
            problems.extend(
                read.problems.into_iter().take(LISTED_PROBLEMS - problems.len().min(LISTED_PROBLEMS)),
            );
            Ok::<(), TableError>(())
        })?;
        left_out.dropped = rules.in_words(&dropped);
        Ok(left_out)
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

/// Records of a file that became no rows.
#[derive(Debug, Clone, Default)]
pub struct LeftOutRows {
    /// Records in the file, those that became rows among them.
    pub records: u64,
    /// Records that were left out, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Cells that cannot be read.
    pub unreadable: u64,
    /// The first of them.
    pub problems: Vec<Problem>,
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

    fn extend<'a>(&mut self, rows: impl Iterator<Item = &'a Row<'a>>) {
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

impl Answers {
    fn append(&mut self, truth: Truth, weights: Option<Vec<f64>>) {
        match (&mut self.truth, truth) {
            (Truth::Values(all), Truth::Values(more)) => all.extend(more),
            (Truth::Classes(all), Truth::Classes(more)) => all.extend(more),
            // Both are of one task.
            (Truth::Values(_), Truth::Classes(_)) | (Truth::Classes(_), Truth::Values(_)) => {}
        }
        if let (Some(all), Some(more)) = (&mut self.weights, weights) {
            all.extend(more);
        }
    }
}

/// A record that may become a row.
struct Row<'a> {
    record: Record<'a>,
    /// Value or class index.
    target: f64,
    weight: f64,
    is_kept: bool,
}

/// The rows of one batch.
struct ReadBatch<'a> {
    rows: Vec<Row<'a>>,
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
    fn read<'a>(&self, batch: &'a Batch) -> ReadBatch<'a> {
        let records: Vec<Record<'a>> = batch.records().collect();
        let verdicts: Vec<_> = records.par_iter().map(|&record| self.read_answers(record)).collect();
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
            .map(|(feature, &position)| self.read_column(&read.rows, feature, position))
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
    fn read_answers<'a>(&self, record: Record<'a>) -> Result<Row<'a>, Result<Reason, Problem>> {
        let derived = match self.rules.judge(record) {
            Verdict::Keep(derived) => derived,
            Verdict::Drop(reason) => return Err(Ok(reason)),
            Verdict::Bad(problem) => return Err(Err(problem)),
        };
        let cells = &self.encoder.schema().cells;
        let bad = |position, expected: &str| Err(self.rules.problem(position, expected, record));
        let number = |position: usize| cells.number(&record.text(position));
        let target = match (self.roles.target, derived) {
            (_, Some(derived)) => derived,
            (TargetColumns::MinutesBetween { .. }, None) => return Err(Ok(Reason::NoTarget)),
            (TargetColumns::Column(position), None) => match &self.encoder.schema().target.task {
                Task::Regression => number(position).ok_or_else(|| bad(position, "a number"))?,
                Task::Classification(classes) => {
                    let cell = record.text(position);
                    class_of(classes, &cell, cells).ok_or_else(|| bad(position, "a class"))? as f64
                }
            },
        };
        let weight = match self.roles.weight {
            None => 1.0,
            Some(position) => {
                self.rules.weight(record, position).ok_or_else(|| bad(position, "a weight from 0"))?
            }
        };
        Ok(Row { record, target, weight, is_kept: true })
    }

    fn read_column(&self, rows: &[Row<'_>], feature: usize, position: usize) -> ReadColumn {
        let mut problems = Vec::new();
        let encode = |(number, row): (usize, &Row<'_>)| {
            let cell = row.record.text(position);
            self.encoder.cell(feature, &cell).unwrap_or_else(|error| {
                let problem = Problem {
                    place: row.record.place(),
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
