//! A row of dots for each name, in the manner of Lundberg's summary of Shapley values: where a dot lies is what a value did, its
//! colour how large the value was.

use std::fmt::Write as _;

use super::scale::{Scale, tick_label};
use super::{Drawing, shortened};

const WIDTH: f64 = 420.0;
const ROW: f64 = 26.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 40.0;
/// Where dots begin, behind the names, and room for the figure of a row.
const NAMES: f64 = 130.0;
const FIGURES: f64 = 64.0;
const NAME_CHARACTERS: usize = 18;
/// Radius of a dot, width of the bins in which dots avoid each other, and their largest distance there.
const RADIUS: f64 = 2.2;
const BIN: f64 = 3.0;
const APART: f64 = 3.4;
const TICKS: usize = 4;
/// From small to large: told apart without colour vision, on light and on dark ground.
const SHADES: [&str; 7] = ["#2f7de0", "#5571dc", "#7b65d4", "#a355c0", "#bd5590", "#cc6252", "#d9730d"];
/// Of what is neither small nor large.
const NEUTRAL: &str = "#8a8f98";

/// The dots of a name.
#[derive(Debug, Clone)]
pub(crate) struct SwarmRow {
    /// Before them.
    pub(crate) name: String,
    /// Behind them.
    pub(crate) words: String,
    /// Where each lies, and how large its value is from 0 to 1; nothing for a value without an order or a missing one.
    pub(crate) dots: Vec<(f64, Option<f64>)>,
}

/// The picture. `across` says what the horizontal axis is, `behind` what stands behind the dots.
pub(crate) fn swarm(title: &str, across: &str, behind: &str, rows: &[SwarmRow]) -> String {
    let height = TOP + ROW * rows.len() as f64 + BOTTOM;
    let places = rows.iter().flat_map(|row| row.dots.iter().map(|dot| dot.0)).chain([0.0]);
    let (left, right) = (NAMES + 4.0, WIDTH - FIGURES - 4.0);
    let x = Scale::over(places, left, right);
    let mut drawing = Drawing::new(WIDTH, height, title);
    drawing.heading(0.0, title);
    drawing.text([WIDTH - 4.0, TOP - 6.0], "end", behind);
    let has_no_order = rows.iter().any(|row| row.dots.iter().any(|dot| dot.1.is_none()));
    legend(&mut drawing, has_no_order);
    let foot = height - BOTTOM;
    for tick in x.ticks(TICKS) {
        let strength = if tick == 0.0 { 0.6 } else { 0.15 };
        drawing.line([x.at(tick), TOP - 2.0], [x.at(tick), foot + 4.0], strength);
        drawing.text([x.at(tick), foot + 16.0], "middle", &tick_label(tick));
    }
    drawing.text([(left + right) / 2.0, height - 6.0], "middle", across);
    for (place, row) in rows.iter().enumerate() {
        let middle = TOP + ROW * (place as f64 + 0.5);
        drawing.text([NAMES - 6.0, middle + 4.0], "end", &shortened(&row.name, NAME_CHARACTERS));
        drawing.text([WIDTH - 4.0, middle + 4.0], "end", &row.words);
        dots(&mut drawing, row, x, middle);
    }
    drawing.finish()
}

fn legend(drawing: &mut Drawing, has_no_order: bool) {
    drawing.text([NAMES - 6.0, 34.0], "end", "value: small");
    for (place, shade) in SHADES.iter().enumerate() {
        drawing.rectangle(NAMES + 9.0 * place as f64, 25.0, 9.0, 10.0, shade, "");
    }
    let end = NAMES + 9.0 * SHADES.len() as f64;
    drawing.text([end + 6.0, 34.0], "start", "large");
    if has_no_order {
        drawing.rectangle(end + 46.0, 25.0, 9.0, 10.0, NEUTRAL, "");
        drawing.text([end + 60.0, 34.0], "start", "no order");
    }
}

/// One path for each shade: a dot is a line of no length with round ends, which takes a tenth of the bytes of a circle.
fn dots(drawing: &mut Drawing, row: &SwarmRow, x: Scale, middle: f64) {
    let finite: Vec<(f64, Option<f64>)> =
        row.dots.iter().filter(|dot| dot.0.is_finite()).map(|dot| (x.at(dot.0), dot.1)).collect();
    let bin = |place: f64| (place / BIN).round() as i64;
    let mut order: Vec<usize> = (0..finite.len()).collect();
    order.sort_by_key(|&dot| bin(finite[dot].0));
    let mut paths = vec![String::new(); SHADES.len() + 1];
    for of_bin in order.chunk_by(|&a, &b| bin(finite[a].0) == bin(finite[b].0)) {
        let step = APART.min((ROW - 2.0 * RADIUS - 2.0) / of_bin.len() as f64);
        for (number, &dot) in of_bin.iter().enumerate() {
            // In the middle first, then above and below in turn.
            let side = if number % 2 == 0 { 1.0 } else { -1.0 };
            let y = middle + side * (number as f64 / 2.0).ceil() * step;
            let (place, value) = finite[dot];
            let shade = value.map_or(SHADES.len(), |value| {
                ((value.clamp(0.0, 1.0) * SHADES.len() as f64) as usize).min(SHADES.len() - 1)
            });
            let _ = write!(paths[shade], "M{place:.1} {y:.1}h0");
        }
    }
    let _ = write!(
        drawing.svg,
        "<g fill=\"none\" stroke-width=\"{:.1}\" stroke-linecap=\"round\" stroke-opacity=\".85\">",
        2.0 * RADIUS
    );
    for (path, shade) in paths.iter().zip(SHADES.into_iter().chain([NEUTRAL])) {
        if !path.is_empty() {
            let _ = write!(drawing.svg, "<path d=\"{path}\" stroke=\"{shade}\"/>");
        }
    }
    drawing.svg.push_str("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_lies_where_its_number_is_and_has_the_shade_of_its_value() {
        let row = |dots: &[(f64, Option<f64>)]| SwarmRow {
            name: "a & b".into(),
            words: "1".into(),
            dots: dots.to_vec(),
        };
        // −1 to 1 over 134 to 352 pixels: the middle is 243. Of two dots at one place, the second lies 3.4 above the first.
        let svg = swarm(
            "T",
            "across",
            "mean",
            &[row(&[(-1.0, Some(0.0)), (1.0, Some(1.0)), (1.0, None), (f64::NAN, Some(0.5))])],
        );
        assert!(svg.contains("<path d=\"M134.0 61.0h0\" stroke=\"#2f7de0\"/>"), "{svg}");
        assert!(svg.contains("<path d=\"M352.0 61.0h0\" stroke=\"#d9730d\"/>"), "{svg}");
        assert!(svg.contains("<path d=\"M352.0 57.6h0\" stroke=\"#8a8f98\"/>"), "{svg}");
        assert!(svg.contains("a &amp; b") && svg.matches("h0").count() == 3, "{svg}");
    }
}
