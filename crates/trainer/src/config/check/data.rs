//! Rules about the CSV file.

use std::collections::BTreeSet;

use model_core::cell::CellFormat;

use super::Problems;
use crate::config::typed;
use crate::config::{Columns, Data, Filter};

pub(super) fn check(typed: &typed::Data, problems: &mut Problems) -> Option<Data> {
    let columns = columns(typed, problems);
    number_format(&typed.number_format, problems);
    for (index, filter) in typed.filters.iter().enumerate() {
        check_filter(index, filter, problems);
    }
    let delimiter = byte(typed.delimiter, "delimiter", problems);
    let quote = match typed.quote {
        None => Some(None),
        Some(quote) => byte(quote, "quote", problems).map(Some),
    };
    if typed.quote == Some(typed.delimiter) {
        problems.add([&"data", &"quote"], "the same character as the delimiter");
    }
    Some(Data {
        path: typed.path.clone().into(),
        delimiter: delimiter?,
        quote: quote?,
        columns: columns?,
        skip_rows: typed.skip_rows,
        cells: CellFormat {
            missing_markers: typed.missing_values.iter().map(|marker| marker.trim().to_owned()).collect(),
            currency: typed.number_format.currency.clone(),
            percent: typed.number_format.percent,
            thousands: typed.number_format.thousands,
            decimal: typed.number_format.decimal,
        },
        bad_cells: typed.bad_cells,
        filters: typed.filters.iter().map(filter).collect(),
    })
}

fn columns(typed: &typed::Data, problems: &mut Problems) -> Option<Columns> {
    match (typed.header, &typed.columns) {
        (true, None) => Some(Columns::Header),
        (true, Some(_)) => {
            problems.add(
                [&"data", &"columns"],
                "the header names the columns already; remove this key, or set data.header to false (and \
                 data.skip_rows to 1 more to replace the header)",
            );
            None
        }
        (false, None) => {
            problems.add(
                [&"data", &"header"],
                "a file without a header needs data.columns, the names of its columns in file order",
            );
            None
        }
        (false, Some(names)) => {
            let mut seen = BTreeSet::new();
            for (index, name) in names.iter().enumerate() {
                if name.trim().is_empty() {
                    problems.add([&"data", &"columns", &index], "a column needs a name");
                } else if !seen.insert(name) {
                    problems.add([&"data", &"columns", &index], format!("the second column named {name:?}"));
                }
            }
            Some(Columns::Named(names.clone()))
        }
    }
}

fn number_format(typed: &typed::NumberFormat, problems: &mut Problems) {
    let mark = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | 'e' | 'E');
    if mark(typed.decimal) || typed.decimal.is_whitespace() {
        problems.add(
            [&"data", &"number_format", &"decimal"],
            format!("{:?} cannot be a decimal mark", typed.decimal),
        );
    }
    if typed.thousands.is_some_and(mark) {
        problems.add(
            [&"data", &"number_format", &"thousands"],
            "a digit, a sign or an exponent cannot be a thousands mark",
        );
    }
    if typed.thousands == Some(typed.decimal) {
        problems.add(
            [&"data", &"number_format", &"thousands"],
            format!("the same mark as the decimal one, {:?}", typed.decimal),
        );
    }
    for (index, currency) in typed.currency.iter().enumerate() {
        if currency.trim().is_empty() {
            problems.add([&"data", &"number_format", &"currency", &index], "a currency mark is not empty");
        }
    }
}

fn check_filter(index: usize, filter: &typed::Filter, problems: &mut Problems) {
    let empty = filter.minimum.is_none()
        && filter.maximum.is_none()
        && filter.one_of.is_none()
        && filter.none_of.is_none();
    if empty {
        problems.add(
            [&"data", &"filters", &index],
            "a filter needs at least one of minimum, maximum, in and not_in",
        );
    }
    if let (Some(minimum), Some(maximum)) = (filter.minimum, filter.maximum)
        && minimum > maximum
    {
        problems.add(
            [&"data", &"filters", &index, &"minimum"],
            format!("the minimum {minimum} is above the maximum {maximum}"),
        );
    }
}

fn filter(typed: &typed::Filter) -> Filter {
    Filter {
        column: typed.column.clone(),
        minimum: typed.minimum,
        maximum: typed.maximum,
        one_of: typed.one_of.clone(),
        none_of: typed.none_of.clone().unwrap_or_default(),
    }
}

fn byte(character: char, key: &'static str, problems: &mut Problems) -> Option<u8> {
    if character.is_ascii() && !matches!(character, '\n' | '\r') {
        return u8::try_from(character).ok();
    }
    problems.add(
        [&"data", &key],
        format!("expected one ASCII character that is no line break, found {character:?}"),
    );
    None
}
