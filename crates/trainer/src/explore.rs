//! `trainer explore`: a look at a table before anything is trained on it.
//!
//! The file is read once. All figures are of all rows, but where a name says otherwise; the columns are worked at side by
//! side, and no figure depends on the number of threads.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use rayon::prelude::*;

use crate::args::{ExploreArgs, Reporting};
use crate::config::Config;
use crate::csv_table::{Batch, Record, TableError};
use crate::error::Error;
use crate::init::InitError;
use crate::predict::PredictError;
use crate::progress::Progress;
use crate::report::file;
use crate::roles::Source;
use crate::row_rules::{Reason, RowRules, Verdict};
use crate::standard_output::{print, print_fitted};

mod association;
mod cells;
mod column;
mod document;
mod findings;
mod numbers;
mod order;
mod parts;
mod subject;
mod terminal;
mod with_target;

pub(crate) use association::Matrix;
pub(crate) use column::{Column, Kind};
pub(crate) use findings::Finding;
pub(crate) use numbers::Numbers;

use association::{Binned, Ranked, pearson};
use cells::Cells;
use order::Order;
use subject::Subject;
use with_target::WithTarget;

/// Rows that are shown as they are.
const HEAD: usize = 5;
/// Most columns whose correlations with each other are looked at: those that go with the target most, or the first.
const MOST_CORRELATED: usize = 40;

/// What a look at a table shows.
#[derive(Debug)]
pub(crate) struct Exploration {
    /// The file.
    pub(crate) path: String,
    /// Records in it.
    pub(crate) records: u64,
    /// Records that were looked at.
    pub(crate) rows: usize,
    /// Records that were left out, by reason.
    pub(crate) left_out: BTreeMap<String, u64>,
    /// The first rows, as they stand in the file.
    pub(crate) head: Vec<Vec<String>>,
    /// The columns in file order; a derived target is the last.
    pub(crate) columns: Vec<Column>,
    /// Which column is to be predicted.
    pub(crate) target: Option<usize>,
    /// How each column goes with the target.
    pub(crate) with_target: Vec<Option<WithTarget>>,
    /// Correlations of the columns of numbers.
    pub(crate) matrix: Matrix,
    /// Rows that are the same as an earlier one in every cell.
    pub(crate) doubled_rows: u64,
    /// What should be looked at.
    pub(crate) findings: Vec<Finding>,
    /// What was guessed of the file.
    pub(crate) notes: Vec<String>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &ExploreArgs, reporting: Reporting) -> Result<(), Error> {
    let subject = Subject::open(args)?;
    let exploration =
        Exploration::of(&subject, args.powers, Progress::new(reporting)).map_err(InitError::from)?;
    for path in &args.report {
        write(&exploration, path)?;
    }
    if reporting.json {
        return print(&format!("{:#}\n", document::document(&exploration)));
    }
    if !reporting.quiet {
        print_fitted(&terminal::summary(&exploration))?;
        for path in &args.report {
            print(&format!("Report: {}\n", path.display()))?;
        }
    }
    Ok(())
}

/// The report in the form that the name of its file tells; a page when it tells none.
fn write(exploration: &Exploration, path: &Path) -> Result<(), PredictError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return file::store(path, &format!("{:#}\n", document::document(exploration)));
    }
    let title = format!("Exploration of {}", exploration.path);
    file::write(path, &title, &parts::parts(exploration, &file::stem(path)))
}

/// The columns that should be no features of a table, each with the reason. Its config holds nothing but the file and the
/// target.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn advice(
    config: &Config,
    source: &Source,
    progress: Progress,
) -> Result<Vec<(String, String)>, InitError> {
    let subject = Subject::guessed(config.clone(), source.clone());
    let exploration = Exploration::of(&subject, false, progress)?;
    Ok(exploration.advice())
}

/// What was read of the file.
struct Table {
    records: u64,
    left_out: BTreeMap<Reason, u64>,
    head: Vec<Vec<String>>,
    cells: Vec<Cells>,
    doubled_rows: u64,
}

impl Exploration {
    /// Looks at the table.
    fn of(subject: &Subject, powers: bool, progress: Progress) -> Result<Self, TableError> {
        let bar = progress.bytes("reading", subject.source.table.bytes());
        let table = read(subject, &|byte| bar.set(byte))?;
        bar.finish();
        let rows = table.cells.first().map_or(0, |cells| cells.numbers.len());
        if rows == 0 {
            return Err(TableError::NoRows { path: subject.config.data.path.clone() });
        }
        let bar = progress.steps("columns", table.cells.len() as u64);
        let columns: Vec<(Column, Order)> = table
            .cells
            .par_iter()
            .enumerate()
            .map(|(place, cells)| {
                let order = Order::of(&cells.numbers);
                let column = Column::of(subject.column_name(place), cells, &order, subject.told(place));
                bar.add(1);
                (column, order)
            })
            .collect();
        bar.finish();
        let (columns, orders): (Vec<Column>, Vec<Order>) = columns.into_iter().unzip();
        let target = match subject.derived_target() {
            Some(_) => columns.len().checked_sub(1),
            None => subject.target_column(),
        };
        let with_target = with_target(&columns, &table.cells, &orders, target, powers);
        let matrix = matrix(&columns, &table.cells, &orders, target, &with_target);
        let rules = RowRules::new(&subject.config, &subject.source);
        let mut exploration = Self {
            path: subject.config.data.path.display().to_string(),
            records: table.records,
            rows,
            left_out: rules.in_words(&table.left_out),
            head: table.head,
            columns,
            target,
            with_target,
            matrix,
            doubled_rows: table.doubled_rows,
            findings: Vec::new(),
            notes: subject.notes.clone(),
        };
        exploration.findings = findings::find(&exploration, &table.cells);
        Ok(exploration)
    }

