//! Two distributions over the same bins side by side: training rows in grey and new rows in orange.

use drift::Bar;

use super::scale::Scale;
use super::{CHARACTER, COLOURS, Drawing, shortened};
use crate::report::value;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 240.0;
const TOP: f64 = 50.0;
const LEFT: f64 = 44.0;
/// Room below for slanted labels: a least, and the share of their length.
const BELOW: f64 = 14.0;
const SLANT: f64 = 0.65;
/// Most bins that are drawn: of more, the first.
const MOST_BARS: usize = 40;
/// Labels below the bins, and most characters of one.
const LABELS: usize = 10;
const LABEL_CHARACTERS: usize = 14;
const TICKS: usize = 4;
/// Colours that are told apart without colour vision, on light and dark ground.
const BEFORE: &str = COLOURS[5];
const NOW: &str = COLOURS[1];

/// The shares of each bin side by side. The title may be any text.
pub(crate) fn pairs(title: &str, bars: &[Bar]) -> String {
    let shown = &bars[..bars.len().min(MOST_BARS)];
    let labels: Vec<String> = shown.iter().map(|bar| shortened(&label(bar), LABEL_CHARACTERS)).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let foot = HEIGHT - BELOW - SLANT * CHARACTER * longest as f64;
    let shares = shown.iter().flat_map(|bar| [bar.before, bar.now]);
    let y = Scale::over(shares.chain([0.0]), foot, TOP);
    let step = (WIDTH - LEFT) / shown.len().max(1) as f64;
    let mut drawing = Drawing::new(WIDTH, HEIGHT, title);
    drawing.heading(0.0, title);
    for (x, colour, name) in [(LEFT, BEFORE, "training rows"), (LEFT + 120.0, NOW, "new rows")] {
        drawing.rectangle(x, 23.0, 10.0, 10.0, colour, "");
        drawing.text([x + 15.0, 32.0], "start", name);
    }
    for tick in y.ticks(TICKS) {
        drawing.line([LEFT, y.at(tick)], [WIDTH, y.at(tick)], 0.15);
        drawing.text([LEFT - 5.0, y.at(tick) + 4.0], "end", &format!("{} %", value(tick * 100.0)));
    }
    let every = shown.len().div_ceil(LABELS).max(1);
    for (place, (bar, label)) in shown.iter().zip(&labels).enumerate() {
        let x = LEFT + step * place as f64;
        for (share, colour, offset) in [(bar.before, BEFORE, 0.06), (bar.now, NOW, 0.5)] {
            let tip = format!("{label}: {:.1} %", share * 100.0);
            drawing.rectangle(x + step * offset, y.at(share), step * 0.42, foot - y.at(share), colour, &tip);
        }
        if place % every == 0 {
            drawing.slanted([x + step * 0.6, foot + 13.0], label);
        }
    }
    drawing.finish()
}

/// What a bin is called; a number in few digits.
fn label(bar: &Bar) -> String {
    bar.label.parse().map_or_else(|_| bar.label.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_both_shares_and_text_is_no_markup() {
        let bar = |label: &str, before, now| Bar { label: label.into(), before, now };
        let svg = pairs("<b>&", &[bar("<i>", 0.5, 0.25), bar("2.50000001", 0.5, 0.75)]);
        assert!(svg.contains("<title>&lt;b&gt;&amp;</title>") && svg.contains("&lt;i&gt;"), "{svg}");
        // The labels of 3 characters take 14 + 0.65 × 21.3 = 27.8 pixels, so that the tallest bar has 240 − 27.8 − 50 = 162.2; the one of
        // a third of it 54.1.
        assert!(svg.contains("height=\"162.2\"") && svg.contains("height=\"54.1\""), "{svg}");
        assert!(svg.contains(">2.5</text>"), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 2 + 4);
        assert!(pairs("none", &[]).ends_with("</svg>"));
    }
}
