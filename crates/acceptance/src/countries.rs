//! Synthetic countries: the 35 columns of a public table of the world's countries, with its spoilt cells.
//!
//! One hidden number per country, its development, decides about births, mothers, infants, physicians and, with some
//! noise, about life expectancy. The names are invented.

use std::collections::HashSet;

use crate::draw::Draw;

const SEED: u64 = 2023;
const COUNTRIES: usize = 195;
const WITHOUT_TARGET: [usize; 8] = [3, 56, 73, 113, 120, 128, 133, 181];
const WITHOUT_MATERNAL_MORTALITY: [usize; 6] = [48, 98, 107, 132, 145, 149];
const INDIAN: &[usize] = &[3, 2];
const REPLACEMENT: char = '\u{FFFD}';

const COLUMNS: [&str; 35] = [
    "Country",
    "Density\n(P/Km2)",
    "Abbreviation",
    "Agricultural Land( %)",
    "Land Area(Km2)",
    "Armed Forces size",
    "Birth Rate",
    "Calling Code",
    "Capital/Major City",
    "Co2-Emissions",
    "CPI",
    "CPI Change (%)",
    "Currency-Code",
    "Fertility Rate",
    "Forested Area (%)",
    "Gasoline Price",
    "GDP",
    "Gross primary education enrollment (%)",
    "Gross tertiary education enrollment (%)",
    "Infant mortality",
    "Largest city",
    "Life expectancy",
    "Maternal mortality ratio",
    "Minimum wage",
    "Official language",
    "Out of pocket health expenditure",
    "Physicians per thousand",
    "Population",
    "Population: Labor force participation (%)",
    "Tax revenue (%)",
    "Total tax rate",
    "Unemployment rate",
    "Urban_population",
    "Latitude",
    "Longitude",
];

