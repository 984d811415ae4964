//! The first pass over the table: what the config leaves open is inferred from the data.
//!
//! The rules, in this order, for a feature whose kind the config does not give:
//!
//! 1. A column without any value is no feature.
//! 2. Only `true` and `false`, in any case: boolean.
//! 3. At least nine of ten values are numbers: number; the others are bad cells, to be repaired or dropped. A column
//!    of whole numbers is a number too, since callers send 24.5 where the training data happened to hold 24: only the
//!    config can say `integer`.
//! 4. Else text: category. A text column with more than 20 different values that are more than half of its rows holds
//!    names or ids, from which nothing can be learned: it is left out of "all" features, but kept when the config
//!    lists it.
//!
//! Where the file tells types, a column of text is a category, also when all of it looks like numbers, and a target of text is a class.
//!
//! A feature may be missing in a request when it is missing somewhere in the data. A target is a class when it is text
//! or has at most 20 different values, all whole numbers; else it is a number.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::config::{BadCells, Config, Constraints};
use crate::csv_table::{Batch, Part, Problem, TableError};
use crate::roles::{FeatureColumn, Source, TargetColumns};
use crate::row_rules::{Reason, RowRules, Verdict};

mod column;
mod draft;
mod error;
mod kept_cells;
mod kept_numbers;
mod merged_values;
mod part_rows;
mod target;
mod tile;

pub use column::ColumnSurvey;
pub(crate) use column::is_truth;
pub use draft::{Draft, LeftOut};
pub use error::InferenceError;
pub use target::TargetSurvey;
pub(crate) use target::class_of;

use part_rows::{PartReader, PartRows};
use tile::CellReader;

/// What the first pass saw.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Records in the file.
    pub records: u64,
    /// Records that are rows of the training table, save for cells that the second pass cannot read.
    pub rows: u64,
    /// One survey for each candidate of [`crate::roles::Roles::features`].
    pub features: Vec<ColumnSurvey>,
    /// The target.
    pub target: TargetSurvey,
    /// Records that are no rows, by reason.
    pub(crate) lost: BTreeMap<Reason, u64>,
    /// The weight of each row; none when the config names no column for it, or when one of them cannot be read.
    pub(crate) weights: Option<Vec<f64>>,
}

/// Goes over the table once; a second time in the rare case that a column of numbers turns out to be text late.
///
/// # Errors
/// When the file cannot be read or holds no records.
pub fn survey(config: &Config, source: &Source, progress: &dyn Fn(u64)) -> Result<Survey, InferenceError> {
    let mut gather: Vec<Gather> = source.roles.features.iter().map(Gather::for_feature).collect();
    loop {
        let survey = pass(config, source, &gather, progress)?;
        let mut again = false;
        for (gather, column) in gather.iter_mut().zip(&survey.features) {
            if column.lacks_levels() {
                *gather = Gather::Levels;
                again = true;
            }
        }
        if !again {
            return Ok(survey);
        }
    }
}

/// What a pass collects of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gather {
    /// Counts; the levels too as long as the column may be text.
    WhatItIs,
    /// Counts only.
    Counts,
    /// Counts and levels.
    Levels,
}

impl Gather {
    fn for_feature(feature: &FeatureColumn) -> Self {
        let Some(kind) = feature.settings.kind else {
            return if feature.is_text { Self::Levels } else { Self::WhatItIs };
        };
        match feature.settings.constraints(kind) {
            // The few texts of a boolean are kept as levels are.
            Ok(Constraints::Category(_) | Constraints::Boolean) => Self::Levels,
            Ok(Constraints::Number { .. } | Constraints::Integer { .. }) | Err(_) => Self::Counts,
        }
    }
}

