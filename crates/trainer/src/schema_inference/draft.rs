//! The schema as far as the whole file decides about it.

use model_core::schema::{
    Category, DefaultValue, Feature, FeatureKind, FeatureSchema, Levels, Missing, Target, Task, identifier,
};

use super::{ColumnSurvey, InferenceError, Survey, whole_number};
use crate::config::{CategoryConstraints, Config, Constraints, DefaultFrom, KindName, MissingPolicy, Scalar};
use crate::roles::{FeatureColumn, Source};

/// A schema whose levels are those of the whole file and whose computed defaults are still open. The training part of
/// the rows closes both.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The schema; a feature with a computed default allows missing values here.
    pub schema: FeatureSchema,
    /// Position of each feature's column in the record.
    pub positions: Vec<usize>,
    /// How the default of each feature is computed, for those that have such a default.
    pub computed: Vec<Option<DefaultFrom>>,
    /// Columns that are no features although the config does not exclude them.
    pub left_out: Vec<LeftOut>,
    /// What the user should know, in sentences.
    pub warnings: Vec<String>,
}

/// A column that is no feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Name of the column.
    pub column: String,
    /// Why.
    pub reason: &'static str,
}

impl Draft {
    /// Puts config and survey together.
    ///
    /// # Errors
    /// When they contradict each other or no feature is left.
    pub fn new(config: &Config, source: &Source, survey: &Survey) -> Result<Self, InferenceError> {
        let mut draft = Self {
            schema: FeatureSchema {
                features: Vec::new(),
                target: Target {
                    name: config.target.name().into(),
                    description: config.target.description.clone(),
                    unit: config.target.unit.clone(),
                    task: task(config, survey)?,
                },
                cells: config.data.cells.clone(),
            },
            positions: Vec::new(),
            computed: Vec::new(),
            left_out: Vec::new(),
            warnings: Vec::new(),
        };
        for (column, found) in source.roles.features.iter().zip(&survey.features) {
            draft.add(source.roles.listed, column, found)?;
        }
        if draft.schema.features.is_empty() {
            let reasons: Vec<String> =
                draft.left_out.iter().map(|left| format!("{} {}", left.column, left.reason)).collect();
            return Err(InferenceError::NoFeatures { left_out: reasons.join(", ") });
        }
        Ok(draft)
    }

    fn add(
        &mut self,
        listed: bool,
        column: &FeatureColumn,
        found: &ColumnSurvey,
    ) -> Result<(), InferenceError> {
        let name = || column.name.clone();
        let is_named = listed || column.settings.kind.is_some();
        let of_values = if column.is_text { Some(KindName::Category) } else { found.kind() };
        let Some(kind) = column.settings.kind.or(of_values).filter(|_| found.present > 0) else {
            if is_named {
                return Err(InferenceError::NoValue { feature: name() });
            }
            self.left_out.push(LeftOut { column: name(), reason: "holds no value in any row" });
            return Ok(());
        };
        if kind == KindName::Category && column.settings.kind.is_none() && found.looks_like_names() {
            if !listed {
                let reason = "holds names or ids: most of its values occur once";
                self.left_out.push(LeftOut { column: name(), reason });
                return Ok(());
            }
            self.warnings
                .push(format!("{:?} holds names or ids: most of its values occur once", column.name));
        }
        if matches!(kind, KindName::Number | KindName::Integer) && found.merged_values() > 0 {
            self.warnings.push(format!(
                "{:?}: at least {} values are rounded to the same 32-bit number as a different value",
                column.name,
                found.merged_values()
            ));
        }
        let (missing, computed) = missing(column, kind, found)?;
        self.schema.features.push(Feature {
            name: name(),
            identifier: column.settings.identifier.clone().unwrap_or_else(|| identifier(&column.name)),
            description: column.settings.description.clone(),
            unit: column.settings.unit.clone(),
            kind: feature_kind(column.settings.constraints(kind)?, column.is_text, found, &self.schema),
            missing,
        });
        self.positions.push(column.position);
        self.computed.push(computed);
        Ok(())
    }
}

fn task(config: &Config, survey: &Survey) -> Result<Task, InferenceError> {
    survey.target.task(&config.target, &config.data.cells)
}

