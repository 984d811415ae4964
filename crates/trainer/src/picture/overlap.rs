//! Lines that lie on each other for a stretch: where one is drawn over the other, both are seen.

use std::collections::HashSet;

/// Pixels of a common stretch from which the upper line would hide the lower one; lines that cross share fewer.
const HIDDEN: usize = 24;
/// Pixels below which even a short line counts as crossed.
const CROSSED: usize = 6;
/// Pixels of a dash.
const DASH: usize = 8;

/// How a line is drawn among those that it lies on: all take turns, the lowest where the others have gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Place among them; the lowest, 0, is drawn whole.
    place: usize,
    /// How many they are.
    of: usize,
}

impl Turn {
    /// Whether the line has gaps.
    pub(super) fn has_gaps(self) -> bool {
        self.place > 0
    }

    /// What a stroke needs for it, as attributes of SVG.
    pub(super) fn attributes(self) -> String {
        match self {
            Self { place: 0, .. } => String::new(),
            Self { place, of } => format!(
                " stroke-dasharray=\"{DASH} {}\" stroke-dashoffset=\"-{}\"",
                DASH * (of - 1),
                DASH * place
            ),
        }
    }
}

/// The turn of each of these lines, which are given in pixels and drawn in this order.
pub(super) fn turns(lines: &[Vec<[f64; 2]>]) -> Vec<Turn> {
    let pixels: Vec<HashSet<[i64; 2]>> = lines.iter().map(|points| pixels(points)).collect();
    // Each line with the lowest that it lies on, directly or through others.
    let mut lowest: Vec<usize> = (0..lines.len()).collect();
    for upper in 1..lines.len() {
        for lower in 0..upper {
            let enough = (pixels[upper].len().min(pixels[lower].len()) / 2).clamp(CROSSED, HIDDEN);
            if pixels[upper].intersection(&pixels[lower]).count() >= enough {
                let (from, to) = (lowest[upper].max(lowest[lower]), lowest[upper].min(lowest[lower]));
                lowest.iter_mut().filter(|one| **one == from).for_each(|one| *one = to);
            }
        }
    }
    let among = |lines: &[usize], one: usize| lines.iter().filter(|other| **other == one).count();
    lowest
        .iter()
        .enumerate()
        .map(|(line, &one)| Turn { place: among(&lowest[..line], one), of: among(&lowest, one) })
        .collect()
}

/// The pixels that a line goes through.
fn pixels(points: &[[f64; 2]]) -> HashSet<[i64; 2]> {
    let mut found = HashSet::new();
    for pair in points.windows(2) {
        let [[x, y], [to_x, to_y]] = [pair[0], pair[1]];
        let steps = ((to_x - x).hypot(to_y - y) * 2.0).ceil().max(1.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            found.insert([x + share * (to_x - x), y + share * (to_y - y)].map(|place| place.round() as i64));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_on_each_other_take_turns_and_crossing_ones_are_whole() {
        let check = |lines: &[&[[f64; 2]]], expected: &[(usize, usize)]| {
            let lines: Vec<Vec<_>> = lines.iter().map(|line| line.to_vec()).collect();
            let expected: Vec<_> = expected.iter().map(|&(place, of)| Turn { place, of }).collect();
            assert_eq!(turns(&lines), expected, "{lines:?}");
        };
        let corner: &[[f64; 2]] = &[[0.0, 300.0], [0.0, 0.0], [300.0, 0.0]];
        let later_corner: &[[f64; 2]] =
            &[[0.0, 300.0], [0.0, 100.0], [50.0, 100.0], [50.0, 0.0], [300.0, 0.0]];
        let slope: &[[f64; 2]] = &[[0.0, 300.0], [300.0, 0.0]];
        check(&[corner, corner], &[(0, 2), (1, 2)]);
        check(&[corner, slope, later_corner, corner], &[(0, 3), (0, 1), (1, 3), (2, 3)]);
        check(&[slope, &[[0.0, 0.0], [300.0, 300.0]]], &[(0, 1), (0, 1)]);
        check(&[slope, &[[0.0, 280.0], [300.0, 20.0]]], &[(0, 1), (0, 1)]);
        check(&[corner, &[[285.0, 0.0], [300.0, 0.0]], &[]], &[(0, 2), (1, 2), (0, 1)]);
    }

    #[test]
    fn the_dashes_of_all_fill_a_line() {
        assert_eq!(Turn { place: 0, of: 3 }.attributes(), "");
        assert_eq!(
            Turn { place: 2, of: 3 }.attributes(),
            " stroke-dasharray=\"8 16\" stroke-dashoffset=\"-16\""
        );
    }
}
