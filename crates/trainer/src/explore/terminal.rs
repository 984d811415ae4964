//! An exploration on the terminal.

use std::fmt::Write as _;

use super::with_target::{cells, ranked};
use super::{Column, Exploration};
use crate::report::{align_right, grid, value};
use crate::standard_output::columns;

/// Characters of a histogram, from empty to full.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Bins of a histogram on the terminal.
const BINS: usize = 16;
/// Columns of a terminal from which on there is room for such a histogram, three levels and the median; else for half of it, one level and
/// no median, which is the column at this place.
const ROOMY: usize = 100;
const MEDIAN: usize = 5;
/// Columns that are shown; the report has all.
const MOST_COLUMNS: usize = 60;
const MOST_WITH_TARGET: usize = 15;

/// The summary.
pub(super) fn summary(of: &Exploration) -> String {
    let mut text = format!("{}: {} rows, {} columns\n", of.path, of.rows, of.columns.len());
    for (reason, rows) in &of.left_out {
        let _ = writeln!(text, "Left out: {rows} records, {reason}");
    }
    for note in &of.notes {
        let _ = writeln!(text, "Note: {note}");
    }
    let mut table = grid();
    let mut titles = vec!["column", "kind", "missing", "different", "minimum", "median", "maximum", "values"];
    let is_roomy = columns().is_none_or(|columns| columns >= ROOMY);
    if !is_roomy {
        titles.remove(MEDIAN);
    }
    let last = titles.len() - 1;
    table.set_header(titles);
    for column in of.columns.iter().take(MOST_COLUMNS) {
        let mut row = row(column, is_roomy);
        if !is_roomy {
            row.remove(MEDIAN);
        }
        table.add_row(row);
    }
    align_right(&mut table);
    for place in [1, last] {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(comfy_table::CellAlignment::Left);
        }
    }
    let _ = write!(text, "\n{table}\n");
    if of.columns.len() > MOST_COLUMNS {
        let _ = writeln!(text, "and {} more columns, all in the report", of.columns.len() - MOST_COLUMNS);
    }
    text.push_str(&with_target(of));
    match of.findings.is_empty() {
        true => text.push_str("\nNothing stands out.\n"),
        false => text.push_str("\nTo look at:\n"),
    }
    for finding in &of.findings {
        let _ = writeln!(text, " - {}", finding.in_words(of));
    }
    text
}

fn row(column: &Column, is_roomy: bool) -> Vec<String> {
    let missing = match column.missing {
        0 => String::new(),
        _ => format!("{:.1} %", column.missing_share() * 100.0),
    };
    let mut row = vec![column.name.clone(), column.kind.name().into(), missing, column.distinct_in_words()];
    match &column.numbers {
        Some(numbers) => {
            let [minimum, _, median, _, maximum] = numbers.quartiles;
            row.extend([minimum, median, maximum].map(value));
            row.push(sparkline(&numbers.bins, if is_roomy { BINS } else { BINS / 2 }));
        }
        None => {
            row.extend([const { String::new() }; 3]);
            let levels = column
                .levels
                .iter()
                .take(if is_roomy { 3 } else { 1 })
                .map(|(level, count)| format!("{} ({count})", cut(level)));
            row.push(levels.collect::<Vec<_>>().join(", "));
        }
    }
    row
}

/// A text in few characters.
fn cut(text: &str) -> String {
    const MOST: usize = 16;
    let text = text.replace(char::is_control, " ");
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

/// A histogram in one line.
fn sparkline(bins: &[([f64; 2], u64)], most: usize) -> String {
    let width = bins.len().div_ceil(most).max(1);
    let counts: Vec<u64> = bins.chunks(width).map(|bins| bins.iter().map(|bin| bin.1).sum()).collect();
    let highest = counts.iter().copied().max().unwrap_or(1).max(1);
    // What is there is seen.
    let height = |count: u64| (count * 8).div_ceil(highest) as usize;
    counts.into_iter().map(|count| BLOCKS[height(count).min(8)]).collect()
}

fn with_target(of: &Exploration) -> String {
    let Some(target) = of.target else { return String::new() };
    let mut columns = ranked(of);
    columns.truncate(MOST_WITH_TARGET);
    let (titles, rows) = cells(&columns);
    let mut table = grid();
    table.set_header(titles);
    table.add_rows(rows);
    align_right(&mut table);
    format!("\nWith the target {:?}:\n{table}\n", of.columns[target].name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_fits_a_line_and_shows_what_is_rare() {
        let bins = |counts: &[u64]| -> Vec<_> { counts.iter().map(|&count| ([0.0, 1.0], count)).collect() };
        assert_eq!(sparkline(&bins(&[0, 1, 400, 800]), BINS), " ▁▄█");
        assert_eq!(sparkline(&bins(&[1; 40]), BINS).chars().count(), 14);
        assert_eq!(cut("a\nlong name of something"), "a long name of …");
    }
}
