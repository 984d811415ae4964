//! What people read of a model: plain tables, without colours, so that they read the same in a file.

use std::fmt::Write;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, TableComponent, presets};
use model_core::Header;
use model_core::header::{Evaluation, Scorecard};

use crate::config::Metric;
use crate::standard_output::columns;

mod curve;
mod features;
mod figures;
pub(crate) mod file;
pub(crate) mod page;

pub use curve::curve;
pub use features::features;
pub(crate) use features::permuted;
pub(crate) use figures::cell;
pub use figures::{bytes, figure, value};

/// Most classes of which a confusion matrix is shown.
const SHOWN_CLASSES: usize = 12;

/// Name, task and data of a model.
pub fn identity(header: &Header) -> String {
    let mut table = plain();
    let task = header.schema.target.task.name();
    let unit = header.schema.target.unit.as_ref().map_or(String::new(), |unit| format!(" in {unit}"));
    table.add_row(["model", &format!("{} ({})", header.title, header.name)]);
    if header.version > 0 {
        table.add_row(["version", &format!("{}, created {}", header.version, header.created)]);
    }
    table.add_row(["task", &format!("{task} of {}{unit}", header.schema.target.name)]);
    let data = &header.data;
    table.add_row(["data", &data.path]);
    let used = data.rows_train + data.rows_test;
    table.add_row([
        "rows",
        &format!(
            "{} read, {used} used: {} to train on, {} held out",
            data.rows_read, data.rows_train, data.rows_test
        ),
    ]);
    for (reason, rows) in &data.rows_dropped {
        table.add_row(["", &format!("{rows} dropped: {reason}")]);
    }
    format!("{}\n", table.trim_fmt())
}

/// What the test of a training is of.
pub const HELD_OUT: &str = "held out";

/// The metrics, one column for each way of measuring; then the classes. `tested_on` says which rows the test is of.
pub fn quality(evaluation: &Evaluation, tested_on: &str, wanted: Option<&[Metric]>) -> String {
    let mut text = String::new();
    let mut table = grid();
    let mut titles = vec!["metric".to_owned()];
    titles.extend(evaluation.test.as_ref().map(|card| format!("{tested_on} ({} rows)", card.rows)));
    titles.extend(evaluation.cross_validation.as_ref().map(|cv| format!("{}-fold mean ± sd", cv.folds)));
    titles.extend(evaluation.out_of_bag.as_ref().map(|card| format!("out of bag ({} rows)", card.rows)));
    if titles.len() == 1 {
        return "Nothing was evaluated.\n".into();
    }
    table.set_header(titles);
    // Who asked for intervals wants to know what they are worth.
    let of_intervals = Metric::ALL.into_iter().filter(|metric| metric.is_of_intervals());
    let mut shown = wanted.unwrap_or(&Metric::ALL).to_vec();
    shown.extend(of_intervals.filter(|metric| !wanted.unwrap_or(&Metric::ALL).contains(metric)));
    for metric in shown {
        let name = metric.name();
        let of = |card: &Scorecard| card.metrics.get(name).map_or("–".into(), |&value| figure(value));
        let mut row = vec![name.to_owned()];
        row.extend(evaluation.test.as_ref().map(of));
        row.extend(evaluation.cross_validation.as_ref().map(|cv| {
            match (cv.mean.get(name), cv.standard_deviation.get(name)) {
                (Some(&mean), Some(&deviation)) => format!("{} ± {}", figure(mean), figure(deviation)),
                _ => "–".into(),
            }
        }));
        row.extend(evaluation.out_of_bag.as_ref().map(of));
        if row[1..].iter().any(|cell| cell != "–") {
            table.add_row(row);
        }
    }
    align_right(&mut table);
    let _ = writeln!(text, "{}", table.trim_fmt());
    if let Some(card) = &evaluation.test {
        text.push_str(&classes(card));
    }
    text
}

/// Precision and recall by class, and who was taken for whom; nothing for a regression.
pub fn classes(card: &Scorecard) -> String {
    if card.per_class.is_empty() {
        return String::new();
    }
    let mut table = grid();
    table.set_header(["class", "precision", "recall", "f1", "rows"]);
    for class in &card.per_class {
        let figures = [class.precision, class.recall, class.f1].map(figure);
        let [precision, recall, f1] = figures;
        table.add_row([class.class.clone(), precision, recall, f1, class.support.to_string()]);
    }
    align_right(&mut table);
    let mut text = format!("{}\n", table.trim_fmt());
    if card.per_class.len() <= SHOWN_CLASSES {
        let mut table = grid();
        let mut titles = vec!["true \\ predicted".to_owned()];
        titles.extend(card.per_class.iter().map(|class| class.class.clone()));
        table.set_header(titles);
        for (class, counts) in card.per_class.iter().zip(&card.confusion) {
            let mut row = vec![class.class.clone()];
            row.extend(counts.iter().map(u64::to_string));
            table.add_row(row);
        }
        align_right(&mut table);
        let _ = writeln!(text, "{}", table.trim_fmt());
    }
    text
}

/// A table of words.
fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// A table of figures.
pub(crate) fn grid() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    for lines_between_rows in [
        TableComponent::HorizontalLines,
        TableComponent::MiddleIntersections,
        TableComponent::LeftBorderIntersections,
        TableComponent::RightBorderIntersections,
    ] {
        table.remove_style(lines_between_rows);
    }
    table
}

/// Where a table is wider than the terminal: no more than one space between its columns, and words below each other. The first column,
/// which names the rows, stays whole.
pub(crate) fn fit(table: &mut Table) {
    let Some(columns) = columns() else { return };
    if table.lines().all(|line| line.chars().count() <= columns) {
        return;
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(columns.try_into().unwrap_or(u16::MAX));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Every column but the first holds figures; no wider than the terminal.
pub(crate) fn align_right(table: &mut Table) {
    fit(table);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
