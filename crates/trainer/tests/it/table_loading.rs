//! From a CSV file to typed columns: both passes, and what the training part alone decides.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use model_core::schema::{Category, DefaultValue, FeatureKind, Levels, Missing};
use model_core::{Encoder, FeatureSchema};
use proptest::prelude::*;
use proptest::sample::select;
use trainer::Config;
use trainer::evaluation::Truth;
use trainer::preparation::Preparation;
use trainer::roles::Source;
use trainer::schema_inference::{Draft, survey};
use trainer::typed_table::TypedTable;

use crate::workshop::Workshop;

struct Loaded {
    draft: Draft,
    table: TypedTable,
}

/// Loads `csv`; `rest` are further keys of the config.
fn load(csv: &str, rest: &str) -> Result<Loaded, String> {
    let workshop = Workshop::new(&[("t.csv", csv)]);
    let path = workshop.path("t.csv").display().to_string();
    let text = format!(r#"{{"data": {{"path": {path:?}, "bad_cells": "drop"}}, {rest}}}"#);
    let config = Config::parse(&text, &[], "t.json", "t").map_err(|error| error.to_string())?;
    let shown = |error: &dyn std::fmt::Display| error.to_string().replace(&path, "t.csv");
    let source = Source::open(&config).map_err(|error| shown(&error))?;
    let survey = survey(&config, &source, &|_| ()).map_err(|error| shown(&error))?;
    let draft = Draft::new(&config, &source, &survey).map_err(|error| shown(&error))?;
    let encoder = Encoder::new(draft.schema.clone()).map_err(|error| shown(&error))?;
    let positions = &draft.positions;
    let table = TypedTable::load(&config, &source, &encoder, positions, survey.rows, &|_| ())
        .map_err(|error| shown(&error));
    let kept = TypedTable::of_survey(&config, &source, &encoder, positions, survey, &|_| ())
        .map_err(|error| shown(&error));
    assert_eq!(kept.as_ref().map(to_the_bit), table.as_ref().map(to_the_bit), "{csv:?} {rest}");
    Ok(Loaded { draft, table: table? })
}

/// All of a table, in a form that tells NaN from NaN and zero from negative zero.
fn to_the_bit(table: &TypedTable) -> String {
    let bits: Vec<Vec<u32>> =
        table.columns.iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect();
    format!("{bits:?} {:?} {:?} {:?} {:?}", table.truth, table.weights, table.dropped, table.problems)
}

fn kinds(schema: &FeatureSchema) -> Vec<(&str, &FeatureKind, &Missing)> {
    schema.features.iter().map(|f| (f.name.as_str(), &f.kind, &f.missing)).collect()
}

fn dropped(table: &TypedTable) -> Vec<(&str, u64)> {
    table.dropped.iter().map(|(reason, &rows)| (reason.as_str(), rows)).collect()
}

#[test]
fn what_the_config_leaves_open_is_inferred() {
    let csv = "\u{feff}whole,\"two\nlines\",flag,text,empty,y\r\n\
               1,0.5,True,b,,1.5\r\n2,,false,a,,2.5\r\n3,-1e3,TRUE,,,3.5\r\n";
    let Loaded { draft, table } = load(csv, r#""target": {"column": "y"}"#).unwrap();
    let number = FeatureKind::Number { minimum: None, maximum: None };
    let text = Levels::Text(vec!["a".into(), "b".into()]);
    assert_eq!(
        kinds(&draft.schema),
        [
            ("whole", &number, &Missing::Refuse),
            ("two lines", &number, &Missing::Allow),
            ("flag", &FeatureKind::Boolean, &Missing::Refuse),
            ("text", &FeatureKind::Category(Category { levels: text, closed: false }), &Missing::Allow),
        ]
    );
    assert_eq!(draft.left_out[0].column, "empty");
    assert_eq!(table.columns[0], [1.0, 2.0, 3.0]);
    assert_eq!(table.columns[2], [1.0, 0.0, 1.0]);
    assert_eq!(table.columns[3][..2], [1.0, 0.0]);
    assert!(table.columns[1][1].is_nan() && table.columns[3][2].is_nan());
    assert_eq!(table.truth, Truth::Values(vec![1.5, 2.5, 3.5]));
}

#[test]
fn dropped_rows_are_counted_by_reason() {
    let csv = "start,end,zone,people,w\n\
               2019-03-01 10:00:00,2019-03-01 10:10:00,5,2,1\n\
               2019-03-01 10:00:00,2019-03-01 10:00:30,5,2,1\n\
               2019-03-01 10:00:00,2019-03-01 12:00:00,5,2,1\n\
               2019-03-01 10:00:00,,5,2,1\n\
               2019-03-01 10:00:00,soon,5,2,1\n\
               2019-03-01 10:00:00,2019-03-01 10:20:00,5,0,1\n\
               2019-03-01 10:00:00,2019-03-01 10:20:00,5\n\
               2019-03-01 10:00:00,2019-03-01 10:20:00,999,1,1\n\
               2019-03-01 10:00:00,2019-03-01 10:20:00,5,1,-1\n\
               2019-03-01 10:00:00,2019-03-01 10:30:00,7,,2.5\n";
    let rest = r#""target": {"name": "minutes", "minutes_between": ["start", "end"], "minimum": 1, "maximum": 60},
        "features": [{"name": "zone", "kind": "category", "minimum": 1, "maximum": 265},
                     {"name": "people", "kind": "integer", "missing": {"default": 1}}],
        "model": {"sample_weight": "w"}"#;
    let Loaded { draft, table } = load(csv, rest).unwrap();
    assert_eq!(dropped(&table), [("bad cell", 4), ("no target", 1), ("target not from 1 to 60", 2)]);
    assert_eq!(table.truth, Truth::Values(vec![10.0, 20.0, 30.0]));
    assert_eq!(table.weights, Some(vec![1.0, 1.0, 2.5]));
    assert_eq!(table.columns, [[0.0, 0.0, 1.0], [2.0, 0.0, 1.0]]);
    let FeatureKind::Category(zone) = &draft.schema.features[0].kind else { panic!("a category") };
    let expected = Levels::Integer { values: vec![5, 7], minimum: Some(1), maximum: Some(265) };
    assert_eq!(zone.levels, expected);
    let places: Vec<u64> = table.problems.iter().map(|problem| problem.place.record).collect();
    assert_eq!(places, [5, 7, 8, 9]);
}

#[test]
fn filters_keep_rows_that_pass_all_of_them() {
    let csv = "a,b,y\n1,x,1.5\n2,x,2.5\n3,z,3.5\n,x,4.5\n4,w,5.5\n";
    let workshop = Workshop::new(&[("t.csv", csv)]);
    let path = workshop.path("t.csv").display().to_string();
    let text = format!(
        r#"{{"data": {{"path": {path:?}, "filters": [{{"column": "a", "minimum": 2}}, {{"column": "b", "in": ["x", "z"]}}]}},
            "target": {{"column": "y"}}}}"#
    );
    let config = Config::parse(&text, &[], "t.json", "t").unwrap();
    let source = Source::open(&config).unwrap();
    let survey = survey(&config, &source, &|_| ()).unwrap();
    assert_eq!((survey.records, survey.rows), (5, 2));
    let draft = Draft::new(&config, &source, &survey).unwrap();
    let encoder = Encoder::new(draft.schema.clone()).unwrap();
    let table = TypedTable::load(&config, &source, &encoder, &draft.positions, 0, &|_| ()).unwrap();
    assert_eq!(dropped(&table), [("filter on a", 2), ("filter on b", 1)]);
}

