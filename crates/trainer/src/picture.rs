//! Pictures for reports: SVG elements made by hand, readable on light and on dark ground, with nothing from elsewhere.
//!
//! Text takes the colour of the page. Colours of marks are told apart without colour vision.

use std::fmt::Write as _;

use crate::report::page::escaped;

mod bars;
mod chart;
mod counts;
mod heat_map;
mod overlap;
mod pairs;
mod parallel;
mod scale;
mod swarm;
mod tree;

pub(crate) use bars::{Bar, bars, whiskered};
pub(crate) use chart::{Chart, Mark};
pub(crate) use counts::counts;
pub(crate) use heat_map::heat_map;
pub(crate) use pairs::pairs;
pub(crate) use parallel::{Axis, Course, parallel};
pub(crate) use swarm::{SwarmRow, swarm};
pub(crate) use tree::{Tree, TreeNode};

/// Colours of marks, in the order in which they are taken.
pub(crate) const COLOURS: [&str; 6] = ["#3b7dd8", "#d9730d", "#2a9d6f", "#a855c7", "#c2410c", "#8a8f98"];

/// Pixels that a character takes on average.
const CHARACTER: f64 = 7.1;

/// An SVG element in the making.
struct Drawing {
    svg: String,
}

impl Drawing {
    /// Of this size in pixels; what it shows is told to who cannot see it.
    fn new(width: f64, height: f64, title: &str) -> Self {
        let title = escaped(title);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"currentColor\"><title>{title}</title>"
        );
        Self { svg }
    }

    fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str, tip: &str) {
        let _ = write!(
            self.svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\""
        );
        let _ = match tip {
            "" => self.svg.write_str("/>"),
            tip => write!(self.svg, "><title>{}</title></rect>", escaped(tip)),
        };
    }

    fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], opacity: f64) {
        let _ = write!(
            self.svg,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"currentColor\" stroke-opacity=\"{opacity}\"/>"
        );
    }

    /// A line of dashes through places, as SVG lists them.
    fn dashes(&mut self, points: &str) {
        let _ = write!(
            self.svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".6\" stroke-dasharray=\"5 4\"/>"
        );
    }

    /// What the picture is of, at its head.
    fn heading(&mut self, x: f64, text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"14\" font-size=\"13\" font-weight=\"600\">{text}</text>"
        );
    }

    /// Thin lines through places, which stay behind everything else.
    fn threads(&mut self, points: &str) {
        let _ = write!(
            self.svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".22\"/>"
        );
    }

    /// Text in the middle of a coloured cell.
    fn text_on(&mut self, [x, y]: [f64; 2], text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.svg,
            "<text class=\"on\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{text}</text>"
        );
    }

    /// Text at a place; `anchor` is `start`, `middle` or `end`.
    fn text(&mut self, [x, y]: [f64; 2], anchor: &str, text: &str) {
        let text = escaped(text);
        let _ = write!(self.svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
    }

    /// Text that goes up to the right and ends at a place.
    fn slanted(&mut self, [x, y]: [f64; 2], text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\" transform=\"rotate(-40 {x:.1} {y:.1})\">{text}</text>"
        );
    }

    fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}

/// A name in so many characters: its beginning and its end, which tell it from others.
fn shortened(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let end = most.saturating_sub(1) / 2;
    let begin = most.saturating_sub(1) - end;
    name.chars().take(begin).chain(['…']).chain(name.chars().skip(count - end)).collect()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_short_name_has_both_ends_of_the_long_one() {
        assert_eq!(shortened("model.max_depth=3", 9), "mode…th=3");
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("ab", 1), "…");
    }
}
