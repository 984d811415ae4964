//! The tensors of a request → rows.

use model_core::encoding::shortened;
use model_core::{Missing, RawValue, Rows};

use super::{Datatype, Elements};
use crate::error::ApiError;
use crate::fault::Fault;
use crate::question::{Collector, Place, Question, Rules, Shape, nearest};

/// Takes the tensors of a request, one after the other.
pub(crate) struct TensorReader<'m> {
    pub(super) collector: Collector<'m>,
    maximum_rows: usize,
    /// Number of rows, as the first tensor says.
    rows: Option<usize>,
    form: Form,
}

/// What the tensors met so far are.
enum Form {
    /// None was met.
    Nothing,
    /// All features, row after row.
    Matrix(Vec<f32>),
    /// Each feature by itself, those that were given.
    Columns(Vec<Option<Vec<f32>>>),
}

/// Where the elements of a tensor go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Into all features, row after row.
    Matrix,
    /// Into the feature at this position.
    Column(usize),
}

impl<'m> TensorReader<'m> {
    /// Reads tensors by these rules.
    pub(crate) fn new(rules: &Rules<'m>) -> Self {
        Self {
            collector: Collector::new(rules),
            maximum_rows: rules.maximum_rows,
            rows: None,
            form: Form::Nothing,
        }
    }

    /// Notes an error beside the tensors.
    pub(crate) fn fault(&mut self, fault: impl FnOnce() -> Fault) {
        self.collector.faults.add(fault);
    }