#[test]
fn levels_and_defaults_come_from_the_training_rows_alone() {
    let csv = "n,i,c,b,y\n1,1,a,true,1.5\n2,2,b,true,2.5\n4,2,c,false,3.5\n100,9,d,false,4.5\n,,,,5.5\n";
    let rest = r#""target": {"column": "y"}, "features": [
        {"name": "n", "missing": {"default": "median"}},
        {"name": "i", "kind": "integer", "missing": {"default": "median"}},
        {"name": "c", "missing": {"default": "most_frequent"}},
        {"name": "b", "missing": {"default": "most_frequent"}}]"#;
    let Loaded { draft, table } = load(csv, rest).unwrap();
    let preparation = Preparation::learn(&draft, &table, &[0, 1, 2]).unwrap();
    let schema = preparation.encoder().schema();
    let defaults: Vec<&Missing> = schema.features.iter().map(|feature| &feature.missing).collect();
    // Of the first three rows: the median of 1, 2, 4; the median of 1, 2, 2; the first of three equally frequent
    // levels; true twice.
    assert_eq!(
        defaults,
        [
            &Missing::Default(DefaultValue::Number(2.0)),
            &Missing::Default(DefaultValue::Integer(2)),
            &Missing::Default(DefaultValue::Text("a".into())),
            &Missing::Default(DefaultValue::Boolean(true)),
        ]
    );
    let FeatureKind::Category(c) = &schema.features[2].kind else { panic!("a category") };
    assert_eq!(c.levels, Levels::Text(vec!["a".into(), "b".into(), "c".into()]));
    // Row 3 has a level that was not trained on: the code of an unseen one. Row 4 has no values: the defaults.
    let rows = preparation.rows(&table, &[3, 4]);
    assert_eq!(rows.row(0), [100.0, 9.0, 3.0, 0.0]);
    assert_eq!(rows.row(1), [2.0, 2.0, 0.0, 1.0]);
}

