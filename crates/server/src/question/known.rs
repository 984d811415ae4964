//! The known field that a caller may have meant by an unknown one.

use model_core::FeatureSchema;

/// Most fields that an error lists.
const LISTED: usize = 30;
/// Distances to an overlong name cost time and mean nothing.
const COMPARED_CHARACTERS: usize = 100;

/// Names the known field that is most like `name`, or lists the known ones when none is near.
pub(crate) fn nearest(schema: &FeatureSchema, name: &str) -> String {
    let name: String = name.chars().take(COMPARED_CHARACTERS).collect::<String>().to_lowercase();
    let spellings = schema.features.iter().flat_map(|feature| [&feature.identifier, &feature.name]);
    let nearest = spellings
        .map(|known| (strsim::damerau_levenshtein(&name, &known.to_lowercase()), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1));
    if let Some((_, known)) = nearest {
        return format!("{known}, the nearest known field");
    }
    let identifiers: Vec<_> =
        schema.features.iter().take(LISTED).map(|feature| feature.identifier.as_str()).collect();
    let listed = identifiers.join(", ");
    match schema.features.len().saturating_sub(LISTED) {
        0 => format!("one of {listed}"),
        more => format!("one of {listed} or {more} more"),
    }
}
