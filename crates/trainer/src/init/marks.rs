//! Guesses which marks the numbers of a table carry, and which words mean "no value".

use std::collections::BTreeSet;

use csv::StringRecord;
use model_core::cell::CellFormat;

const CURRENCIES: [&str; 8] = ["$", "€", "£", "¥", "₹", "USD", "EUR", "GBP"];
const MISSING_WORDS: [&str; 13] =
    ["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "?", "-", "--"];

/// The format of the cells. Only columns that are numbers when read with marks have a say.
pub(super) fn of(records: &[StringRecord]) -> CellFormat {
    let mut guess = Guess::default();
    let width = records.first().map_or(0, StringRecord::len);
    for column in 0..width {
        let cells = || records.iter().filter_map(|record| record.get(column)).map(str::trim);
        let present = || cells().filter(|cell| !cell.is_empty() && !MISSING_WORDS.contains(cell));
        let count = present().count();
        let numbers = |format: &CellFormat| present().filter(|cell| format.number(cell).is_some()).count();
        // The same share that makes a column one of numbers in training.
        let is_numbers = |format: &CellFormat| count > 0 && numbers(format) * 10 >= count * 9;
        if is_numbers(&CellFormat::default()) {
            guess.note_missing(cells());
        } else if is_numbers(&lenient(',', '.')) || is_numbers(&lenient('.', ',')) {
            guess.note_missing(cells());
            present().for_each(|cell| guess.note_marks(cell));
        }
    }
    guess.format()
}

/// Everything that may stand in a number.
fn lenient(thousands: char, decimal: char) -> CellFormat {
    CellFormat {
        missing_markers: Vec::new(),
        currency: CURRENCIES.map(str::to_owned).to_vec(),
        percent: true,
        thousands: Some(thousands),
        decimal,
    }
}

/// What was seen so far.
#[derive(Default)]
struct Guess {
    missing: BTreeSet<&'static str>,
    currencies: BTreeSet<&'static str>,
    percent: bool,
    /// Numbers whose comma groups digits, and numbers whose comma is before the decimals.
    comma_groups: usize,
    comma_decimals: usize,
    point_groups: bool,
}

impl Guess {
    fn note_missing<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for cell in cells {
            self.missing.extend(MISSING_WORDS.iter().find(|word| **word == cell));
        }
    }

    fn note_marks(&mut self, cell: &str) {
        self.percent |= cell.ends_with('%');
        self.currencies
            .extend(CURRENCIES.iter().filter(|mark| cell.starts_with(**mark) || cell.ends_with(**mark)));
        let number = cell.trim_matches(|c: char| !c.is_ascii_digit());
        let Some((before, after)) = number.rsplit_once(',') else { return };
        // 1,234 and 1,234.5 group, 1,5 and 1.234,5 do not.
        let groups = after.split('.').next().is_some_and(|digits| digits.len() == 3) && !before.contains('.');
        if groups {
            self.comma_groups += 1;
        } else {
            self.comma_decimals += 1;
            self.point_groups |= before.contains('.');
        }
    }

    fn format(self) -> CellFormat {
        let (thousands, decimal) = if self.comma_decimals > self.comma_groups {
            (self.point_groups.then_some('.'), ',')
        } else {
            ((self.comma_groups > 0).then_some(','), '.')
        };
        CellFormat {
            missing_markers: self.missing.into_iter().map(str::to_owned).collect(),
            currency: self.currencies.into_iter().map(str::to_owned).collect(),
            percent: self.percent,
            thousands,
            decimal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_guessed_from_columns_of_numbers() {
        let check = |cells: &[&str], expected: CellFormat| {
            let records: Vec<StringRecord> =
                cells.iter().map(|cell| StringRecord::from(vec![*cell])).collect();
            assert_eq!(of(&records), expected, "{cells:?}");
        };
        let plain = CellFormat::default;
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        check(&["1", "2.5", ""], plain());
        check(&["1", "2.5", "NA", "?"], CellFormat { missing_markers: words(&["?", "NA"]), ..plain() });
        check(&["a", "b", "NA"], plain());
        check(&["$1.36", "$20"], CellFormat { currency: words(&["$"]), ..plain() });
        check(&["58.10%", "3%"], CellFormat { percent: true, ..plain() });
        check(&["6,52,230", "1,234.5", "17"], CellFormat { thousands: Some(','), ..plain() });
        check(&["1,5", "12,75", "1,234"], CellFormat { decimal: ',', ..plain() });
        check(
            &["1.234,5", "7,1 €"],
            CellFormat { decimal: ',', thousands: Some('.'), currency: words(&["€"]), ..plain() },
        );
        // Texts with marks are texts.
        check(&["A/5, 21", "$ bill", "50% off"], plain());
    }
}
