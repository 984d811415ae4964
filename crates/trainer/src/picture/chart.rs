//! Bars, lines and points over two axes.

use std::fmt::Write as _;

use super::overlap::{Turn, turns};
use super::scale::{Scale, tick_label};
use super::{CHARACTER, COLOURS, Drawing};
use crate::report::value;

const LEFT: f64 = 54.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 42.0;
/// Ticks on each axis.
const TICKS: usize = 5;
/// A row of the legend, or of the name of the upright axis.
const LINE: f64 = 17.0;
/// Share of an axis that stays free at its ends.
const ROOM: f64 = 0.03;
/// Points up to which those of a line are marked, where it goes from left to right.
const MARKED: usize = 12;

/// What is drawn, with its name in the legend; no name, no line in the legend.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A line through points.
    Line { name: String, points: Vec<[f64; 2]> },
    /// A line of dashes through points, such as what would be perfect.
    Dashes { name: String, points: Vec<[f64; 2]> },
    /// Thin lines, each through points, behind the others.
    Threads { name: String, lines: Vec<Vec<[f64; 2]>> },
    /// Dots.
    Dots { name: String, points: Vec<[f64; 2]> },
    /// Bars that stand on zero, from one place to another.
    Bars { name: String, bars: Vec<([f64; 2], f64)> },
}

/// A picture with two axes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    /// Above it.
    pub(crate) title: String,
    /// Below the horizontal axis, with its unit.
    pub(crate) across: String,
    /// Above the upright axis, with its unit.
    pub(crate) up: String,
    /// Whether the horizontal and the upright axis are of shares, and go from 0 to 1.
    pub(crate) of_shares: [bool; 2],
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
            | Self::Threads { name, .. }
            | Self::Dots { name, .. }
            | Self::Bars { name, .. } => name,
        }
    }

    /// Where the marks lie on an axis, 0 the horizontal one.
    fn places(&self, axis: usize) -> Vec<f64> {
        match self {
            Self::Line { points, .. } | Self::Dashes { points, .. } | Self::Dots { points, .. } => {
                points.iter().map(|point| point[axis]).collect()
            }
            Self::Threads { lines, .. } => lines.iter().flatten().map(|point| point[axis]).collect(),
            Self::Bars { bars, .. } if axis == 0 => bars.iter().flat_map(|bar| bar.0).collect(),
            Self::Bars { bars, .. } => bars.iter().map(|bar| bar.1).chain([0.0]).collect(),
        }
    }

    fn has_colour(&self) -> bool {
        !matches!(self, Self::Dashes { .. } | Self::Threads { .. })
    }
}

impl Chart {
    /// The SVG element.
    pub(crate) fn svg(&self) -> String {
        let [width, height] = self.size;
        let legend = self.legend();
        let rows = legend.last().map_or(0, |entry| entry.1 + 1);
        let top = TOP + LINE * rows as f64 + if self.up.is_empty() { 0.0 } else { LINE + 4.0 };
        let x = self.scale(0, LEFT, width - RIGHT);
        let y = self.scale(1, height - BOTTOM, top);
        let mut drawing = Drawing::new(width, height, &self.title);
        drawing.heading(0.0, &self.title);
        drawing.text([(LEFT + width - RIGHT) / 2.0, height - 6.0], "middle", &self.across);
        if !self.up.is_empty() {
            drawing.text([0.0, top - 11.0], "start", &self.up);
        }
        for tick in y.ticks(TICKS) {
            drawing.line([LEFT, y.at(tick)], [width - RIGHT, y.at(tick)], 0.15);
            drawing.text([LEFT - 5.0, y.at(tick) + 4.0], "end", &tick_label(tick));
        }
        for tick in x.ticks(TICKS) {
            drawing.line([x.at(tick), height - BOTTOM], [x.at(tick), height - BOTTOM + 4.0], 0.5);
            drawing.text([x.at(tick), height - BOTTOM + 17.0], "middle", &tick_label(tick));
        }
        drawing.line([LEFT, height - BOTTOM], [width - RIGHT, height - BOTTOM], 0.5);
        let mut colours = COLOURS.iter().cycle();
        let coloured: Vec<&str> = self
            .marks
            .iter()
            .map(|mark| if mark.has_colour() { colours.next().unwrap_or(&COLOURS[0]) } else { "" })
            .collect();
        let turns = self.turns(x, y);
        for ((mark, colour), turn) in self.marks.iter().zip(&coloured).zip(&turns) {
            draw(&mut drawing, mark, colour, *turn, x, y);
        }
        for (place, row, left) in legend {
            let feet = [left, TOP + LINE * row as f64];
            entry(&mut drawing, &self.marks[place], coloured[place], turns[place], feet);
        }
        drawing.finish()
    }

