//! Parallel coordinates: an upright axis for each quantity, and a line across all of them for each thing that has them.

use std::fmt::Write as _;

use super::{COLOURS, Drawing, shortened};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 340.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 30.0;
const SIDE: f64 = 80.0;
const NAME_CHARACTERS: usize = 20;

/// An axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// Above it.
    pub(crate) name: String,
    /// What is written at it, from 0 at the foot to 1 at the top.
    pub(crate) marks: Vec<(f64, String)>,
}

/// A line across the axes.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// Where it crosses each axis, from 0 to 1; an axis without a place is passed over.
    pub(crate) places: Vec<Option<f64>>,
    /// How strongly it is drawn, from 0 to 1.
    pub(crate) strength: f64,
    /// Whether it stands out.
    pub(crate) is_marked: bool,
    /// Its name, for who points at it.
    pub(crate) tip: String,
}

/// The picture; later lines lie over earlier ones.
pub(crate) fn parallel(title: &str, axes: &[Axis], courses: &[Course]) -> String {
    let step = (WIDTH - 2.0 * SIDE) / axes.len().saturating_sub(1).max(1) as f64;
    let x = |axis: usize| SIDE + step * axis as f64;
    let y = |place: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * place;
    let mut drawing = Drawing::new(WIDTH, HEIGHT, title);
    drawing.heading(0.0, title);
    for course in courses {
        let crossed = course.places.iter().enumerate().filter_map(|(axis, place)| Some((axis, (*place)?)));
        let points: Vec<String> =
            crossed.map(|(axis, place)| format!("{:.1},{:.1}", x(axis), y(place))).collect();
        let (colour, width, opacity) = match course.is_marked {
            true => (COLOURS[1], 3.0, 1.0),
            false => (COLOURS[0], 1.2, 0.08 + 0.62 * course.strength.clamp(0.0, 1.0)),
        };
        let _ = write!(
            drawing.svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-opacity=\"{opacity:.2}\">\
             <title>{}</title></polyline>",
            points.join(" "),
            super::escaped(&course.tip)
        );
    }
    for (place, axis) in axes.iter().enumerate() {
        drawing.line([x(place), y(0.0)], [x(place), y(1.0)], 0.6);
        drawing.text([x(place), TOP - 12.0], "middle", &shortened(&axis.name, NAME_CHARACTERS));
        for (height, mark) in &axis.marks {
            drawing.line([x(place) - 3.0, y(*height)], [x(place) + 3.0, y(*height)], 0.6);
            // Left of the last axis, so that it stays in the picture.
            let (side, anchor) = if place + 1 == axes.len() { (6.0, "start") } else { (-6.0, "end") };
            drawing.text([x(place) + side, y(*height) + 4.0], anchor, &shortened(mark, 12));
        }
    }
    drawing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_crosses_every_axis_where_its_place_is() {
        let axis =
            |name: &str| Axis { name: name.into(), marks: vec![(0.0, "low".into()), (1.0, "<b>".into())] };
        let course = Course {
            places: vec![Some(0.0), None, Some(1.0)],
            strength: 0.5,
            is_marked: false,
            tip: "trial 3 & more".into(),
        };
        let svg = parallel("Trials", &[axis("a"), axis("b"), axis("c")], &[course]);
        assert!(svg.contains("points=\"80.0,310.0 780.0,52.0\""), "{svg}");
        assert!(svg.contains("trial 3 &amp; more") && svg.contains("&lt;b&gt;"), "{svg}");
    }
}
