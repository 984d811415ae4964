//! A table of counts whose cells are the darker the larger their share of their row is, such as a confusion matrix.

use super::{CHARACTER, COLOURS, Drawing, shortened};

/// Most characters of a name, and least room for one.
const NAME_CHARACTERS: usize = 18;
const NAMES: f64 = 60.0;
const TOP: f64 = 46.0;
/// Room below for slanted names: a least, and the share of their length.
const BELOW: f64 = 26.0;
const SLANT: f64 = 0.65;
const WIDTH: f64 = 400.0;
/// Most pixels of a cell, and its height.
const LARGEST: f64 = 90.0;
const ROW: f64 = 34.0;

/// The table: `down` and `across` say what rows and columns are, `names` names both.
pub(crate) fn counts(
    title: &str,
    [down, across]: [&str; 2],
    names: &[String],
    counts: &[Vec<u64>],
) -> String {
    let longest = names.iter().map(|name| name.chars().count().min(NAME_CHARACTERS)).max().unwrap_or(0);
    let length = CHARACTER * longest as f64;
    let left = (length + 10.0).max(NAMES);
    let side = ((WIDTH - left) / names.len().max(1) as f64).min(LARGEST);
    let bottom = TOP + ROW * names.len() as f64;
    let mut drawing = Drawing::new(WIDTH, bottom + BELOW + SLANT * length, title);
    drawing.heading(0.0, title);
    drawing.text([left - 5.0, TOP - 8.0], "end", &format!("{down} ↓"));
    drawing.text([left, TOP - 8.0], "start", &format!("{across} →"));
    for (row, name) in names.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        drawing.text([left - 5.0, y + ROW / 2.0 + 4.0], "end", &shortened(name, NAME_CHARACTERS));
        drawing.slanted([left + side * (row as f64 + 0.6), bottom + 14.0], &shortened(name, NAME_CHARACTERS));
        let of_row = counts.get(row).map_or(&[][..], Vec::as_slice);
        let all = of_row.iter().sum::<u64>().max(1) as f64;
        for (column, &count) in of_row.iter().enumerate() {
            let x = left + side * column as f64;
            let share = count as f64 / all;
            let colour = if column == row { COLOURS[0] } else { COLOURS[1] };
            // So much of the colour that text on it keeps its contrast.
            let fill = format!("{colour}\" fill-opacity=\"{:.2}", 0.05 + 0.5 * share);
            let other = names.get(column).map_or("", String::as_str);
            let tip = format!("{name} as {other}: {count} ({:.1} %)", share * 100.0);
            drawing.rectangle(x, y, side - 2.0, ROW - 2.0, &fill, &tip);
            drawing.text_on([x + side / 2.0 - 1.0, y + ROW / 2.0 + 4.0], &count.to_string());
        }
    }
    drawing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_its_count_and_its_share_of_the_row() {
        let names = ["no", "<yes>"].map(str::to_owned);
        let svg = counts("T", ["true", "predicted"], &names, &[vec![3, 1], vec![0, 0]]);
        assert!(svg.contains("fill-opacity=\"0.42\"><title>no as no: 3 (75.0 %)</title>"), "{svg}");
        assert!(svg.contains("no as &lt;yes&gt;: 1 (25.0 %)") && !svg.contains("NaN"), "{svg}");
    }
}
