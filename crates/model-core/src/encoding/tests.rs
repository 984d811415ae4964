//! Tests of the one door: what it takes, what it refuses and in which words.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sample;
use crate::schema::Task;

fn encoder() -> Encoder {
    Encoder::new(sample::schema()).unwrap()
}

/// Encodes a JSON value of a feature; an error as its message.
fn encoded(feature: &str, value: &Value) -> Result<f32, String> {
    let encoder = encoder();
    let position = encoder.position(feature).unwrap();
    encoder.value(position, RawValue::from(value)).map_err(|error| error.to_string())
}

#[test]
fn values_are_encoded_by_their_kind() {
    let check = |feature, value: Value, expected: f32| {
        assert_eq!(encoded(feature, &value), Ok(expected), "{feature} = {value}");
    };
    check("Body_mass", json!(2.5), 2.5);
    check("Body mass", json!(7), 7.0);
    check("rooms", json!(3.0), 3.0);
    check("rooms", json!(null), 4.0);
    check("sex", json!("male"), 1.0);
    check("zone", json!(264), 2.0);
    check("zone", json!(264.0), 2.0);
    // An unseen level has a code of its own, after those of the three levels.
    check("zone", json!(99), 3.0);
    check("island", json!("Atlantis"), 2.0);
    check("river", json!(true), 1.0);
    check("grade", json!(5), 5.0);
    assert!(encoded("zone", &json!(null)).unwrap().is_nan());
}

/// Digits are text to a category of text, 0 and 1 are no and yes, and a number may be a missing marker.
#[test]
fn a_value_of_a_column_means_what_its_cell_means() {
    let mut schema = sample::schema();
    schema.cells.missing_markers.push("99".into());
    let encoder = Encoder::new(schema).unwrap();
    let check = |feature, value: ColumnValue<'_>, expected: Result<f32, &str>| {
        let position = encoder.position(feature).unwrap();
        let error = |error: ValueError| error.to_string();
        let encoded = encoder.column_value(position, &value).map_err(error);
        assert_eq!(encoded, expected.map_err(str::to_owned), "{value:?}");
        if value != ColumnValue::Missing {
            let cell = encoder.cell(position, &value.text()).map_err(error).ok();
            assert_eq!(encoded.ok(), cell, "{value:?}");
        }
    };
    check("Body_mass", ColumnValue::Number(2.5), Ok(2.5));
    check("Body_mass", ColumnValue::Single(0.1), Ok(0.1));
    check("Body_mass", ColumnValue::Digits("1.50".into()), Ok(1.5));
    check("Body_mass", ColumnValue::Text("1,0".into()), Ok(10.0));
    check("rooms", ColumnValue::Integer(99), Ok(4.0));
    check("rooms", ColumnValue::Missing, Ok(4.0));
    check("rooms", ColumnValue::Number(3.0), Ok(3.0));
    check("river", ColumnValue::Integer(1), Ok(1.0));
    check("river", ColumnValue::Boolean(false), Ok(0.0));
    check("island", ColumnValue::Integer(7), Ok(2.0));
    check("zone", ColumnValue::Number(264.0), Ok(2.0));
    check("zone", ColumnValue::Number(2.5), Err("expected an integer from 1 to 265, got 2.5"));
}

