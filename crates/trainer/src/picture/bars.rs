//! Names with a bar each, such as the levels of a category or the importance of features.

use super::{COLOURS, Drawing, shortened};

const WIDTH: f64 = 460.0;
const ROW: f64 = 18.0;
const TOP: f64 = 24.0;
/// Where bars begin, behind the names.
const NAMES: f64 = 150.0;
/// Room behind a bar for its figure.
const FIGURES: f64 = 80.0;
const NAME_CHARACTERS: usize = 24;

/// A bar for each name, with its figure in words behind it. Bars of negative length go to the left.
pub(crate) fn bars(title: &str, bars: &[(String, f64, String)]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 6.0;
    let most = bars.iter().map(|bar| bar.1.abs()).filter(|length| length.is_finite()).fold(1e-300, f64::max);
    let is_signed = bars.iter().any(|bar| bar.1 < 0.0);
    let room = WIDTH - NAMES - FIGURES;
    let (zero, unit) = if is_signed { (NAMES + room / 2.0, room / 2.0 / most) } else { (NAMES, room / most) };
    let mut drawing = Drawing::new(WIDTH, height, title);
    drawing.text([0.0, 14.0], "start", title);
    for (place, (name, length, words)) in bars.iter().enumerate() {
        let y = TOP + ROW * place as f64;
        let length = if length.is_finite() { length * unit } else { 0.0 };
        let (left, colour) = if length < 0.0 { (zero + length, COLOURS[1]) } else { (zero, COLOURS[0]) };
        drawing.text([NAMES - 6.0, y + 12.0], "end", &shortened(name, NAME_CHARACTERS));
        drawing.rectangle(
            left,
            y + 2.0,
            length.abs().max(0.5),
            ROW - 5.0,
            colour,
            &format!("{name}: {words}"),
        );
        drawing.text([zero.max(left + length.abs()) + 5.0, y + 12.0], "start", words);
    }
    drawing.finish()
}
