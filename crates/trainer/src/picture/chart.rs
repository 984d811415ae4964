//! Bars, lines and points over two axes.

use std::fmt::Write as _;

use super::scale::{Scale, tick_label};
use super::{COLOURS, Drawing};
use crate::report::figure;

const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;
/// Ticks on each axis.
const TICKS: usize = 5;
/// A row of the legend.
const LEGEND: f64 = 16.0;

/// What is drawn, with its name in the legend; no name, no line in the legend.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A line through points.
    Line { name: String, points: Vec<[f64; 2]> },
    /// A line of dashes through points, such as what would be perfect.
    Dashes { name: String, points: Vec<[f64; 2]> },
    /// Dots.
    Dots { name: String, points: Vec<[f64; 2]> },
    /// Bars that stand on zero, from one place to another.
    Bars { name: String, bars: Vec<([f64; 2], f64)> },
}

/// A picture with two axes.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// Above it.
    pub(crate) title: String,
    /// Below the horizontal axis.
    pub(crate) across: String,
    /// Width and height in pixels.
    pub(crate) size: [f64; 2],
    /// What is drawn, one over the other.
    pub(crate) marks: Vec<Mark>,
}

impl Mark {
    fn name(&self) -> &str {
        match self {
            Self::Line { name, .. }
            | Self::Dashes { name, .. }
            | Self::Dots { name, .. }
            | Self::Bars { name, .. } => name,
        }
    }

    fn places(&self) -> Vec<f64> {
        match self {
            Self::Line { points, .. } | Self::Dashes { points, .. } | Self::Dots { points, .. } => {
                points.iter().map(|point| point[0]).collect()
            }
            Self::Bars { bars, .. } => bars.iter().flat_map(|bar| bar.0).collect(),
        }
    }

    fn heights(&self) -> Vec<f64> {
        match self {
            Self::Line { points, .. } | Self::Dashes { points, .. } | Self::Dots { points, .. } => {
                points.iter().map(|point| point[1]).collect()
            }
            Self::Bars { bars, .. } => bars.iter().map(|bar| bar.1).chain([0.0]).collect(),
        }
    }
}

impl Chart {
    /// The SVG element.
    pub(crate) fn svg(&self) -> String {
        let [width, height] = self.size;
        let named = self.marks.iter().filter(|mark| !mark.name().is_empty()).count();
        let top = TOP + if named > 1 { LEGEND } else { 0.0 };
        let x = Scale::over(self.marks.iter().flat_map(Mark::places), LEFT, width - RIGHT);
        let y = Scale::over(self.marks.iter().flat_map(Mark::heights), height - BOTTOM, top);
        let mut drawing = Drawing::new(width, height, &self.title);
        drawing.text([LEFT, 14.0], "start", &self.title);
        drawing.text([(LEFT + width - RIGHT) / 2.0, height - 6.0], "middle", &self.across);
        for tick in y.ticks(TICKS) {
            drawing.line([LEFT, y.at(tick)], [width - RIGHT, y.at(tick)], 0.15);
            drawing.text([LEFT - 5.0, y.at(tick) + 4.0], "end", &tick_label(tick));
        }
        for tick in x.ticks(TICKS) {
            drawing.line([x.at(tick), height - BOTTOM], [x.at(tick), height - BOTTOM + 4.0], 0.5);
            drawing.text([x.at(tick), height - BOTTOM + 16.0], "middle", &tick_label(tick));
        }
        drawing.line([LEFT, height - BOTTOM], [width - RIGHT, height - BOTTOM], 0.5);
        let mut legend = LEFT;
        for (mark, colour) in self.marks.iter().zip(COLOURS.iter().cycle()) {
            draw(&mut drawing, mark, colour, x, y);
            if named > 1 && !mark.name().is_empty() {
                match mark {
                    Mark::Dashes { .. } => drawing.dashes(&format!("{legend:.1},26 {:.1},26", legend + 11.0)),
                    _ => drawing.rectangle(legend, 21.0, 10.0, 10.0, colour, mark.name()),
                }
                drawing.text([legend + 14.0, 30.0], "start", mark.name());
                legend += 30.0 + 6.5 * mark.name().chars().count() as f64;
            }
        }
        drawing.finish()
    }
}

fn draw(drawing: &mut Drawing, mark: &Mark, colour: &str, x: Scale, y: Scale) {
    let finite = |point: &&[f64; 2]| point.iter().all(|number| number.is_finite());
    let path = |points: &[[f64; 2]]| -> String {
        let places = points.iter().filter(finite).map(|&[a, b]| format!("{:.1},{:.1}", x.at(a), y.at(b)));
        places.collect::<Vec<_>>().join(" ")
    };
    match mark {
        Mark::Line { points, .. } => {
            let _ = write!(
                drawing.svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path(points)
            );
        }
        Mark::Dashes { points, .. } => {
            drawing.dashes(&path(points));
        }
        Mark::Dots { points, .. } => {
            let _ = write!(drawing.svg, "<g fill=\"{colour}\" fill-opacity=\".6\">");
            for &[a, b] in points.iter().filter(finite) {
                let _ =
                    write!(drawing.svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>", x.at(a), y.at(b));
            }
            drawing.svg.push_str("</g>");
        }
        Mark::Bars { bars, .. } => {
            for &([from, to], value) in bars {
                let (left, right) = (x.at(from), x.at(to));
                let (zero, end) = (y.at(0.0), y.at(value));
                let tip = format!("{} to {}: {}", figure(from), figure(to), figure(value));
                let gap = ((right - left) * 0.06).min(1.0);
                let tall = (zero - end).abs();
                drawing.rectangle(left + gap, zero.min(end), right - left - 2.0 * gap, tall, colour, &tip);
            }
        }
    }
}
