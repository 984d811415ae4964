//! The out-of-bag error by the number of trees, as text.

use std::fmt::Write;

use forest_learner::CurvePoint;

use super::figure;

/// Most lines of a curve.
const LINES: usize = 12;
/// Width of the longest bar.
const WIDTH: f64 = 40.0;

/// One line for each of some numbers of trees, evenly spaced, the first and the last among them; nothing for a curve of
/// one point. The bars begin at 0.
pub fn curve(points: &[CurvePoint]) -> String {
    if points.len() < 2 {
        return String::new();
    }
    let lines = points.len().min(LINES);
    let shown = || (0..lines).map(|line| points[line * (points.len() - 1) / (lines - 1)]);
    let most = shown().map(|point| point.error).fold(0.0, f64::max);
    let mut text = "out-of-bag mean squared error by trees\n".to_owned();
    for point in shown() {
        let share = if most > 0.0 { point.error / most } else { 0.0 };
        let bar = "█".repeat((share * WIDTH).round() as usize);
        let _ = writeln!(text, "{:>7} {:>10} {bar}", point.trees, figure(point.error));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_has_its_ends_and_bars_from_zero() {
        let point = |trees: usize, error: f64| CurvePoint { trees, error };
        let text = curve(&[point(10, 4.0), point(20, 2.0), point(25, 1.0)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], format!("     10     4.0000 {}", "█".repeat(40)));
        assert_eq!(lines[3], format!("     25     1.0000 {}", "█".repeat(10)));
        let many: Vec<CurvePoint> = (1..=100).map(|step| point(step * 10, 1.0)).collect();
        let text = curve(&many);
        assert_eq!(text.lines().count(), 1 + LINES);
        assert!(text.lines().last().unwrap().trim_start().starts_with("1000 "));
        assert_eq!(curve(&many[..1]), "");
    }
}
