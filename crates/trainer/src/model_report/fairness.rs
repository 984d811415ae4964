//! Whether a model treats groups alike: the quality for each group of a protected column, and the largest gaps between them.

use model_core::{Model, Task, winning_class};

use super::Subject;
use super::grouping::Grouping;
use super::slices::{FEWEST, error_name, mean, slices};
use crate::evaluation::Truth;
use crate::picture::{Bar, whiskered};
use crate::report::figure;
use crate::report::page::Part;

/// Rates of a group in a classification of two classes, of the second one; nothing where no row counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates {
    /// Share of the rows that are predicted as it: the selection rate.
    pub(super) chosen: f64,
    /// Share of the rows of the class that are found: the true positive rate.
    pub(super) found: Option<f64>,
    /// Share of the other rows that are predicted as it: the false positive rate.
    pub(super) false_alarms: Option<f64>,
}

impl Rates {
    /// Of these rows: pairs of whether a row is of the class and whether it is predicted as it.
    fn of(rows: &[(bool, bool)]) -> Self {
        let share = |of: Option<bool>| {
            let counted = rows.iter().filter(|row| of.is_none_or(|of| row.0 == of));
            let (all, chosen) = counted
                .fold((0.0, 0.0), |(all, chosen), row| (all + 1.0, chosen + f64::from(u8::from(row.1))));
            (all > 0.0).then(|| chosen / all)
        };
        Self {
            chosen: share(None).unwrap_or(0.0),
            found: share(Some(true)),
            false_alarms: share(Some(false)),
        }
    }
}

/// The rates of each group, in the order of its slices; nothing but for two classes.
pub(super) fn rates(subject: &Subject, grouping: &Grouping) -> Vec<Rates> {
    let Truth::Classes(truth) = &subject.truth else { return Vec::new() };
    if subject.scores.outputs() != 2 {
        return Vec::new();
    }
    let row = |&place: &usize| (truth[place] == 1, winning_class(subject.scores.row(place)) == 1);
    let groups = grouping.groups(1).into_iter();
    groups.map(|(_, members)| Rates::of(&members.iter().map(row).collect::<Vec<_>>())).collect()
}

/// The part of the report; nothing without a protected column.
pub(super) fn parts(subject: &Subject, picture: impl Fn(&str, String, String) -> Part) -> Vec<Part> {
    if subject.protected.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![
        Part::Heading("Protected groups"),
        Part::Paragraph(
            "A model treats groups alike when it errs as much in each of them, and neither too high nor too low in one of them. \
             Behind ± is half the width of a 95 % interval: small groups tell little."
                .into(),
        ),
    ];
    for (place, grouping) in subject.protected.iter().enumerate() {
        parts.extend(of_column(subject, grouping, |svg, caption| {
            picture(&format!("protected-{}", place + 1), svg, caption)
        }));
    }
    parts
}

fn of_column(subject: &Subject, grouping: &Grouping, picture: impl Fn(String, String) -> Part) -> Vec<Part> {
    let task = &subject.model.schema().target.task;
    let groups = slices(subject, grouping, 1);
    let rates = rates(subject, grouping);
    let known = |value: Option<f64>| value.map_or_else(|| "–".into(), figure);
    let mut titles = vec!["group", "rows", "error", "predicted less true"];
    if !rates.is_empty() {
        titles.extend(["chosen", "found", "false alarms"]);
    }
    let rows = groups.iter().enumerate().map(|(place, group)| {
        let mut row = vec![
            format!("{}: {}", grouping.column, group.rows_with),
            group.rows.to_string(),
            format!("{} ± {}", figure(group.error), figure(group.margin)),
            known(group.bias),
        ];
        if let Some(rates) = rates.get(place) {
            row.extend([Some(rates.chosen), rates.found, rates.false_alarms].map(known));
        }
        row
    });
    let mut parts = vec![Part::table(titles, rows)];
    let bars: Vec<Bar> = groups
        .iter()
        .map(|group| Bar {
            name: group.rows_with.clone(),
            length: group.error,
            spread: group.margin,
            words: format!("{} ({} rows)", figure(group.error), group.rows),
        })
        .collect();
    let name = &grouping.column;
    parts.push(picture(
        whiskered(&format!("{} by {name}", error_name(task)), &bars),
        format!("The {} in each group of {name}, with 95 % intervals.", error_name(task)),
    ));
    let large = |place: &usize| groups[*place].rows >= FEWEST;
    let judged: Vec<usize> = (0..groups.len()).filter(large).collect();
    let gap = |of: &dyn Fn(usize) -> Option<f64>| -> Option<f64> {
        let values: Vec<f64> = judged.iter().filter_map(|&place| of(place)).collect();
        let [low, high] = [f64::min, f64::max].map(|pick| values.iter().copied().reduce(pick));
        (values.len() > 1).then(|| Some(high? - low?)).flatten()
    };
    let mut gaps = vec![("error", gap(&|place| Some(groups[place].error)))];
    gaps.push(("predicted less true", gap(&|place| groups[place].bias)));
    if !rates.is_empty() {
        gaps.push(("chosen (demographic parity)", gap(&|place| Some(rates[place].chosen))));
        gaps.push(("found (equal opportunity)", gap(&|place| rates[place].found)));
        gaps.push(("false alarms", gap(&|place| rates[place].false_alarms)));
    }
    let told: Vec<String> =
        gaps.into_iter().filter_map(|(what, gap)| Some(format!("{what} {}", figure(gap?)))).collect();
    parts.push(Part::Paragraph(match (told.is_empty(), task) {
        (true, _) => format!("No two groups of {name} have {FEWEST} rows, so that no gap between them is told."),
        (false, Task::Classification(classes)) if !rates.is_empty() => format!(
            "Largest gaps between groups of {name} with at least {FEWEST} rows: {}. Chosen are rows that are predicted as {}.",
            told.join(", "),
            classes[1]
        ),
        (false, _) => {
            format!("Largest gaps between groups of {name} with at least {FEWEST} rows: {}.", told.join(", "))
        }
    }));
    let overall = mean(&super::slices::errors(subject));
    parts.push(Part::Paragraph(format!("Over all rows the {} is {}.", error_name(task), figure(overall))));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_definition() {
        // Of three rows of the class two are found, of one other row none is taken for it.
        let rows = [(true, true), (true, true), (true, false), (false, false)];
        let expected = Rates { chosen: 0.5, found: Some(2.0 / 3.0), false_alarms: Some(0.0) };
        assert_eq!(Rates::of(&rows), expected);
        let none = Rates { chosen: 1.0, found: Some(1.0), false_alarms: None };
        assert_eq!(Rates::of(&rows[..2]), none);
    }
}
