//! A square of figures from −1 to 1 as colours, such as correlations.

use super::{Drawing, shortened};

/// Room for the names.
const NAMES: f64 = 120.0;
const TOP: f64 = 24.0;
const NAME_CHARACTERS: usize = 18;
/// Most pixels of a cell, and fewest in which a figure fits.
const LARGEST: f64 = 44.0;
const LEGIBLE: f64 = 30.0;
const WIDTH: f64 = 800.0;

/// The square; a figure that is not known has an empty cell.
pub(crate) fn heat_map(title: &str, names: &[&str], figure: impl Fn(usize, usize) -> Option<f64>) -> String {
    let side = ((WIDTH - NAMES) / names.len().max(1) as f64).min(LARGEST);
    let square = side * names.len() as f64;
    let mut drawing = Drawing::new(NAMES + square + 10.0, TOP + square + 100.0, title);
    drawing.text([0.0, 14.0], "start", title);
    for (row, name) in names.iter().enumerate() {
        let y = TOP + side * row as f64;
        drawing.text([NAMES - 5.0, y + side / 2.0 + 4.0], "end", &shortened(name, NAME_CHARACTERS));
        drawing.slanted(
            [NAMES + side * (row as f64 + 0.7), TOP + square + 12.0],
            &shortened(name, NAME_CHARACTERS),
        );
        for (column, other) in names.iter().enumerate() {
            let x = NAMES + side * column as f64;
            let Some(value) = figure(row, column) else { continue };
            let colour = if value < 0.0 { "#d9730d" } else { "#3b7dd8" };
            let fill = format!("{colour}\" fill-opacity=\"{:.2}", value.abs().min(1.0));
            drawing.rectangle(
                x,
                y,
                side - 1.0,
                side - 1.0,
                &fill,
                &format!("{name} and {other}: {value:.3}"),
            );
            if side >= LEGIBLE {
                drawing.text([x + side / 2.0, y + side / 2.0 + 4.0], "middle", &format!("{value:.2}"));
            }
        }
    }
    drawing.finish()
}