fn feature_kind(
    constraints: Constraints,
    is_text: bool,
    found: &ColumnSurvey,
    schema: &FeatureSchema,
) -> FeatureKind {
    let category = |levels, closed| FeatureKind::Category(Category { levels, closed });
    let integers = || -> Option<Vec<i64>> {
        let whole = |text: &&str| whole_number(schema.cells.number(text));
        let mut values = found.levels().iter().map(whole).collect::<Option<Vec<i64>>>()?;
        values.sort_unstable();
        values.dedup();
        Some(values)
    };
    let texts = || found.levels().into_iter().map(str::to_owned).collect();
    match constraints {
        Constraints::Number { minimum, maximum } => FeatureKind::Number { minimum, maximum },
        Constraints::Integer { minimum, maximum, allowed } => {
            FeatureKind::Integer { minimum, maximum, allowed }
        }
        Constraints::Boolean => FeatureKind::Boolean,
        Constraints::Category(CategoryConstraints::Inferred) => match integers().filter(|_| !is_text) {
            Some(values) => category(Levels::Integer { values, minimum: None, maximum: None }, false),
            None => category(Levels::Text(texts()), false),
        },
        Constraints::Category(CategoryConstraints::Text { allowed }) if allowed.is_empty() => {
            category(Levels::Text(texts()), false)
        }
        Constraints::Category(CategoryConstraints::Text { allowed }) => category(Levels::Text(allowed), true),
        Constraints::Category(CategoryConstraints::Integer { minimum, maximum, allowed }) => {
            let closed = !allowed.is_empty();
            let within =
                |value: &i64| minimum.is_none_or(|m| *value >= m) && maximum.is_none_or(|m| *value <= m);
            // Levels that are no whole numbers or beyond the bounds are bad cells; the second pass reports them.
            let seen = || {
                let levels = found.levels();
                let mut values: Vec<i64> = levels
                    .iter()
                    .filter_map(|text| whole_number(schema.cells.number(text)))
                    .filter(within)
                    .collect();
                values.sort_unstable();
                values.dedup();
                values
            };
            let values = if closed { allowed } else { seen() };
            category(Levels::Integer { values, minimum, maximum }, closed)
        }
    }
}

fn missing(
    column: &FeatureColumn,
    kind: KindName,
    found: &ColumnSurvey,
) -> Result<(Missing, Option<DefaultFrom>), InferenceError> {
    Ok(match &column.settings.missing {
        None if found.missing > 0 => (Missing::Allow, None),
        None | Some(MissingPolicy::Refuse) => (Missing::Refuse, None),
        Some(MissingPolicy::Allow) => (Missing::Allow, None),
        Some(MissingPolicy::Value(value)) => (Missing::Default(default_value(column, kind, value)?), None),
        Some(MissingPolicy::Computed(how)) => {
            let suits = match how {
                DefaultFrom::Mean => kind == KindName::Number,
                DefaultFrom::Median => matches!(kind, KindName::Number | KindName::Integer),
                DefaultFrom::MostFrequent => true,
            };
            if !suits {
                return Err(InferenceError::ComputedDefault {
                    feature: column.name.clone(),
                    kind: in_words(kind),
                });
            }
            (Missing::Allow, Some(*how))
        }
    })
}

fn default_value(
    column: &FeatureColumn,
    kind: KindName,
    value: &Scalar,
) -> Result<DefaultValue, InferenceError> {
    let refused = || InferenceError::Default {
        feature: column.name.clone(),
        default: value.shown(),
        kind: in_words(kind),
    };
    Ok(match (kind, value) {
        (KindName::Number, Scalar::Integer(value)) => DefaultValue::Number(*value as f64),
        (KindName::Number, Scalar::Number(value)) => DefaultValue::Number(*value),
        (KindName::Integer | KindName::Category, Scalar::Integer(value)) => DefaultValue::Integer(*value),
        (KindName::Category, Scalar::Text(value)) => DefaultValue::Text(value.clone()),
        (KindName::Boolean, Scalar::Boolean(value)) => DefaultValue::Boolean(*value),
        _ => return Err(refused()),
    })
}

/// The kind as configs spell it.
pub(crate) fn in_words(kind: KindName) -> &'static str {
    match kind {
        KindName::Number => "number",
        KindName::Integer => "integer",
        KindName::Category => "category",
        KindName::Boolean => "boolean",
    }
}
