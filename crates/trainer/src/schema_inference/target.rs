//! What the target column holds: numbers or classes.

use model_core::Task;
use model_core::cell::{CellFormat, trimmed};
use model_core::schema::{ClassLabel, Label};

use super::part_rows::PartTargets;
use super::{DistinctTexts, InferenceError, whole_number};
use crate::config::{Target, TargetSource, TaskName};
use crate::evaluation::Truth;

/// Most different whole numbers of a target that is taken for a class.
const INFERRED_CLASSES: usize = 20;
/// Most classes of a classification.
const CLASS_LIMIT: usize = 1000;

/// What the target column holds.
#[derive(Debug, Clone, Default)]
pub struct TargetSurvey {
    present: u64,
    numbers: u64,
    /// One of them is no whole number.
    has_other: bool,
    texts: DistinctTexts,
    /// The targets themselves, as long as all of them are numbers.
    values: Vec<f64>,
    /// Whether the type of the column says so.
    is_text: bool,
    /// The texts of the targets, as long as there are not too many different ones.
    codes: Vec<u32>,
}

impl TargetSurvey {
    /// A survey of no cells yet.
    pub(super) fn new(is_text: bool) -> Self {
        Self { is_text, ..Self::default() }
    }

    pub(super) fn observe(&mut self, cell: &str, cells: &CellFormat) {
        let text = trimmed(cell);
        self.present += 1;
        let number = cells.number(text);
        self.numbers += u64::from(number.is_some());
        self.has_other = self.has_other || whole_number(number).is_none();
        match number {
            Some(value) if self.numbers == self.present => self.values.push(value),
            _ => self.values = Vec::new(),
        }
        match self.texts.insert(text, CLASS_LIMIT + 1) {
            Some(code) if !self.texts.overflow => self.codes.push(code),
            _ => self.codes = Vec::new(),
        }
    }

    /// Takes the targets of a part, where all targets are numbers and far too many for classes; else says no, and they are to be
    /// observed.
    pub(super) fn takes(&mut self, part: &PartTargets) -> bool {
        if part.is_other || !self.texts.overflow || self.numbers < self.present {
            return false;
        }
        let PartTargets { values, has_fraction, .. } = part;
        self.present += values.len() as u64;
        self.numbers += values.len() as u64;
        self.has_other |= has_fraction;
        self.values.extend_from_slice(values);
        true
    }

    /// Targets that stand in no cell.
    pub(super) fn observe_derived(&mut self, values: &[f64]) {
        self.values.extend_from_slice(values);
    }

    /// The targets of `rows` rows, as the cells would be read one by one; `None` when one of them is no number or no
    /// class.
    pub(crate) fn take_truth(&mut self, task: &Task, cells: &CellFormat, rows: u64) -> Option<Truth> {
        let truth = match task {
            Task::Regression => Truth::Values(std::mem::take(&mut self.values)),
            Task::Classification(classes) => {
                let texts = self.texts.by_code();
                let by_code = texts.iter().map(|text| class_of(classes, text, cells));
                let by_code: Vec<usize> = by_code.collect::<Option<_>>()?;
                let codes = std::mem::take(&mut self.codes);
                Truth::Classes(codes.into_iter().map(|code| by_code[code as usize]).collect())
            }
        };
        Some(truth).filter(|truth| truth.len() as u64 == rows)
    }

    /// The task: the config's, or else the one that the values show, by the rules of [`super`].
    ///
    /// # Errors
    /// When the classes are fewer than two or more than a classification takes, or a label names none of them.
    pub fn task(&self, target: &Target, cells: &CellFormat) -> Result<Task, InferenceError> {
        let name = target.task.unwrap_or_else(|| self.inferred(target, cells));
        match name {
            TaskName::Regression => Ok(Task::Regression),
            TaskName::Classification => self.classes(target, cells).map(Task::Classification),
        }
    }

    fn inferred(&self, target: &Target, cells: &CellFormat) -> TaskName {
        let is_derived = matches!(target.source, TargetSource::MinutesBetween { .. });
        if is_derived || target.minimum.is_some() || target.maximum.is_some() {
            return TaskName::Regression;
        }
        let are_numbers = self.numbers * 10 >= self.present * 9 && !self.is_text;
        if !are_numbers || !self.has_other && self.integers(cells).len() <= INFERRED_CLASSES {
            TaskName::Classification
        } else {
            TaskName::Regression
        }
    }