    /// Starts a tensor. None when it cannot be one of this model, which [`TensorReader::finish`] will tell: its elements
    /// need not be read.
    pub(crate) fn tensor<'r, 't>(
        &'r mut self,
        name: &'t str,
        datatype: &str,
        shape: &[i64],
    ) -> Option<Elements<'r, 'm, 't>> {
        match self.place(name, datatype, shape) {
            Ok((target, datatype, rows)) => {
                let width = if target == Target::Matrix { self.collector.width() } else { 1 };
                Some(Elements::new(self, name, datatype, target, [rows, width]))
            }
            Err(fault) => {
                self.collector.faults.add(|| *fault);
                None
            }
        }
    }

    /// What the elements of a tensor are, judged by all but themselves.
    fn place(
        &mut self,
        name: &str,
        datatype: &str,
        shape: &[i64],
    ) -> Result<(Target, Datatype, usize), Box<Fault>> {
        let loc = || Place::Field(name).to_string();
        let encoder = self.collector.encoder();
        let width = encoder.width();
        let Some(of_elements) = Datatype::of(datatype) else {
            return Err(Fault::new(loc(), "unknown datatype", Datatype::names(), shortened(datatype)).into());
        };
        let (rows, columns) = match *shape {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => (-1, -1),
        };
        let position = encoder.position(name);
        let is_matrix = usize::try_from(columns) == Ok(width) && (width > 1 || position.is_none());
        let target = match position {
            _ if is_matrix => Target::Matrix,
            Some(position) if columns == 1 => Target::Column(position),
            None if columns == 1 => {
                let expected = format!("{}; or one matrix [n, {width}]", nearest(encoder.schema(), name));
                return Err(Fault::new(loc(), "no feature of this name", expected, shortened(name)).into());
            }
            _ => {
                let expected = match position {
                    Some(_) => "[n] or [n, 1] for a feature".into(),
                    None => format!("[n, {width}], or one tensor a feature"),
                };
                return Err(Fault::new(loc(), "not of the right shape", expected, shown(shape)).into());
            }
        };
        let Ok(rows) = usize::try_from(rows) else {
            return Err(Fault::new(loc(), "not of the right shape", "a number of rows", shown(shape)).into());
        };
        let first = *self.rows.get_or_insert(rows);
        if rows != first {
            let expected = format!("{first} as in the first tensor");
            return Err(Fault::new(loc(), "another number of rows", expected, rows.to_string()).into());
        }
        match (&self.form, target) {
            (Form::Nothing, _) => {}
            (Form::Columns(columns), Target::Column(position)) if columns[position].is_none() => {}
            (Form::Columns(_), Target::Column(position)) => {
                let expected = format!("{} once", encoder.schema().features[position].identifier);
                return Err(Fault::new(loc(), "given twice", expected, shortened(name)).into());
            }
            (Form::Matrix(_), _) | (Form::Columns(_), Target::Matrix) => {
                let expected = format!("one matrix [n, {width}] alone, or one tensor a feature");
                return Err(Fault::new(loc(), "a tensor beside a matrix", expected, shown(shape)).into());
            }
        }
        // Even one that turns out wrong was given.
        match target {
            Target::Matrix => self.form = Form::Matrix(Vec::new()),
            Target::Column(position) => {
                if matches!(self.form, Form::Nothing) {
                    self.form = Form::Columns(vec![None; width]);
                }
                self.keep(Target::Column(position), Vec::new());
            }
        }
        Ok((target, of_elements, rows))
    }

    /// Whether the rows are too many to be read.
    pub(super) fn is_too_long(&self) -> bool {
        self.rows.is_some_and(|rows| rows > self.maximum_rows)
    }

    /// Takes the encoded elements of a tensor.
    pub(super) fn keep(&mut self, target: Target, values: Vec<f32>) {
        match (&mut self.form, target) {
            (Form::Columns(columns), Target::Column(position)) => columns[position] = Some(values),
            (form, Target::Matrix) => *form = Form::Matrix(values),
            (Form::Nothing | Form::Matrix(_), Target::Column(_)) => {}
        }
    }

    /// The question, when nothing is wrong. Features without a tensor are missing.
    ///
    /// # Errors
    /// When there are too many rows, or with all that is wrong with the tensors.
    pub(crate) fn finish(mut self) -> Result<Question, ApiError> {
        if let Some(found) = self.rows.filter(|&rows| rows > self.maximum_rows) {
            return Err(ApiError::TooManyRows { limit: self.maximum_rows, found });
        }
        let width = self.collector.width();
        let rows = self.rows.unwrap_or_default();
        if self.collector.faults.is_empty() && rows == 0 {
            let got = if self.rows.is_some() { "none" } else { "no tensor" };
            self.fault(|| Fault::new("inputs", "no rows", "at least one row", got));
        }
        let values = match std::mem::replace(&mut self.form, Form::Nothing) {
            Form::Nothing => Vec::new(),
            Form::Matrix(values) => values,
            Form::Columns(columns) => by_rows(&self.completed(columns), rows),
        };
        if self.collector.faults.is_empty() {
            if values.len() == rows * width {
                self.collector.take(Rows::from_values(width, values));
            } else {
                self.fault(|| {
                    Fault::new("inputs", "a tensor has no elements", "as many as its shape says", "none")
                });
            }
        }
        self.collector.finish(Shape::Data).map_err(|faults| ApiError::Invalid { faults })
    }

    /// Each feature's values, or the one that stands in for all of them.
    fn completed(&mut self, columns: Vec<Option<Vec<f32>>>) -> Vec<Column> {
        let mut completed = Vec::with_capacity(columns.len());
        for (position, column) in columns.into_iter().enumerate() {
            let feature = &self.collector.encoder().schema().features[position];
            completed.push(match (column, &feature.missing) {
                (Some(values), _) => Column::Each(values),
                (None, Missing::Refuse) => {
                    let expected = format!("a tensor of {}", self.collector.encoder().expected(position));
                    self.fault(|| Fault::new(&*feature.identifier, "no tensor", expected, "nothing"));
                    Column::All(f32::NAN)
                }
                (None, Missing::Allow | Missing::Default(_)) => {
                    let place = Place::Field(&feature.identifier);
                    Column::All(self.collector.value(position, RawValue::Missing, &place))
                }
            });
        }
        completed
    }
}

enum Column {
    /// A value for each row.
    Each(Vec<f32>),
    /// One value for all rows.
    All(f32),
}

/// The columns as rows; nothing when a column was not read to its end.
fn by_rows(columns: &[Column], rows: usize) -> Vec<f32> {
    let is_whole = |column: &Column| match column {
        Column::Each(values) => values.len() == rows,
        Column::All(_) => true,
    };
    if !columns.iter().all(is_whole) {
        return Vec::new();
    }
    let width = columns.len();
    let mut encoded = vec![f32::NAN; rows * width];
    for (position, column) in columns.iter().enumerate() {
        let places = encoded.iter_mut().skip(position).step_by(width);
        match column {
            Column::Each(values) => places.zip(values).for_each(|(place, value)| *place = *value),
            Column::All(value) => places.for_each(|place| *place = *value),
        }
    }
    encoded
}

/// A shape in an error, shortened.
fn shown(shape: &[i64]) -> String {
    const LISTED: usize = 8;
    match shape.get(..LISTED) {
        Some(first) if shape.len() > LISTED => format!("{first:?} and more"),
        _ => format!("{shape:?}"),
    }
}