#[test]
fn what_was_trained_on_is_what_the_final_encoder_says_of_the_cells() {
    let csv = "n,c,z,y\n0.1,a,7,1.5\n,b,3,2.5\n16777217,,9,3.5\n-2,c,,4.5\n1e-50,d,7,5.5\n0.30000000000000004,a,1,6.5\n";
    let rest = r#""target": {"column": "y"}, "features": [
        {"name": "n", "missing": {"default": "mean"}}, "c", {"name": "z", "kind": "category"}]"#;
    let Loaded { draft, table } = load(csv, rest).unwrap();
    for train in [vec![0, 1, 2, 3, 4, 5], vec![0, 2, 4], vec![5], vec![1, 3]] {
        let preparation = Preparation::learn(&draft, &table, &train).unwrap();
        for (row, line) in csv.lines().skip(1).enumerate() {
            for (feature, cell) in line.split(',').take(3).enumerate() {
                let expected = preparation.encoder().cell(feature, cell).unwrap();
                let found = preparation.value(&table, feature, row);
                assert_eq!(found.to_bits(), expected.to_bits(), "{train:?}, row {row}, feature {feature}");
            }
        }
    }
}

#[test]
fn merged_and_name_like_columns_are_reported() {
    let mut csv = String::from("id,name,y\n");
    for row in 0..60 {
        csv.push_str(&format!("{},person {row},{row}.5\n", 100_000_000 + row));
    }
    let Loaded { draft, .. } = load(&csv, r#""target": {"column": "y"}"#).unwrap();
    assert_eq!(draft.left_out[0].column, "name");
    // Above 2^26 a float steps by 8, so 60 consecutive numbers from 100,000,000 (a multiple of 8) become 8 or 9.
    assert_eq!(draft.warnings.len(), 1);
    let expected = "\"id\": at least 52 values are rounded to the same 32-bit number as a different value";
    assert_eq!(draft.warnings[0], expected);
    let listed = load(&csv, r#""target": {"column": "y"}, "features": ["name"]"#).unwrap();
    assert_eq!(listed.draft.schema.features[0].name, "name");
    assert_eq!(listed.draft.warnings, ["\"name\" holds names or ids: most of its values occur once"]);
}

/// Values of one column that share their `f32` with another one that was remembered, by the rule alone.
fn merged(cells: &[String]) -> u64 {
    const REMEMBERED: usize = 65_536;
    let mut first: HashMap<u32, u64> = HashMap::new();
    let mut count = 0;
    for cell in cells.iter().filter(|cell| !cell.is_empty()) {
        let (value, mantissa) = (cell.parse::<f64>().unwrap(), cell.split('e').next().unwrap());
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        if digits.trim_start_matches('0').len() <= 6 {
            continue;
        }
        let is_full = first.len() == REMEMBERED;
        match first.entry((value as f32).to_bits()) {
            Entry::Occupied(entry) => count += u64::from(*entry.get() != value.to_bits()),
            Entry::Vacant(entry) if !is_full => _ = entry.insert(value.to_bits()),
            Entry::Vacant(_) => {}
        }
    }
    count
}

#[test]
fn long_columns_of_numbers_are_surveyed_as_cell_after_cell() {
    const ROWS: usize = 90_000;
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 * 7.0 + 1.0
    };
    let six: Vec<String> = (0..ROWS).map(|_| format!("{:.6}", random())).collect();
    // Those at the end are rounded to the number of one at the beginning.
    let late =
        |row: usize| if row < 80_000 { six[row].clone() } else { format!("{}000001", six[row - 80_000]) };
    let columns: [Vec<String>; 5] = [
        six.clone(),
        (0..ROWS).map(|_| format!("{:.7}", random())).collect(),
        (0..ROWS).map(late).collect(),
        (0..ROWS)
            .map(|row| [format!("-{:.9}", random()), String::new(), format!("{row}e-3")][row % 3].clone())
            .collect(),
        (0..ROWS).map(|row| (row % 7).to_string()).collect(),
    ];
    let mut csv = String::from("c0,c1,c2,c3,c4,y\n");
    for row in 0..ROWS {
        columns.iter().for_each(|column| csv.extend([&column[row], ","]));
        csv.push_str(&six[ROWS - row - 1]);
        csv.push('\n');
    }
    let workshop = Workshop::new(&[("t.csv", &csv)]);
    let path = workshop.path("t.csv").display().to_string();
    let text = format!(r#"{{"data": {{"path": {path:?}}}, "target": {{"column": "y"}}}}"#);
    let config = Config::parse(&text, &[], "t.json", "t").unwrap();
    let source = Source::open(&config).unwrap();
    let found = survey(&config, &source, &|_| ()).unwrap();
    let expected: Vec<u64> = columns.iter().map(|column| merged(column)).collect();
    assert!(expected[1] > 100 && expected[2] == 10_000 && expected[3] > 10, "{expected:?}");
    let merged: Vec<u64> = found.features.iter().map(|column| column.merged_values()).collect();
    assert_eq!(merged, expected);
    let missing: Vec<u64> = found.features.iter().map(|column| column.missing).collect();
    assert_eq!(missing, [0, 0, 0, ROWS as u64 / 3, 0]);
    // Both ways into memory are compared in there.
    let Loaded { table, .. } = load(&csv, r#""target": {"column": "y"}"#).unwrap();
    for (column, cells) in table.columns.iter().zip(&columns) {
        let bits = |cell: &String| cell.parse().map_or(f32::NAN, |value: f64| value as f32).to_bits();
        assert!(column.iter().map(|value| value.to_bits()).eq(cells.iter().map(bits)));
    }
    let targets = six.iter().rev().map(|cell| cell.parse::<f64>().unwrap()).collect();
    assert_eq!(table.truth, Truth::Values(targets));
}

/// Cells of one sort, so that a column of them is of one kind most of the time.
fn column_cells() -> impl Strategy<Value = Vec<&'static str>> {
    let sorts: [&[&str]; 6] = [
        &["1", "2", " 7", "-0", "12"],
        &["1.5", "-0.25", "1e3", "16777217", "123456.789", "1e300", "-0"],
        &["-1234.567891", "0.06114387959552488", "-0.000000", "1e-5", " 2.5", "12345678901234567890", "+1"],
        &["true", "False", "TRUE"],
        &["a", "b ", "\"c, d\"", "\"e \"\" f\"", "1"],
        &["1", "1.0", "x", "true", "NA", "", "1e400", "\u{e9}"],
    ];
    let cell =
        |sort: &'static [&'static str]| prop_oneof![60 => select(sort), 2 => Just(""), 1 => Just("NA")];
    (0..sorts.len()).prop_flat_map(move |sort| proptest::collection::vec(cell(sorts[sort]), 40))
}

proptest! {
    #[test]
    fn what_the_survey_keeps_is_what_a_second_pass_reads(
        columns in proptest::collection::vec(column_cells(), 4),
        rows in 2_usize..40,
        kind in select(vec![
            r#"{"name": "c0"}"#,
            r#"{"name": "c0", "kind": "number", "minimum": 0}"#,
            r#"{"name": "c0", "kind": "number", "missing": {"default": 2.5}}"#,
            r#"{"name": "c0", "kind": "number", "missing": "refuse"}"#,
            r#"{"name": "c0", "kind": "integer"}"#,
            r#"{"name": "c0", "kind": "integer", "maximum": 7}"#,
            r#"{"name": "c0", "kind": "integer", "allowed": [1, 2, 7]}"#,
            r#"{"name": "c0", "kind": "boolean"}"#,
            r#"{"name": "c0", "kind": "category"}"#,
            r#"{"name": "c0", "kind": "category", "allowed": ["a", "b", "c, d"]}"#,
            r#"{"name": "c0", "kind": "category", "minimum": 1, "maximum": 10}"#,
        ]),
        rest in select(vec!["", r#", "model": {"sample_weight": "c3"}"#, r#", "split": {"test_ratio": 0}"#]),
    ) {
        let mut csv = String::from("c0,c1,c2,c3\n");
        for row in 0..rows {
            let cells: Vec<&str> = columns.iter().map(|column| column[row]).collect();
            csv.push_str(&format!("{}\n", cells.join(",")));
        }
        let config = format!(r#""target": {{"column": "c2"}}, "features": [{kind}, "c1"]{rest}"#);
        // Both ways are compared in there.
        if let Err(error) = load(&csv, &config) {
            prop_assert!(!error.contains("t.json"), "{}", error);
        }
    }
}