fn pass(
    config: &Config,
    source: &Source,
    gather: &[Gather],
    progress: &dyn Fn(u64),
) -> Result<Survey, InferenceError> {
    let Source { table, roles } = source;
    let rules = RowRules::new(config, source);
    let cells = &config.data.cells;
    let mut features: Vec<ColumnSurvey> = gather.iter().map(|&gather| ColumnSurvey::new(gather)).collect();
    let mut target = TargetSurvey::new(roles.target.is_text(table));
    let mut weights = roles.weight.map(|_| Vec::new());
    let mut rows = 0;
    let mut lost = Lost::default();
    let reader = PartReader {
        rules: &rules,
        features: roles.features.iter().zip(gather.iter().map(|&gather| gather != Gather::Levels)).collect(),
        target: roles.target,
        cells: CellReader::new(cells),
    };
    let read = |part: &Part, rows: &mut PartRows| reader.read(part, rows);
    let records = table.for_each_batch_made(progress, read, |batch: &Batch<PartRows>| {
        for (part, read) in batch.parts() {
            rows += read.rows.len() as u64;
            lost.add(part, read, &rules);
        }
        let survey_features = || {
            features.par_iter_mut().zip(&roles.features).enumerate().for_each(
                |(place, (survey, feature))| {
                    for (part, read) in batch.parts() {
                        if !survey.takes(&read.features[place]) {
                            for record in read.records(part) {
                                survey.observe(&record.text(feature.position), cells);
                            }
                        }
                    }
                },
            );
        };
        let survey_target = || {
            for (part, read) in batch.parts() {
                match roles.target {
                    TargetColumns::MinutesBetween { .. } => target.observe_derived(&read.derived),
                    TargetColumns::Column(_) if target.takes(&read.target) => {}
                    TargetColumns::Column(position) => {
                        for record in read.records(part) {
                            target.observe(&record.text(position), cells);
                        }
                    }
                }
            }
        };
        rayon::join(survey_features, survey_target);
        if let (Some(position), Some(so_far)) = (roles.weight, &mut weights) {
            let records = batch.parts().flat_map(|(part, read)| read.records(part));
            let more = records.map(|record| rules.weight(record, position));
            match more.collect::<Option<Vec<f64>>>() {
                Some(more) => so_far.extend(more),
                None => weights = None,
            }
        }
        Ok::<(), TableError>(())
    })?;
    features.par_iter_mut().for_each(ColumnSurvey::finish);
    if records == 0 {
        return Err(TableError::NoRows { path: table.path().into() }.into());
    }
    if rows == 0 {
        return Err(lost.everything(config, source, records, &rules));
    }
    Ok(Survey { records, rows, features, target, lost: lost.counts, weights })
}

/// Records that are no rows.
#[derive(Default)]
struct Lost {
    counts: BTreeMap<Reason, u64>,
    first_problem: Option<Problem>,
}

impl Lost {
    fn add(&mut self, part: &Part, read: &PartRows, rules: &RowRules<'_>) {
        for (&reason, count) in &read.lost {
            *self.counts.entry(reason).or_default() += count;
        }
        // It is judged again, now that the number of the record is known.
        if let (None, Some(place)) = (&self.first_problem, read.first_unreadable)
            && let Verdict::Bad(problem) = rules.judge(part.record(place))
        {
            self.first_problem = Some(problem);
        }
    }

    /// The error when no record is left.
    fn everything(
        self,
        config: &Config,
        source: &Source,
        records: u64,
        rules: &RowRules<'_>,
    ) -> InferenceError {
        let total = self.counts.get(&Reason::Unreadable).copied().unwrap_or_default();
        if config.data.bad_cells == BadCells::Fail
            && let Some(problem) = self.first_problem
        {
            let path = source.table.path().into();
            return match source.table.locate(vec![problem]) {
                Ok(problems) => TableError::BadRows { path, problems, total }.into(),
                Err(error) => error.into(),
            };
        }
        let counts = rules.in_words(&self.counts);
        let reasons: Vec<String> = counts.iter().map(|(reason, rows)| format!("{rows} {reason}")).collect();
        InferenceError::NoRowsLeft { records, reasons: reasons.join(", ") }
    }
}

/// Different texts of a column, up to a limit, numbered as they come.
#[derive(Debug, Clone, Default)]
pub(crate) struct DistinctTexts {
    codes: HashMap<String, u32>,
    overflow: bool,
}

impl DistinctTexts {
    /// The number of a text; `None` when it is one too many.
    pub(crate) fn insert(&mut self, text: &str, limit: usize) -> Option<u32> {
        if self.overflow {
            return None;
        }
        if let Some(&code) = self.codes.get(text) {
            return Some(code);
        }
        let code = u32::try_from(self.codes.len()).ok().filter(|_| self.codes.len() < limit);
        match code {
            Some(code) => {
                self.codes.insert(text.to_owned(), code);
            }
            None => self.overflow = true,
        }
        code
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    fn sorted(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.codes.keys().map(String::as_str).collect();
        texts.sort_unstable();
        texts
    }

    pub(crate) fn by_code(&self) -> Vec<&str> {
        let mut texts = vec![""; self.codes.len()];
        for (text, &code) in &self.codes {
            texts[code as usize] = text;
        }
        texts
    }
}

/// The whole number that a text stands for, if it stands for one that a double holds exactly.
fn whole_number(number: Option<f64>) -> Option<i64> {
    number.filter(|&value| is_whole(value)).map(|value| value as i64)
}

/// Whether a number is a whole one that a double holds exactly.
fn is_whole(number: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // The way there and back is shorter than to ask for the fraction.
    number.abs() <= EXACT && number as i64 as f64 == number
}