    /// The scale of an axis. Bars fill it, and shares go from 0 to 1; everything else has some room at the ends.
    fn scale(&self, axis: usize, from: f64, to: f64) -> Scale {
        let places = self.marks.iter().flat_map(|mark| mark.places(axis));
        if self.of_shares[axis] {
            return Scale::over([0.0, 1.0].into_iter(), from, to);
        }
        let scale = Scale::over(places, from, to);
        let has_bars = self.marks.iter().any(|mark| matches!(mark, Mark::Bars { .. }));
        if has_bars { scale } else { scale.with_room(ROOM) }
    }

    /// How each mark is drawn where lines lie on each other; those that are no lines are whole.
    fn turns(&self, x: Scale, y: Scale) -> Vec<Turn> {
        let line = |mark: &Mark| match mark {
            Mark::Line { points, .. } => finite(points).map(|[a, b]| [x.at(a), y.at(b)]).collect(),
            _ => Vec::new(),
        };
        turns(&self.marks.iter().map(line).collect::<Vec<_>>())
    }

    /// The marks that the legend names, each with its row and its left end; nothing where one thing alone is shown.
    fn legend(&self) -> Vec<(usize, usize, f64)> {
        let named = |mark: &Mark| !mark.name().is_empty();
        if self.marks.iter().filter(|mark| named(mark)).count() < 2 {
            return Vec::new();
        }
        let (mut row, mut left) = (0, LEFT);
        let mut found = Vec::new();
        for (place, mark) in self.marks.iter().enumerate().filter(|(_, mark)| named(mark)) {
            let width = 36.0 + CHARACTER * mark.name().chars().count() as f64;
            if left > LEFT && left + width > self.size[0] {
                (row, left) = (row + 1, LEFT);
            }
            found.push((place, row, left));
            left += width;
        }
        found
    }
}

/// A mark of the legend with its name; `y` is its foot.
fn entry(drawing: &mut Drawing, mark: &Mark, colour: &str, turn: Turn, [x, y]: [f64; 2]) {
    let middle = y + 2.0;
    let line = format!("{x:.1},{middle:.1} {:.1},{middle:.1}", x + 16.0);
    match mark {
        Mark::Dashes { .. } => drawing.dashes(&line),
        Mark::Threads { .. } => drawing.threads(&line),
        Mark::Line { .. } if turn.has_gaps() => {
            drawing.rectangle(x, middle - 1.5, 6.0, 3.0, colour, "");
            drawing.rectangle(x + 10.0, middle - 1.5, 6.0, 3.0, colour, "");
        }
        Mark::Line { .. } => drawing.rectangle(x, middle - 1.5, 16.0, 3.0, colour, ""),
        Mark::Dots { .. } => {
            let _ = write!(
                drawing.svg,
                "<circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"3.5\" fill=\"{colour}\"/>",
                x + 8.0
            );
        }
        Mark::Bars { .. } => drawing.rectangle(x + 3.0, middle - 5.0, 10.0, 10.0, colour, ""),
    }
    drawing.text([x + 21.0, y + 6.0], "start", mark.name());
}

fn finite(points: &[[f64; 2]]) -> impl Iterator<Item = [f64; 2]> {
    points.iter().copied().filter(|point| point.iter().all(|number| number.is_finite()))
}

