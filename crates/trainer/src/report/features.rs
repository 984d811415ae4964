//! The features of a model in one table.

use model_core::Header;
use model_core::header::Importance;
use model_core::profile::{Distribution, Profile};
use model_core::schema::{DefaultValue, Feature, FeatureKind, Levels, Missing};

use super::{align_right, figure, grid};

/// Levels that are shown by name.
const SHOWN_LEVELS: usize = 4;

/// Kind, constraints and importance of each feature; with the profile also the range seen in training.
pub fn features(header: &Header, profile: Option<&Profile>) -> String {
    let has_permutation = header.importances.iter().any(|importance| importance.permutation.is_some());
    let mut table = grid();
    let mut titles = vec!["feature", "kind", "missing"];
    if profile.is_some() {
        titles.push("seen in training");
    }
    titles.push("importance");
    if has_permutation {
        titles.push("permuted ± sd");
    }
    table.set_header(titles);
    for (position, feature) in header.schema.features.iter().enumerate() {
        let mut row = vec![name(feature), kind(feature, header), missing(&feature.missing)];
        if let Some(profile) = profile {
            row.push(profile.features.get(position).map_or_else(String::new, seen));
        }
        let importance = header.importances.get(position);
        row.push(importance.map_or_else(String::new, |importance| format!("{:.4}", importance.impurity)));
        if has_permutation {
            row.push(importance.map_or_else(String::new, permuted));
        }
        table.add_row(row);
    }
    align_right(&mut table);
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    format!("{}\n", table.trim_fmt())
}

/// The drop of the score when a feature is permuted, with its deviation where that is known.
pub(crate) fn permuted(importance: &Importance) -> String {
    let mean = importance.permutation.map_or_else(String::new, figure);
    match importance.permutation_deviation {
        Some(deviation) => format!("{mean} ± {}", figure(deviation)),
        None => mean,
    }
}

fn name(feature: &Feature) -> String {
    if feature.name == feature.identifier {
        feature.name.clone()
    } else {
        format!("{} ({})", feature.name, feature.identifier)
    }
}

/// The kind with its bounds, and the constraint that the config puts on it.
fn kind(feature: &Feature, header: &Header) -> String {
    let kind = of_kind(&feature.kind);
    match header.config["model"]["monotonic_cst"][&feature.name].as_i64() {
        Some(1) => format!("{kind}, answers never fall"),
        Some(-1) => format!("{kind}, answers never rise"),
        _ => kind,
    }
}

fn of_kind(kind: &FeatureKind) -> String {
    match kind {
        FeatureKind::Number { minimum, maximum } => bounded("number", minimum.as_ref(), maximum.as_ref()),
        FeatureKind::Integer { minimum, maximum, allowed } if allowed.is_empty() => {
            bounded("integer", minimum.as_ref(), maximum.as_ref())
        }
        FeatureKind::Integer { allowed, .. } => listed("integer: ", allowed, false),
        FeatureKind::Boolean => "boolean".into(),
        FeatureKind::Category(category) => match &category.levels {
            Levels::Text(levels) => listed("category: ", levels, !category.closed),
            Levels::Integer { values, minimum, maximum } => {
                bounded(&listed("category: ", values, !category.closed), minimum.as_ref(), maximum.as_ref())
            }
        },
    }
}

fn bounded<T: std::fmt::Display>(kind: &str, minimum: Option<&T>, maximum: Option<&T>) -> String {
    match (minimum, maximum) {
        (None, None) => kind.into(),
        (Some(minimum), None) => format!("{kind} from {minimum}"),
        (None, Some(maximum)) => format!("{kind} up to {maximum}"),
        (Some(minimum), Some(maximum)) => format!("{kind} from {minimum} to {maximum}"),
    }
}

fn listed<T: std::fmt::Display>(kind: &str, levels: &[T], is_open: bool) -> String {
    if levels.len() > SHOWN_LEVELS {
        return format!("{kind}{} levels", levels.len());
    }
    let mut words: Vec<String> = levels.iter().map(ToString::to_string).collect();
    if is_open {
        words.push("…".into());
    }
    format!("{kind}{}", words.join(", "))
}

fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Refuse => "refused".into(),
        Missing::Allow => "allowed".into(),
        Missing::Default(DefaultValue::Number(value)) => format!("becomes {value}"),
        Missing::Default(DefaultValue::Integer(value)) => format!("becomes {value}"),
        Missing::Default(DefaultValue::Text(value)) => format!("becomes {value}"),
        Missing::Default(DefaultValue::Boolean(value)) => format!("becomes {value}"),
    }
}

fn seen(distribution: &Distribution) -> String {
    let (range, missing) = match distribution {
        Distribution::Numeric(numeric) if numeric.quantiles.is_empty() => ("nothing".into(), numeric.missing),
        Distribution::Numeric(numeric) => {
            (format!("{} … {}", numeric.minimum, numeric.maximum), numeric.missing)
        }
        Distribution::Levels { missing, counts } => {
            (format!("{} levels", counts.iter().filter(|&&rows| rows > 0).count()), *missing)
        }
    };
    if missing > 0 { format!("{range}, {missing} missing") } else { range }
}
