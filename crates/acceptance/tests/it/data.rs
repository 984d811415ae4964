//! The committed synthetic files are what the generator makes.

use std::fs;

use acceptance::{COUNTRIES_FILE, TAXI_TRIPS_FILE, countries, taxi_trips};

use crate::workspace;

#[test]
fn synthetic_files_are_reproducible() {
    for (name, made) in [(COUNTRIES_FILE, countries().unwrap()), (TAXI_TRIPS_FILE, taxi_trips().unwrap())] {
        let committed = fs::read(workspace::path("data").join(name)).unwrap();
        assert!(
            committed == made,
            "data/{name} differs: run `cargo run -p acceptance --example synthesize -- data`"
        );
    }
}

#[test]
fn countries_carry_the_quirks_of_the_original() {
    let text = String::from_utf8(countries().unwrap()).unwrap();
    for quirk in ["\"Density\n(P/Km2)\"", "%,", "$", "\u{FFFD}", "\r\n"] {
        assert!(text.contains(quirk), "{quirk:?}");
    }
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let target = table.headers().unwrap().iter().position(|column| column == "Life expectancy").unwrap();
    let targets: Vec<bool> = table.records().map(|row| !row.unwrap()[target].is_empty()).collect();
    assert_eq!((targets.len(), targets.iter().filter(|known| **known).count()), (195, 187));
}