    fn classes(&self, target: &Target, cells: &CellFormat) -> Result<Vec<ClassLabel>, InferenceError> {
        let values: Vec<Label> = if !self.has_other && !self.is_text {
            self.integers(cells).into_iter().map(Label::Integer).collect()
        } else {
            self.texts.sorted().into_iter().map(|text| Label::Text(text.into())).collect()
        };
        let shown = || values.iter().map(ToString::to_string).collect::<Vec<_>>();
        if values.len() < 2 {
            return Err(InferenceError::OneClass { target: target.name().into(), found: shown().join("") });
        }
        if values.len() > CLASS_LIMIT {
            return Err(InferenceError::TooManyClasses { target: target.name().into(), limit: CLASS_LIMIT });
        }
        if let Some(unknown) = target.labels.keys().find(|key| !shown().contains(key)) {
            return Err(InferenceError::UnknownClass {
                key: "target.labels",
                class: unknown.clone(),
                known: shown().join(", "),
            });
        }
        let label = |value: Label| ClassLabel { name: target.labels.get(&value.to_string()).cloned(), value };
        Ok(values.into_iter().map(label).collect())
    }

    fn integers(&self, cells: &CellFormat) -> Vec<i64> {
        let mut integers: Vec<i64> =
            self.texts.codes.keys().filter_map(|text| whole_number(cells.number(text))).collect();
        integers.sort_unstable();
        integers.dedup();
        integers
    }
}

/// Position of the class that a cell names.
pub(crate) fn class_of(classes: &[ClassLabel], cell: &str, cells: &CellFormat) -> Option<usize> {
    let text = cell.trim();
    let wanted = match classes.first().map(|class| &class.value) {
        Some(Label::Integer(_)) => Label::Integer(whole_number(cells.number(text))?),
        _ => Label::Text(text.into()),
    };
    classes.binary_search_by(|class| class.value.cmp(&wanted)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(task: Option<TaskName>) -> Target {
        Target {
            source: TargetSource::Column("y".into()),
            task,
            minimum: None,
            maximum: None,
            labels: [("0".to_owned(), "setosa".to_owned())].into(),
            unit: None,
            description: None,
        }
    }

    fn survey(values: &[&str]) -> TargetSurvey {
        let mut survey = TargetSurvey::default();
        for value in values {
            survey.observe(value, &CellFormat::default());
        }
        survey
    }

    #[test]
    fn the_task_follows_from_the_values() {
        let many: Vec<String> = (0..30).map(|value| value.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let check = |values: &[&str], expected: TaskName| {
            let found = survey(values).inferred(&target(None), &CellFormat::default());
            assert_eq!(found, expected, "{values:?}");
        };
        check(&["0", "1", "2", "1.0"], TaskName::Classification);
        check(&["Adelie", "Gentoo"], TaskName::Classification);
        check(&["True", "False"], TaskName::Classification);
        check(&["1.5", "2", "3"], TaskName::Regression);
        check(&many, TaskName::Regression);
        check(&many[..20], TaskName::Classification);
    }

    #[test]
    fn classes_are_sorted_and_named() {
        let survey = survey(&["10", "0", "2", "0.0"]);
        let task = survey.task(&target(None), &CellFormat::default()).unwrap();
        let Task::Classification(classes) = task else { panic!("a classification") };
        assert_eq!(classes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["setosa", "2", "10"]);
        let check = |cell: &str, expected| {
            assert_eq!(class_of(&classes, cell, &CellFormat::default()), expected, "{cell}");
        };
        check("2", Some(1));
        check(" 2.0", Some(1));
        check("10", Some(2));
        check("3", None);
        check("x", None);
    }

    #[test]
    fn impossible_classes_are_refused() {
        let check = |values: &[&str], expected: &str| {
            let error = survey(values)
                .task(&target(Some(TaskName::Classification)), &CellFormat::default())
                .unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(&["1", "1"], "target \"y\": a classification needs two classes, and every row has the value 1");
        check(&["a", "b"], "target.labels: there is no class \"0\" in the data; its classes are a, b");
    }
}
