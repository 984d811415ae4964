//! Names with a bar each, such as the levels of a category or the importance of features.

use super::{CHARACTER, COLOURS, Drawing, shortened};

const WIDTH: f64 = 400.0;
const ROW: f64 = 20.0;
const TOP: f64 = 26.0;
/// Most room for the names before the bars, and its characters.
const NAMES: f64 = 160.0;
const NAME_CHARACTERS: usize = 21;
/// Least room behind a bar for its figure.
const FIGURES: f64 = 40.0;
/// Half the height of the end of a whisker.
const END: f64 = 3.0;

/// A bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    /// Before it.
    pub(crate) name: String,
    /// How long it is; one of negative length goes to the left.
    pub(crate) length: f64,
    /// How far its whisker reaches to either side of its end; 0 for none.
    pub(crate) spread: f64,
    /// Behind it.
    pub(crate) words: String,
}

/// A bar for each name, with its figure in words behind it.
pub(crate) fn bars(title: &str, bars: &[(String, f64, String)]) -> String {
    let bar = |(name, length, words): &(String, f64, String)| Bar {
        name: name.clone(),
        length: *length,
        spread: 0.0,
        words: words.clone(),
    };
    whiskered(title, &bars.iter().map(bar).collect::<Vec<_>>())
}

/// The same with a whisker at the end of each bar.
pub(crate) fn whiskered(title: &str, bars: &[Bar]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 6.0;
    let finite = |number: f64| if number.is_finite() { number } else { 0.0 };
    let ends = || bars.iter().map(|bar| (finite(bar.length), finite(bar.spread)));
    let low = ends().map(|(length, spread)| length - spread).fold(0.0, f64::min);
    let high = ends().map(|(length, spread)| length + spread).fold(0.0, f64::max);
    let longest = |of: fn(&Bar) -> &String| bars.iter().map(|bar| of(bar).chars().count()).max().unwrap_or(0);
    let names = (CHARACTER * longest(|bar| &bar.name) as f64 + 10.0).min(NAMES);
    let room = WIDTH - names - FIGURES.max(CHARACTER * longest(|bar| &bar.words) as f64 + 10.0);
    let x = |number: f64| names + (number - low) / (high - low).max(1e-300) * room;
    let mut drawing = Drawing::new(WIDTH, height, title);
    drawing.heading(0.0, title);
    for (place, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * place as f64;
        let (length, spread) = (finite(bar.length), finite(bar.spread));
        let (from, to) = (x(length.min(0.0)), x(length.max(0.0)));
        let colour = if length < 0.0 { COLOURS[1] } else { COLOURS[0] };
        drawing.text([names - 6.0, y + 14.0], "end", &shortened(&bar.name, NAME_CHARACTERS));
        let tip = format!("{}: {}", bar.name, bar.words);
        drawing.rectangle(from, y + 2.0, (to - from).max(0.5), ROW - 5.0, colour, &tip);
        let mut behind = to;
        if spread > 0.0 {
            let (left, right, middle) = (x(length - spread), x(length + spread), y + 2.0 + (ROW - 5.0) / 2.0);
            drawing.line([left, middle], [right, middle], 1.0);
            for end in [left, right] {
                drawing.line([end, middle - END], [end, middle + END], 1.0);
            }
            behind = to.max(right);
        }
        drawing.text([behind + 5.0, y + 14.0], "start", &bar.words);
    }
    drawing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whisker_stands_at_the_end_of_its_bar() {
        let bar = |name: &str, length: f64, spread: f64| Bar {
            name: name.into(),
            length,
            spread,
            words: "1".into(),
        };
        // The longest name takes 3 × 7.1 + 10 = 31.3 pixels, so that 328.7 are left for −1 to 4, 65.74 each: zero stands at 97.0.
        let svg = whiskered("T", &[bar("a", 3.0, 1.0), bar("<b>", 0.0, 1.0), bar("c", f64::NAN, f64::NAN)]);
        assert!(svg.contains("<rect x=\"97.0\" y=\"28.0\" width=\"197.2\""), "{svg}");
        assert!(svg.contains("<line x1=\"228.5\" y1=\"35.5\" x2=\"360.0\" y2=\"35.5\""), "{svg}");
        assert!(svg.contains("<line x1=\"31.3\" y1=\"55.5\" x2=\"162.8\" y2=\"55.5\""), "{svg}");
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("NaN"), "{svg}");
    }
}