/// The file's bytes.
///
/// # Errors
/// When the rows cannot be written as CSV.
pub fn countries() -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let mut draw = Draw::seeded(SEED);
    let mut names = HashSet::new();
    for index in 0..COUNTRIES {
        writer.write_record(country(&mut draw, index, &mut names))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn country(draw: &mut Draw, index: usize, names: &mut HashSet<String>) -> [String; 35] {
    let development = 0.05 + 0.93 * (1.0 - draw.unit() * draw.unit().max(draw.unit()));
    let lag = 1.0 - development;
    let life = 50.0 + 50.5 * development - 16.5 * development * development + 1.8 * draw.noise();
    let births = (46.0 - 40.0 * development + 1.6 * draw.noise()).max(5.9);
    let fertility = (6.1 - 4.9 * development + 0.2 * draw.noise()).max(0.98);
    let infants = (1.4 + 87.0 * lag * lag.sqrt() + 2.0 * draw.noise()).max(1.4);
    let mothers = (2.0 + 1330.0 * lag * lag + 45.0 * lag * draw.noise()).max(2.0);
    let physicians = (6.0 * development * development * development.sqrt() + 0.3 * draw.noise()).max(0.01);

    let land = 300.0 + 9_000_000.0 * draw.unit() * draw.unit() * draw.unit() * draw.unit();
    let density = 2.0 + 600.0 * draw.unit() * draw.unit() * draw.unit();
    let population = land * density;
    let income = 400.0 + 70_000.0 * development * development * development * draw.between(0.5, 1.3);
    let name = place(draw, names);
    let capital = spoilt(index, 11, place(draw, names));
    let largest = if draw.happens(0.8) { capital.clone() } else { spoilt(index, 7, place(draw, names)) };
    let target = !WITHOUT_TARGET.contains(&index);
    let measured = |cell: String| if target { cell } else { String::new() };

    [
        spoilt(index, 151, name.clone()),
        grouped(density, &[3]),
        gap(name[..2].to_uppercase(), draw, 0.04),
        gap(share(draw.between(0.5, 80.0)), draw, 0.04),
        grouped(land, INDIAN),
        gap(grouped(population * 0.006, INDIAN), draw, 0.12),
        measured(trimmed(births)),
        draw.whole(1, 998).to_string(),
        gap(capital, draw, 0.02),
        gap(grouped(population * development * 0.005, INDIAN), draw, 0.04),
        gap(trimmed(draw.between(98.0, 290.0)), draw, 0.09),
        gap(share(draw.between(-1.0, 14.0)), draw, 0.08),
        gap(name[..3].to_uppercase(), draw, 0.08),
        measured(trimmed(fertility)),
        gap(share(draw.between(0.2, 70.0)), draw, 0.04),
        gap(money(draw.between(0.2, 2.0)), draw, 0.10),
        gap(format!("${} ", grouped(population * income, &[3])), draw, 0.01),
        gap(share(draw.between(80.0, 120.0)), draw, 0.04),
        gap(share(3.0 + 85.0 * development * development), draw, 0.06),
        measured(trimmed(infants)),
        gap(largest, draw, 0.03),
        measured(trimmed(life)),
        if WITHOUT_MATERNAL_MORTALITY.contains(&index) {
            String::new()
        } else {
            measured(grouped(mothers, &[3]))
        },
        gap(money(income / 4000.0), draw, 0.23),
        draw.one(&["Aruic", "Benese", "Corvan", "Delian", "None"]).to_string(),
        gap(share(draw.between(0.5, 80.0)), draw, 0.04),
        measured(trimmed(physicians)),
        grouped(population, INDIAN),
        gap(share(draw.between(38.0, 86.0)), draw, 0.10),
        gap(share(draw.between(4.0, 34.0)), draw, 0.13),
        gap(share(draw.between(8.0, 100.0)), draw, 0.06),
        gap(share(draw.between(0.5, 26.0)), draw, 0.10),
        gap(grouped(population * (0.2 + 0.7 * development), INDIAN), draw, 0.03),
        format!("{:.6}", draw.between(-40.0, 65.0)),
        format!("{:.6}", draw.between(-175.0, 179.0)),
    ]
}

/// An invented name that no other place has.
fn place(draw: &mut Draw, taken: &mut HashSet<String>) -> String {
    const STARTS: [&str; 12] = ["Al", "Be", "Cor", "Da", "El", "Fa", "Gor", "Ho", "Ir", "Ka", "Mo", "Ve"];
    const MIDDLES: [&str; 10] = ["ba", "di", "gan", "lo", "mar", "ni", "ro", "su", "ta", "vel"];
    const ENDS: [&str; 10] = ["dor", "ia", "land", "mu", "nia", "ra", "stan", "ta", "va", "wen"];
    loop {
        let name = format!("{}{}{}", draw.one(&STARTS), draw.one(&MIDDLES), draw.one(&ENDS));
        if taken.insert(name.clone()) {
            return name;
        }
    }
}

/// Every `nth` name lost its last letters to a wrong decoding, as in the original table.
fn spoilt(index: usize, nth: usize, name: String) -> String {
    if index % nth == nth / 2 {
        name[..3].to_owned() + &REPLACEMENT.to_string().repeat(2 + index % 3)
    } else {
        name
    }
}

/// The cell, or an empty one with this probability.
fn gap(cell: String, draw: &mut Draw, probability: f64) -> String {
    if draw.happens(probability) { String::new() } else { cell }
}

/// Two decimals at most, without closing zeros: `32.49`, `7.2`, `80`.
fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn share(value: f64) -> String {
    format!("{value:.2}%")
}

fn money(value: f64) -> String {
    format!("${value:.2} ")
}

/// A whole number with commas. The group sizes count from the right, the last one repeats: `&[3, 2]` writes 6,52,230.
fn grouped(value: f64, groups: &[usize]) -> String {
    let digits = format!("{value:.0}");
    let mut parts = Vec::new();
    let mut rest = digits.as_str();
    let mut sizes = groups.iter().chain(std::iter::repeat(&groups[groups.len() - 1]));
    while let Some(&size) = sizes.next().filter(|&&size| rest.len() > size) {
        let (front, part) = rest.split_at(rest.len() - size);
        parts.push(part);
        rest = front;
    }
    parts.push(rest);
    parts.reverse();
    parts.join(",")
}