#[test]
fn values_that_break_a_rule_are_refused_in_words() {
    let check = |feature, value: Value, expected: &str| {
        assert_eq!(encoded(feature, &value).unwrap_err(), expected, "{feature} = {value}");
    };
    check("Body_mass", json!(null), "expected a number from 0 to 100, got nothing");
    check("Body_mass", json!("2.5"), r#"expected a number from 0 to 100, got "2.5""#);
    check("Body_mass", json!(true), "expected a number from 0 to 100, got true");
    check("Body_mass", json!(100.5), "expected a number from 0 to 100, got 100.5");
    check("Body_mass", json!([1]), "expected a number from 0 to 100, got an array");
    check("rooms", json!(3.5), "expected an integer of at most 20, got 3.5");
    check("rooms", json!(21), "expected an integer of at most 20, got 21");
    check("sex", json!("unknown"), r#"expected one of "female", "male", got "unknown""#);
    check("sex", json!(1), r#"expected one of "female", "male", got 1"#);
    check("zone", json!(9999), "expected an integer from 1 to 265, got 9999");
    check("zone", json!(2.5), "expected an integer from 1 to 265, got 2.5");
    check("river", json!(1), "expected true or false, got 1");
    check("grade", json!(3), "expected one of 1, 2, 5, got 3");
    let long = "x".repeat(1000);
    check("island", json!(7), "expected text, got 7");
    check("Body_mass", json!(long), &format!("expected a number from 0 to 100, got {:?}…", "x".repeat(40)));
}

#[test]
fn numbers_that_json_cannot_say_are_refused() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for position in 0..encoder().width() {
            assert!(encoder().value(position, RawValue::Number(value)).is_err(), "{value} for {position}");
        }
    }
}

#[test]
fn numbers_beyond_an_f32_saturate() {
    let mut schema = sample::schema();
    schema.features[0].kind = FeatureKind::Number { minimum: None, maximum: None };
    let encoder = Encoder::new(schema).unwrap();
    assert_eq!(encoder.value(0, RawValue::Number(1e300)), Ok(f32::MAX));
    assert_eq!(encoder.value(0, RawValue::Number(-1e300)), Ok(f32::MIN));
}

#[test]
fn cells_are_read_by_the_kind_of_their_feature() {
    let encoder = encoder();
    let check = |feature, cell, expected: Result<f32, &str>| {
        let got = encoder.cell(encoder.position(feature).unwrap(), cell).map_err(|error| error.to_string());
        assert_eq!(got, expected.map_err(String::from), "{feature} = {cell:?}");
    };
    check("Body mass", " 99.5 ", Ok(99.5));
    check("Body mass", "NA", Err("expected a number from 0 to 100, got nothing"));
    check("Body mass", "heavy", Err(r#"expected a number from 0 to 100, got "heavy""#));
    check("rooms", "", Ok(4.0));
    check("zone", "2,64", Ok(2.0));
    check("sex", " male", Ok(1.0));
    check("river", "YES", Ok(1.0));
    check("river", "0", Ok(0.0));
    check("river", "2", Err(r#"expected true or false, got "2""#));
}

#[test]
fn schemas_that_contradict_themselves_are_refused() {
    let check = |change: fn(&mut FeatureSchema), expected: &str| {
        let mut schema = sample::schema();
        change(&mut schema);
        assert_eq!(Encoder::new(schema).unwrap_err().to_string(), expected);
    };
    check(|s| s.features.clear(), "the schema has no features");
    check(
        |s| s.features[1].identifier = "Body_mass".into(),
        r#"features "Body mass" and "rooms" are both asked for as "Body_mass": give one of them another `identifier`"#,
    );
    check(
        |s| s.features[0].kind = FeatureKind::Number { minimum: Some(2.0), maximum: Some(1.0) },
        r#"feature "Body mass": the minimum 2 is above the maximum 1"#,
    );
    check(
        |s| s.features[0].kind = FeatureKind::Number { minimum: Some(f64::NAN), maximum: None },
        r#"feature "Body mass": a bound is not finite"#,
    );
    check(
        |s| s.features[1].missing = Missing::Default(DefaultValue::Integer(99)),
        r#"feature "rooms": the default for a missing value does not fit: expected an integer of at most 20, got 99"#,
    );
    check(
        |s| {
            let levels = Levels::Text(vec!["male".into(), "female".into()]);
            s.features[2].kind = FeatureKind::Category(Category { levels, closed: true });
        },
        r#"feature "sex": the levels are not in ascending order without repetition"#,
    );
    check(|s| s.target.task = Task::Classification(vec![]), r#"target "species": no classes"#);
}

proptest! {
    #[test]
    fn a_decoded_value_encodes_to_itself(mass in 0.0_f32..=100.0, rooms in -50_i64..=20, level in 0_usize..2) {
        let encoder = encoder();
        for (position, encoded) in [(0, mass), (1, rooms as f32), (2, level as f32), (3, level as f32), (4, level as f32)] {
            let decoded = encoder.decode(position, encoded);
            prop_assert_eq!(encoder.value(position, RawValue::from(&decoded)), Ok(encoded), "{}", decoded);
        }
    }

    #[test]
    fn a_cell_and_the_json_number_of_the_same_text_are_one_value(value in -1e30_f64..1e30) {
        let mut schema = sample::schema();
        schema.features[0].kind = FeatureKind::Number { minimum: None, maximum: None };
        let encoder = Encoder::new(schema).unwrap();
        let text = value.to_string();
        let json: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(encoder.cell(0, &text), encoder.value(0, RawValue::from(&json)));
    }

    #[test]
    fn no_cell_panics(position in 0_usize..7, cell in any::<String>()) {
        if let Ok(value) = encoder().cell(position, &cell) {
            prop_assert!(!value.is_infinite());
        }
    }
}
