//! An exploration as a report with pictures.

use super::with_target::{cells, ranked};
use super::{Column, Exploration, Kind};
use crate::picture::{Chart, Mark, bars, heat_map};
use crate::report::page::Part;
use crate::report::{figure, value};

/// Columns that have a picture of their own.
const MOST_PICTURES: usize = 100;
/// Columns whose entropy is drawn.
const MOST_BARS: usize = 20;
/// Size of a histogram in pixels.
const HISTOGRAM: [f64; 2] = [400.0, 200.0];

/// The parts of the report; names of pictures begin with `stem`.
pub(super) fn parts(of: &Exploration, stem: &str) -> Vec<Part> {
    let mut parts = vec![Part::Paragraph(format!("{} rows of {} columns.", of.rows, of.columns.len()))];
    parts.extend(of.notes.iter().map(|note| Part::Paragraph(format!("Note: {note}."))));
    if !of.left_out.is_empty() {
        let rows = of.left_out.iter().map(|(reason, rows)| vec![reason.clone(), rows.to_string()]);
        parts.push(Part::table(["records left out", "number"], rows));
    }
    parts.push(Part::Heading("To look at"));
    if of.findings.is_empty() {
        parts.push(Part::Paragraph("Nothing stands out.".into()));
    } else {
        parts.push(Part::List(of.findings.iter().map(|finding| finding.in_words(of)).collect()));
    }
    if let Some(target) = of.target {
        parts.push(Part::Heading("The target"));
        parts.extend(picture(&of.columns[target], of.rows, target, stem));
        parts.extend(with_target(of, stem));
    }
    parts.push(Part::Heading("Columns"));
    parts.extend(figures(of));
    parts.extend(levels(of));
    parts.push(Part::Heading("First rows"));
    parts.push(head(of));
    parts.extend(correlations(of, stem));
    parts.push(Part::Heading("Distributions"));
    let others = of.columns.iter().enumerate().filter(|(place, _)| Some(*place) != of.target);
    parts
        .extend(others.take(MOST_PICTURES).flat_map(|(place, column)| picture(column, of.rows, place, stem)));
    parts
}

fn picture(column: &Column, rows: usize, place: usize, stem: &str) -> Option<Part> {
    let share = |count: u64| format!("{:.1} %", count as f64 / rows.max(1) as f64 * 100.0);
    let svg = match &column.numbers {
        Some(numbers) => {
            let bars = numbers.bins.iter().map(|&(bin, count)| (bin, count as f64)).collect();
            Chart {
                title: column.name.clone(),
                up: "rows".into(),
                size: HISTOGRAM,
                marks: vec![Mark::Bars { name: String::new(), bars }],
                ..Chart::default()
            }
            .svg()
        }
        None if column.levels.is_empty() || column.kind == Kind::Text => return None,
        None => {
            let levels = column.levels.iter();
            let rows: Vec<_> =
                levels.map(|(level, count)| (level.clone(), *count as f64, share(*count))).collect();
            bars(&column.name, &rows)
        }
    };
    let missing = match column.missing {
        0 => String::new(),
        missing => format!(", {missing} missing ({})", share(missing)),
    };
    let caption = format!(
        "{}: {}, {} different values{missing}.",
        column.name,
        column.kind.name(),
        column.distinct_in_words()
    );
    Some(Part::Picture { svg, caption, file: format!("{stem}-column-{}.svg", place + 1) })
}

fn figures(of: &Exploration) -> Option<Part> {
    let rows: Vec<Vec<String>> = of
        .columns
        .iter()
        .filter_map(|column| {
            let numbers = column.numbers.as_ref()?;
            let [minimum, q1, median, q3, maximum] = numbers.quartiles;
            let mut row = vec![column.name.clone(), column.present.to_string(), column.missing.to_string()];
            row.push(column.distinct_in_words());
            row.extend([numbers.mean, numbers.std].map(figure));
            row.extend([minimum, q1, median, q3, maximum].map(value));
            row.push(figure(numbers.skew));
            row.extend(numbers.outliers.map(|count| count.to_string()));
            Some(row)
        })
        .collect();
    let titles = vec![
        "number",
        "count",
        "missing",
        "different",
        "mean",
        "std",
        "min",
        "25 %",
        "50 %",
        "75 %",
        "max",
        "skew",
        "outliers below",
        "outliers above",
    ];
    (!rows.is_empty()).then(|| Part::table(titles, rows))
}

fn levels(of: &Exploration) -> Option<Part> {
    let columns = of.columns.iter().filter(|column| column.numbers.is_none());
    let rows: Vec<Vec<String>> = columns
        .map(|column| {
            let levels = column.levels.iter().take(5).map(|(level, count)| format!("{level} ({count})"));
            vec![
                column.name.clone(),
                column.kind.name().into(),
                column.present.to_string(),
                column.missing.to_string(),
                column.distinct_in_words(),
                levels.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let titles = vec!["column", "kind", "count", "missing", "different", "most frequent"];
    (!rows.is_empty()).then(|| Part::table(titles, rows))
}

fn head(of: &Exploration) -> Part {
    let rows = of.columns.iter().enumerate().map(|(place, column)| {
        let cells = of.head.iter().map(|row| row.get(place).cloned().unwrap_or_default());
        [column.name.clone()].into_iter().chain(cells).collect()
    });
    let titles = ["column", "row 1", "row 2", "row 3", "row 4", "row 5"];
    Part::table(titles.into_iter().take(of.head.len() + 1), rows)
}

/// What each column tells about the target: a picture, and the figures.
fn with_target(of: &Exploration, stem: &str) -> Vec<Part> {
    let columns = ranked(of);
    let (titles, rows) = cells(&columns);
    let bars_of = columns
        .iter()
        .take(MOST_BARS)
        .map(|(column, with)| (column.name.clone(), with.information, with.entropy_taken()));
    let picture = Part::Picture {
        svg: bars("Entropy taken by each column alone", &bars_of.collect::<Vec<_>>()),
        caption: "How much of what is unknown about the target each column takes away.".into(),
        file: format!("{stem}-target.svg"),
    };
    vec![
        picture,
        Part::table(titles, rows),
        Part::Paragraph(
            "Entropy taken is the share of what is unknown about the target that a column takes away alone: mutual information \
             over the target's entropy, numbers in 20 quantiles, less what chance gives."
                .into(),
        ),
    ]
}

fn correlations(of: &Exploration, stem: &str) -> Vec<Part> {
    let names: Vec<&str> = of.matrix.columns.iter().map(|&place| of.columns[place].name.as_str()).collect();
    if names.len() < 2 {
        return Vec::new();
    }
    let mut parts = vec![Part::Heading("Correlations")];
    if names.len() < of.columns.iter().filter(|column| column.kind.is_number()).count() {
        parts.push(Part::Paragraph(format!(
            "Of the {} columns that go with the target most, or come first.",
            names.len()
        )));
    }
    for (which, name) in ["Pearson", "Spearman"].into_iter().enumerate() {
        parts.push(Part::Picture {
            svg: heat_map(&format!("{name}'s correlation"), &names, |a, b| of.matrix.at(a, b)[which]),
            caption: format!("{name}'s correlation: blue together, orange against each other."),
            file: format!("{stem}-{}.svg", name.to_lowercase()),
        });
    }
    parts
}
