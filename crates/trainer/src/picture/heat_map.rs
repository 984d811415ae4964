//! A square of figures from −1 to 1 as colours, such as correlations.

use super::{CHARACTER, COLOURS, Drawing, shortened};

const TOP: f64 = 26.0;
/// Room below for slanted names: a least, and the share of their length.
const BELOW: f64 = 26.0;
const SLANT: f64 = 0.65;
const NAME_CHARACTERS: usize = 18;
/// Most pixels of a cell, and fewest in which a figure fits.
const LARGEST: f64 = 44.0;
const LEGIBLE: f64 = 30.0;
const WIDTH: f64 = 800.0;

/// The square; a figure that is not known has an empty cell.
pub(crate) fn heat_map(title: &str, names: &[&str], figure: impl Fn(usize, usize) -> Option<f64>) -> String {
    let longest = names.iter().map(|name| name.chars().count().min(NAME_CHARACTERS)).max().unwrap_or(0);
    let length = CHARACTER * longest as f64;
    let left = length + 10.0;
    let side = ((WIDTH - left) / names.len().max(1) as f64).min(LARGEST);
    let square = side * names.len() as f64;
    let mut drawing = Drawing::new(left + square + 10.0, TOP + square + BELOW + SLANT * length, title);
    drawing.heading(0.0, title);
    for (row, name) in names.iter().enumerate() {
        let y = TOP + side * row as f64;
        drawing.text([left - 5.0, y + side / 2.0 + 4.0], "end", &shortened(name, NAME_CHARACTERS));
        drawing.slanted(
            [left + side * (row as f64 + 0.7), TOP + square + 12.0],
            &shortened(name, NAME_CHARACTERS),
        );
        for (column, other) in names.iter().enumerate() {
            let x = left + side * column as f64;
            let Some(value) = figure(row, column) else { continue };
            let colour = if value < 0.0 { COLOURS[1] } else { COLOURS[0] };
            // So much of the colour that text on it keeps its contrast.
            let fill = format!("{colour}\" fill-opacity=\"{:.2}", 0.75 * value.abs().min(1.0));
            drawing.rectangle(
                x,
                y,
                side - 1.0,
                side - 1.0,
                &fill,
                &format!("{name} and {other}: {value:.3}"),
            );
            if side >= LEGIBLE {
                drawing.text_on([x + side / 2.0, y + side / 2.0 + 4.0], &format!("{value:.2}"));
            }
        }
    }
    drawing.finish()
}
