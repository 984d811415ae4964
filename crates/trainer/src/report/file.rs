//! A report as a file, in the form that its name tells.

use std::path::Path;

use super::page::{Part, html, markdown};
use crate::predict::{Destination, PredictError};

/// Writes a page, or for a name in `.md` Markdown with its pictures as files beside it. A file appears when it is complete.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(path: &Path, title: &str, parts: &[Part]) -> Result<(), PredictError> {
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md")) {
        return store(path, &html(title, parts));
    }
    for part in parts {
        if let Part::Picture { svg, file, .. } = part {
            store(&path.with_file_name(file), &standing_alone(svg))?;
        }
    }
    store(path, &markdown(title, parts))
}

/// A picture that has no page to take the colour of its text from: dark on light ground, and light on dark.
fn standing_alone(svg: &str) -> String {
    const INK: &str =
        "<style>:root{color:#1f2328}@media(prefers-color-scheme:dark){:root{color:#e6edf3}}</style>";
    svg.split_once('>').map_or_else(|| svg.to_owned(), |(open, rest)| format!("{open}>{INK}{rest}"))
}

/// Writes a text file.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn store(path: &Path, text: &str) -> Result<(), PredictError> {
    let mut destination = Destination::open(Some(path))?;
    destination.write(text.as_bytes())?;
    destination.finish()
}

/// What the names of pictures beside a report begin with.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "report".into(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_by_itself_brings_its_ink() {
        let svg = standing_alone("<svg fill=\"currentColor\"><title>a > b</title></svg>");
        assert!(svg.starts_with("<svg fill=\"currentColor\"><style>:root{color:#1f2328}"), "{svg}");
        assert!(svg.ends_with("</style><title>a > b</title></svg>"), "{svg}");
    }
}
