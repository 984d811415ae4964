//! What training saw, in words: for warnings and for the documents.

use model_core::Model;
use model_core::profile::Distribution;
use model_core::schema::{FeatureKind, Levels};

/// Most levels that are listed.
const LISTED: usize = 12;

/// What training saw of each feature: `from 5.9 to 46.08`, `female or male`, `one of 262 values`.
pub(crate) fn seen_in_training(model: &dyn Model) -> Vec<String> {
    let features = model.schema().features.iter();
    features.zip(&model.profile().features).map(|(feature, seen)| in_words(&feature.kind, seen)).collect()
}

fn in_words(kind: &FeatureKind, seen: &Distribution) -> String {
    let counts = match seen {
        Distribution::Numeric(numeric) if numeric.quantiles.is_empty() => return "no value".into(),
        Distribution::Numeric(numeric) => return format!("from {} to {}", numeric.minimum, numeric.maximum),
        Distribution::Levels { counts, .. } => counts,
    };
    let name = |code: usize| match kind {
        FeatureKind::Category(category) => match &category.levels {
            Levels::Text(levels) => levels.get(code).map(|level| format!("{level:?}")),
            Levels::Integer { values, .. } => values.get(code).map(i64::to_string),
        },
        FeatureKind::Boolean => Some((code == 1).to_string()),
        FeatureKind::Number { .. } | FeatureKind::Integer { .. } => None,
    };
    let occurred: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
    if occurred.len() > LISTED {
        return format!("one of {} values", occurred.len());
    }
    let names: Vec<String> = occurred.into_iter().filter_map(name).collect();
    match names.split_last() {
        None => "no value".into(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use model_core::schema::Category;

    use super::*;

    #[test]
    fn levels_are_listed_as_long_as_they_are_few() {
        let check = |levels: Levels, counts: &[u64], expected: &str| {
            let kind = FeatureKind::Category(Category { levels, closed: false });
            let seen = Distribution::Levels { missing: 0, counts: counts.to_vec() };
            assert_eq!(in_words(&kind, &seen), expected);
        };
        let text = |levels: &[&str]| Levels::Text(levels.iter().map(|&level| level.into()).collect());
        let zones = |last| Levels::Integer { values: (1..=last).collect(), minimum: None, maximum: None };
        check(text(&["female", "male"]), &[3, 4], "\"female\" or \"male\"");
        check(text(&["female", "male"]), &[0, 4], "\"male\"");
        check(text(&[]), &[], "no value");
        check(zones(3), &[1, 1, 1], "1, 2 or 3");
        check(zones(20), &[1; 20], "one of 20 values");
    }
}
