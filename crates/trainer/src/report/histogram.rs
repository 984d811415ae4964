//! Two distributions over the same bins as a picture, by hand: an SVG element with nothing from elsewhere.

use std::fmt::Write as _;

use drift::Bar;

use super::page::escaped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 48.0;
const LEFT: f64 = 44.0;
/// Most bins that are drawn: of more, the first.
const MOST_BARS: usize = 40;
/// Characters of a label.
const LABEL_CHARS: usize = 12;
/// Colours that are told apart without colour vision, on light and dark ground.
const BEFORE: &str = "#8a8f98";
const NOW: &str = "#d9730d";

/// The shares of each bin side by side, training rows in grey and new rows in orange. The title may be any text.
pub(crate) fn histogram(title: &str, bars: &[Bar]) -> String {
    let shown = &bars[..bars.len().min(MOST_BARS)];
    let most = shown.iter().map(|bar| bar.before.max(bar.now)).fold(1e-9, f64::max);
    let step = (WIDTH - LEFT) / shown.len().max(1) as f64;
    let tall = HEIGHT - TOP - BOTTOM;
    let title = escaped(title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"11\" fill=\"currentColor\"><title>{title}</title>\
         <text x=\"{LEFT}\" y=\"14\" font-size=\"13\" font-weight=\"bold\">{title}</text>\
         <rect x=\"{LEFT}\" y=\"21\" width=\"10\" height=\"10\" fill=\"{BEFORE}\"/><text x=\"58\" y=\"30\">training rows</text>\
         <rect x=\"150\" y=\"21\" width=\"10\" height=\"10\" fill=\"{NOW}\"/><text x=\"164\" y=\"30\">new rows</text>"
    );
    for share in [most, most / 2.0] {
        let y = TOP + tall * (1.0 - share / most);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{BEFORE}\" stroke-opacity=\".3\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{:.1} %</text>",
            LEFT - 4.0,
            y + 4.0,
            share * 100.0
        );
    }
    let every = shown.len().div_ceil(10).max(1);
    for (place, bar) in shown.iter().enumerate() {
        let x = LEFT + step * place as f64;
        for (share, colour, offset) in [(bar.before, BEFORE, 0.06), (bar.now, NOW, 0.5)] {
            let height = tall * share / most;
            let _ = write!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
                x + step * offset,
                TOP + tall - height,
                step * 0.42
            );
        }
        if place % every == 0 || place + 1 == shown.len() {
            let label: String = bar.label.chars().take(LABEL_CHARS).collect();
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" transform=\"rotate(-30 {:.1} {:.1})\">{}</text>",
                x + step * 0.6,
                HEIGHT - BOTTOM + 14.0,
                x + step * 0.6,
                HEIGHT - BOTTOM + 14.0,
                escaped(&label)
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_both_shares_and_text_is_no_markup() {
        let bar = |label: &str, before, now| Bar { label: label.into(), before, now };
        let svg = histogram("<b>&", &[bar("<i>", 0.5, 0.25), bar("x", 0.5, 0.75)]);
        assert!(svg.contains("<title>&lt;b&gt;&amp;</title>") && svg.contains("&lt;i&gt;"), "{svg}");
        // The tallest bar is as tall as the picture allows, 240 − 40 − 48 = 152; the one of a third of it 50.7.
        assert!(svg.contains("height=\"152.0\"") && svg.contains("height=\"50.7\""), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 2 + 4);
        assert!(histogram("none", &[]).ends_with("</svg>"));
    }
}