    /// The columns that should be no features, each with the reason.
    fn advice(&self) -> Vec<(String, String)> {
        let mut advice: Vec<(String, String)> = Vec::new();
        for finding in &self.findings {
            if let Some(place) = finding.leave_out()
                && Some(place) != self.target
                && advice.iter().all(|(column, _)| *column != self.columns[place].name)
            {
                advice.push((self.columns[place].name.clone(), finding.in_words(self)));
            }
        }
        advice
    }
}

/// Reads the file once, all columns of it.
fn read(subject: &Subject, progress: &(dyn Fn(u64) + Sync)) -> Result<Table, TableError> {
    let source = &subject.source;
    let width = source.table.columns().len();
    let derives = subject.derived_target().is_some();
    let rules = RowRules::new(&subject.config, source);
    let format = &subject.config.data.cells;
    let mut cells: Vec<Cells> = (0..width + usize::from(derives)).map(|_| Cells::default()).collect();
    let mut left_out: BTreeMap<Reason, u64> = BTreeMap::new();
    let (mut head, mut seen, mut doubled_rows) = (Vec::new(), HashSet::new(), 0);
    let records = source.table.for_each_batch(&|byte| progress(byte), |batch: &Batch| {
        let mut kept: Vec<(Record<'_>, f64)> = Vec::with_capacity(batch.len());
        for record in batch.records() {
            let verdict = match subject.is_configured {
                true => rules.judge(record),
                false if record.len() == width => Verdict::Keep(None),
                false => Verdict::Drop(Reason::Unreadable),
            };
            match verdict {
                Verdict::Keep(derived) => kept.push((record, derived.unwrap_or(f64::NAN))),
                Verdict::Drop(reason) => *left_out.entry(reason).or_default() += 1,
                Verdict::Bad(_) => *left_out.entry(Reason::Unreadable).or_default() += 1,
            }
        }
        cells.par_iter_mut().enumerate().for_each(|(place, cells)| match place < width {
            true => kept.iter().for_each(|(record, _)| cells.observe(&record.text(place), format)),
            false => kept.iter().for_each(|&(_, derived)| cells.observe_number(derived)),
        });
        let digests: Vec<[u8; 16]> = kept.par_iter().map(|(record, _)| digest(*record)).collect();
        doubled_rows += digests.into_iter().filter(|digest| !seen.insert(*digest)).count() as u64;
        for (record, _) in kept.iter().take(HEAD - head.len()) {
            head.push((0..width).map(|place| record.text(place).into_owned()).collect());
        }
        Ok::<(), TableError>(())
    })?;
    Ok(Table { records, left_out, head, cells, doubled_rows })
}

/// A record in 16 bytes.
fn digest(record: Record<'_>) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for cell in record.cells() {
        hasher.update(&(cell.len() as u64).to_le_bytes()).update(cell);
    }
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

fn with_target(
    columns: &[Column],
    cells: &[Cells],
    orders: &[Order],
    target: Option<usize>,
    powers: bool,
) -> Vec<Option<WithTarget>> {
    let Some(target) = target else { return vec![None; columns.len()] };
    let binned = |place: usize| match columns[place].kind {
        Kind::Number => Binned::of_numbers(&cells[place].numbers, &orders[place]),
        _ => Binned::of_levels(&cells[place].codes, &cells[place].counts()),
    };
    let ranked = |place: usize| Ranked::new(&cells[place].numbers, &orders[place]);
    let (binned_target, ranked_target) = (binned(target), ranked(target));
    let of = |place: usize| {
        // A text for each row tells everything and nothing.
        if place == target || matches!(columns[place].kind, Kind::Empty | Kind::Text | Kind::Time) {
            return None;
        }
        let mut found =
            WithTarget { information: binned(place).share_of(&binned_target), ..WithTarget::default() };
        let are_numbers = [place, target].iter().all(|&place| columns[place].kind.is_number());
        if are_numbers {
            let values = &cells[place].numbers;
            found.pearson = pearson(values, ranked_target.values);
            found.spearman = ranked(place).spearman(&ranked_target);
            if powers {
                found.powers = [2, 3].map(|power| {
                    let raised: Vec<f64> = values.iter().map(|value| value.powi(power)).collect();
                    pearson(&raised, ranked_target.values)
                });
            }
        }
        Some(found)
    };
    (0..columns.len()).into_par_iter().map(of).collect()
}

fn matrix(
    columns: &[Column],
    cells: &[Cells],
    orders: &[Order],
    target: Option<usize>,
    with_target: &[Option<WithTarget>],
) -> Matrix {
    let mut places: Vec<usize> =
        (0..columns.len()).filter(|&place| columns[place].kind.is_number()).collect();
    if places.len() > MOST_CORRELATED {
        let strength = |place: usize| match (target == Some(place), &with_target[place]) {
            (true, _) => f64::INFINITY,
            (_, Some(with)) => with.spearman.unwrap_or_default().abs().max(with.information),
            (_, None) => 0.0,
        };
        places.sort_by(|&a, &b| strength(b).total_cmp(&strength(a)).then(a.cmp(&b)));
        places.truncate(MOST_CORRELATED);
        places.sort_unstable();
    }
    let ranked: Vec<(usize, Ranked<'_>)> = places
        .into_par_iter()
        .map(|place| (place, Ranked::new(&cells[place].numbers, &orders[place])))
        .collect();
    Matrix::of(&ranked)
}
