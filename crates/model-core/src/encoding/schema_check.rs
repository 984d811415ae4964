//! Whether a schema can be used: artifacts and configs are checked by the same rules.

use thiserror::Error;

use crate::schema::{Feature, FeatureKind, FeatureSchema, Levels, Task};

/// Codes of levels must be exact in an `f32`.
const MAXIMUM_LEVELS: usize = 1 << 24;

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// No feature at all.
    #[error("the schema has no features")]
    Empty,
    /// Two features would be asked for by one name.
    #[error(
        "features {first:?} and {second:?} are both asked for as {identifier:?}: give one of them another `identifier`"
    )]
    SameIdentifier {
        /// Column name of the earlier one.
        first: String,
        /// Column name of the later one.
        second: String,
        /// The name they share.
        identifier: String,
    },
    /// A feature contradicts itself.
    #[error("feature {feature:?}: {reason}")]
    Feature {
        /// Column name.
        feature: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The classes are not usable.
    #[error("target {target:?}: {reason}")]
    Target {
        /// Name of the target.
        target: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Checks what each feature and the target say of themselves.
///
/// # Errors
/// When there is no feature, bounds are crossed or not finite, levels are not sorted and distinct, or the classes are
/// not usable.
pub(super) fn check(schema: &FeatureSchema) -> Result<(), SchemaError> {
    if schema.features.is_empty() {
        return Err(SchemaError::Empty);
    }
    for feature in &schema.features {
        check_feature(feature)
            .map_err(|reason| SchemaError::Feature { feature: feature.name.clone(), reason })?;
    }
    check_target(&schema.target.task)
        .map_err(|reason| SchemaError::Target { target: schema.target.name.clone(), reason })
}

fn check_feature(feature: &Feature) -> Result<(), String> {
    match &feature.kind {
        FeatureKind::Number { minimum, maximum } => {
            if [minimum, maximum].into_iter().flatten().any(|bound| !bound.is_finite()) {
                return Err("a bound is not finite".into());
            }
            uncrossed(*minimum, *maximum)
        }
        FeatureKind::Integer { minimum, maximum, allowed } => {
            ascending(allowed, "allowed values")?;
            uncrossed(*minimum, *maximum)
        }
        FeatureKind::Category(category) => {
            if category.levels.len() >= MAXIMUM_LEVELS {
                return Err(format!("{} levels, more than {}", category.levels.len(), MAXIMUM_LEVELS - 1));
            }
            match &category.levels {
                Levels::Text(levels) => ascending(levels, "levels"),
                Levels::Integer { values, minimum, maximum } => {
                    ascending(values, "levels")?;
                    uncrossed(*minimum, *maximum)
                }
            }
        }
        FeatureKind::Boolean => Ok(()),
    }
}

fn check_target(task: &Task) -> Result<(), String> {
    let Task::Classification(classes) = task else { return Ok(()) };
    if classes.is_empty() {
        return Err("no classes".into());
    }
    let values: Vec<_> = classes.iter().map(|class| &class.value).collect();
    ascending(&values, "classes")
}

fn ascending<T: PartialOrd>(values: &[T], what: &str) -> Result<(), String> {
    if values.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(())
    } else {
        Err(format!("the {what} are not in ascending order without repetition"))
    }
}

fn uncrossed<T: PartialOrd + std::fmt::Display + Copy>(
    minimum: Option<T>,
    maximum: Option<T>,
) -> Result<(), String> {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) if minimum > maximum => {
            Err(format!("the minimum {minimum} is above the maximum {maximum}"))
        }
        _ => Ok(()),
    }
}
