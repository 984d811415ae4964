//! Why the data and the config do not go together.

use model_core::encoding::SchemaError;
use thiserror::Error;

use crate::config::LimitError;
use crate::csv_table::TableError;

/// Why the data and the config do not go together.
#[derive(Debug, Error)]
pub enum InferenceError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A constraint of the config does not suit the kind that the data shows.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The features contradict each other.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A feature that the config lists and that is never there.
    #[error("feature {feature:?}: the column holds no value in any row; take it out of the features")]
    NoValue {
        /// Name of the column.
        feature: String,
    },
    /// A default of another type than the feature.
    #[error("feature {feature:?}: the default {default} is no value of kind {kind}")]
    Default {
        /// Name of the column.
        feature: String,
        /// The default as the config gives it.
        default: String,
        /// The kind of the feature.
        kind: &'static str,
    },
    /// A default that cannot be computed of such values.
    #[error(
        "feature {feature:?}: a column of kind {kind} has no such default; use `most_frequent` or a value"
    )]
    ComputedDefault {
        /// Name of the column.
        feature: String,
        /// The kind of the feature.
        kind: &'static str,
    },
    /// A constraint on what is no feature.
    #[error("model.monotonic_cst: {feature:?} is no feature; the features are {known}")]
    ConstrainsNoFeature {
        /// The name in the config.
        feature: String,
        /// Names of the features.
        known: String,
    },
    /// A constraint on levels, which have no order.
    #[error(
        "model.monotonic_cst: feature {feature:?} is a category, whose levels have no order; take it out, or set the \
         feature's kind to number"
    )]
    ConstrainsCategory {
        /// Name of the feature.
        feature: String,
    },
    /// A constraint on the probabilities of many classes.
    #[error(
        "model.monotonic_cst: the target {target:?} has {classes} classes; constraints are for numbers and for the \
         probability of the second of two classes"
    )]
    ConstrainsManyClasses {
        /// Name of the target.
        target: String,
        /// How many.
        classes: usize,
    },
    /// No column is left.
    #[error("no column is left as a feature: {left_out}")]
    NoFeatures {
        /// Which columns were left out, and why.
        left_out: String,
    },
    /// Nothing to tell apart.
    #[error("target {target:?}: a classification needs two classes, and every row has the value {found}")]
    OneClass {
        /// Name of the target.
        target: String,
        /// The one value.
        found: String,
    },
    /// Too many to tell apart.
    #[error(
        "target {target:?}: more than {limit} classes; if it is a number, say `\"task\": \"regression\"`"
    )]
    TooManyClasses {
        /// Name of the target.
        target: String,
        /// The most there may be.
        limit: usize,
    },
    /// The config names a class that the data does not have.
    #[error("{key}: there is no class {class:?} in the data; its classes are {known}")]
    UnknownClass {
        /// Key of the config.
        key: &'static str,
        /// The class named.
        class: String,
        /// The classes of the data.
        known: String,
    },
    /// Every record was left out.
    #[error("no row is left of {records} records: {reasons}")]
    NoRowsLeft {
        /// Records in the file.
        records: u64,
        /// How many were dropped, by reason.
        reasons: String,
    },
}