fn draw(drawing: &mut Drawing, mark: &Mark, colour: &str, turn: Turn, x: Scale, y: Scale) {
    let path = |points: &[[f64; 2]]| -> String {
        let places = finite(points).map(|[a, b]| format!("{:.1},{:.1}", x.at(a), y.at(b)));
        places.collect::<Vec<_>>().join(" ")
    };
    let dots = |drawing: &mut Drawing, points: &[[f64; 2]], opacity: f64| {
        let _ = write!(drawing.svg, "<g fill=\"{colour}\" fill-opacity=\"{opacity}\">");
        for [a, b] in finite(points) {
            let _ = write!(drawing.svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\"/>", x.at(a), y.at(b));
        }
        drawing.svg.push_str("</g>");
    };
    match mark {
        Mark::Line { points, .. } => {
            let _ = write!(
                drawing.svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{}/>",
                path(points),
                turn.attributes()
            );
            if points.len() <= MARKED && points.windows(2).all(|pair| pair[0][0] < pair[1][0]) {
                dots(drawing, points, 1.0);
            }
        }
        Mark::Dashes { points, .. } => drawing.dashes(&path(points)),
        Mark::Threads { lines, .. } => lines.iter().for_each(|points| drawing.threads(&path(points))),
        Mark::Dots { points, .. } => dots(drawing, points, 0.6),
        Mark::Bars { bars, .. } => {
            for &([from, to], tall) in bars {
                let (left, right) = (x.at(from), x.at(to));
                let (zero, end) = (y.at(0.0), y.at(tall));
                let tip = format!("{} to {}: {}", value(from), value(to), value(tall));
                let gap = ((right - left) * 0.06).min(1.0);
                drawing.rectangle(
                    left + gap,
                    zero.min(end),
                    right - left - 2.0 * gap,
                    (zero - end).abs(),
                    colour,
                    &tip,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_keep_off_the_ends_and_shares_go_from_0_to_1() {
        let line = |name: &str| Mark::Line { name: name.into(), points: vec![[0.5, 0.2], [1.0, 1.0]] };
        let chart = Chart { size: [400.0, 300.0], marks: vec![line("a")], ..Chart::default() };
        // 334 pixels from 54, 3 % of them free at either end; 232 from 258 up.
        assert!(chart.svg().contains("points=\"64.0,251.0 378.0,33.0\""), "{}", chart.svg());
        let shares = Chart { of_shares: [true; 2], up: "share".into(), ..chart };
        assert!(shares.svg().contains("points=\"221.0,215.8 388.0,47.0\""), "{}", shares.svg());
        assert!(!shares.svg().contains(">a</text>"), "one line needs no legend: {}", shares.svg());
    }

    #[test]
    fn of_two_lines_on_each_other_the_upper_has_gaps_in_the_picture_and_in_the_legend() {
        let line =
            |name: &str, end: f64| Mark::Line { name: name.into(), points: vec![[0.0, 0.0], [1.0, end]] };
        let picture = |ends: [f64; 2]| {
            let marks = vec![line("a", ends[0]), line("b", ends[1])];
            Chart { size: [400.0, 300.0], of_shares: [true; 2], marks, ..Chart::default() }.svg()
        };
        let count = |svg: &str, what: &str| svg.matches(what).count();
        let equal = picture([1.0, 1.0]);
        let upper =
            "stroke=\"#d9730d\" stroke-width=\"2\" stroke-dasharray=\"8 8\" stroke-dashoffset=\"-8\"/>";
        assert_eq!(
            (count(&equal, upper), count(&equal, "dasharray"), count(&equal, "<rect")),
            (1, 1, 3),
            "{equal}"
        );
        let apart = picture([1.0, 0.5]);
        assert_eq!((count(&apart, "dasharray"), count(&apart, "<rect")), (0, 2), "{apart}");
    }

    #[test]
    fn a_legend_that_is_too_long_goes_on_below() {
        let dots = |name: &str| Mark::Dots { name: name.into(), points: Vec::new() };
        let marks = vec![dots("a name of some length"), dots("another of more length"), dots("c")];
        let chart = Chart { size: [400.0, 300.0], marks, ..Chart::default() };
        assert_eq!(chart.legend().iter().map(|entry| entry.1).collect::<Vec<_>>(), [0, 1, 1]);
    }
}
