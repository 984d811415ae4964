//! Rows from tensors: all forms of a table are one table, and nothing that is sent breaks the reader.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Datatype, TensorReader};
use crate::error::ApiError;
use crate::question::{Expect, Question, read_json};
use crate::state::{Limits, Served};
use crate::stubs::{self, Stub};

/// A tensor as sent: raw elements behind a name, a datatype and a shape.
struct Raw<'t>(&'t str, &'t str, &'t [i64], Vec<u8>);

fn served(stub: Stub) -> Served {
    Served::new(Arc::new(stub), None, None, &Limits::default()).unwrap()
}

fn read<'t>(served: &Served, tensors: impl IntoIterator<Item = Raw<'t>>) -> Result<Question, ApiError> {
    let mut reader = TensorReader::new(&served.rules(&Limits::default()));
    for Raw(name, datatype, shape, bytes) in tensors {
        if let Some(elements) = reader.tensor(name, datatype, shape) {
            elements.raw(&bytes);
        }
    }
    reader.finish()
}

fn doubles(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_le_bytes).collect()
}

fn texts(values: &[&str]) -> Vec<u8> {
    let text = |text: &&str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    values.iter().flat_map(text).collect()
}

fn bits(question: &Question) -> Vec<u32> {
    question.rows.values().iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn refused<'t>(stub: Stub, tensors: impl IntoIterator<Item = Raw<'t>>, expected: &str) {
    assert_eq!(read(&served(stub), tensors).unwrap_err().to_string(), expected);
}

proptest! {
    #[test]
    fn a_matrix_columns_and_json_rows_are_one_table(
        rows in prop::collection::vec(prop::array::uniform4(-1e9_f64..1e9), 1..9),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
        whole in any::<bool>(),
    ) {
        let rows: Vec<_> = rows.into_iter().map(|row| row.map(|value| if whole { value.round() } else { value })).collect();
        let served = served(stubs::iris());
        let n = rows.len() as i64;
        let json = serde_json::to_vec(&rows).unwrap();
        let expected = read_json(&json, &served.rules(&Limits::default()), Expect::Any).unwrap();
        let matrix = [Raw("anything", "FP64", &[n, 4], doubles(rows.iter().copied().flatten()))];
        let matrix = read(&served, matrix).unwrap();
        let names = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
        let (tall, flat) = ([n, 1], [n]);
        let columns = order.map(|position: usize| {
            let column = rows.iter().map(|row| row[position]);
            let shape = if position.is_multiple_of(2) { &tall[..] } else { &flat };
            match whole {
                true => Raw(names[position], "INT64", shape, column.flat_map(|value| (value as i64).to_le_bytes()).collect()),
                false => Raw(names[position], "FP64", shape, doubles(column)),
            }
        });
        let columns = read(&served, columns).unwrap();
        prop_assert_eq!(bits(&matrix), bits(&expected));
        prop_assert_eq!(bits(&columns), bits(&expected));
        let warned = |question: &Question| -> Vec<_> {
            (0..rows.len()).map(|row| question.warnings.of_row(row).count()).collect()
        };
        prop_assert_eq!(warned(&columns), warned(&expected));
        prop_assert_eq!(warned(&matrix), warned(&expected));
    }

    #[test]
    fn nothing_that_is_sent_breaks_the_reader(
        tensors in prop::collection::vec(
            (
                prop_oneof![Just("island"), Just("observer"), Just("bill length"), Just("sex"), Just("year"), Just("x")],
                prop_oneof![4 => prop::sample::select(Datatype::ALL.to_vec()).prop_map(Datatype::name), 1 => Just("FP16")],
                prop::collection::vec(prop_oneof![3 => 0..6_i64, 1 => any::<i64>(), 1 => Just(1 << 40)], 0..4),
                prop::collection::vec(prop_oneof![2 => Just(0_u8), 1 => 0..5_u8, 1 => any::<u8>()], 0..60),
            ),
            0..5,
        ),
    ) {
        let tensors = tensors.iter().map(|(name, datatype, shape, bytes)| Raw(name, datatype, shape, bytes.clone()));
        if let Ok(question) = read(&served(stubs::penguins()), tensors) {
            prop_assert_eq!(question.rows.width(), 5);
            prop_assert!(!question.rows.is_empty());
        }
    }
}

#[test]
fn every_kind_of_feature_has_its_datatypes() {
    let served = served(stubs::penguins());
    let tensors = |year, years: Vec<u8>| {
        [
            Raw("island", "BYTES", &[2], texts(&["Dream", "Biscoe"])),
            Raw("year", year, &[2, 1], years),
            Raw("bill length", "FP32", &[2], [39.1_f32, 40.0].map(f32::to_le_bytes).concat()),
            Raw("observer", "BYTES", &[2, 1], texts(&["B", "nobody yet"])),
        ]
    };
    let expected = [1.0, 1.0, 39.1, f32::NAN, 2007.0, 0.0, 2.0, 40.0, f32::NAN, 2009.0].map(f32::to_bits);
    let years = |bytes: &[&[u8]]| bytes.concat();
    for (datatype, years) in [
        ("INT16", years(&[&2007_i16.to_le_bytes(), &2009_i16.to_le_bytes()])),
        ("UINT32", years(&[&2007_u32.to_le_bytes(), &2009_u32.to_le_bytes()])),
        ("UINT64", years(&[&2007_u64.to_le_bytes(), &2009_u64.to_le_bytes()])),
        ("FP64", doubles([2007.0, 2009.0])),
    ] {
        let question = read(&served, tensors(datatype, years)).unwrap();
        assert_eq!(bits(&question), expected, "{datatype}");
        assert_eq!(question.warnings.listed().next().unwrap().loc, "observer[1]");
    }
}

#[test]
fn what_is_missing_is_missing_in_every_form() {
    let served = served(stubs::taxi());
    let zones = || {
        let zones = || [1_i64, 264].map(i64::to_le_bytes).concat();
        [Raw("PULocationID", "INT64", &[2], zones()), Raw("DOLocationID", "INT64", &[2], zones())]
    };
    let nan = f32::NAN;
    let left_out = read(&served, zones()).unwrap();
    assert_eq!(bits(&left_out), [0.0, 0.0, 1.0, nan, nan, 2.0, 2.0, 1.0, nan, nan].map(f32::to_bits));
    let more = [
        Raw("passenger_count", "FP64", &[2], doubles([f64::NAN, 3.0])),
        Raw("trip distance", "FP32", &[2], [nan, 1.5].map(f32::to_le_bytes).concat()),
        Raw("night", "BOOL", &[2], vec![1, 0]),
    ];
    let given = read(&served, zones().into_iter().chain(more)).unwrap();
    assert_eq!(bits(&given), [0.0, 0.0, 1.0, nan, 1.0, 2.0, 2.0, 3.0, 1.5, 0.0].map(f32::to_bits));
}

#[test]
fn a_single_keeps_a_bound_that_its_double_does_not() {
    // The nearest double of the single 99.9 is a little more than the bound.
    assert!(f64::from(99.9_f32) > 99.9);
    let served = served(stubs::penguins());
    let tensors = |length: f32| {
        [
            Raw("island", "BYTES", &[1], texts(&["Dream"])),
            Raw("observer", "BYTES", &[1], texts(&["A"])),
            Raw("bill_length", "FP32", &[1], length.to_le_bytes().to_vec()),
            Raw("year", "INT32", &[1], 2007_i32.to_le_bytes().to_vec()),
        ]
    };
    let question = read(&served, tensors(99.9)).unwrap();
    assert_eq!(question.warnings.listed().next().unwrap().got, "99.9");
    let error = read(&served, tensors(100.1)).unwrap_err();
    let expected = "bill_length[0]: out of bounds (expected a number from 0 to 99.9, got 100.1)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn what_is_wrong_with_a_tensor_is_named() {
    let one = || doubles([1.0]);
    refused(stubs::iris(), [], "inputs: no rows (expected at least one row, got no tensor)");
    refused(
        stubs::iris(),
        [Raw("x", "FP64", &[0, 4], vec![])],
        "inputs: no rows (expected at least one row, got none)",
    );
    refused(
        stubs::iris(),
        [Raw("x", "FP64", &[1, 3], doubles([1.0; 3]))],
        "x: not of the right shape (expected [n, 4], or one tensor a feature, got [1, 3])",
    );
    refused(
        stubs::iris(),
        [Raw("x", "FP64", &[4], doubles([1.0; 4]))],
        "x: no feature of this name (expected one of sepal_length, sepal_width, petal_length, petal_width; \
         or one matrix [n, 4], got \"x\")",
    );
    for shape in [&[-1, 4][..], &[], &[1, 1, 4], &[i64::MIN, 4], &[1 << 40, 1 << 40]] {
        let error = read(&served(stubs::iris()), [Raw("x", "FP64", shape, one())]).unwrap_err();
        assert!(error.to_string().starts_with("x: not of the right shape (expected "), "{error}");
    }
    for shape in [&[1 << 40, 4], &[i64::MAX, 4]] {
        let error = read(&served(stubs::iris()), [Raw("x", "FP64", shape, one())]).unwrap_err();
        assert!(matches!(error, ApiError::TooManyRows { limit: 10_000, .. }), "{error}");
    }
    refused(
        stubs::iris(),
        [Raw("x", "FP32", &[1, 4], doubles([1.0; 4]))],
        "x: another number of bytes (expected 4 bytes for each of 4 elements of FP32, got 32)",
    );
    refused(
        stubs::iris(),
        [Raw("x", "FP16", &[1, 4], one())],
        "x: unknown datatype (expected BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FP32, FP64, \
         BYTES, got \"FP16\")",
    );
    refused(
        stubs::iris(),
        [Raw("x", "FP64", &[1, 4], doubles([1.0; 4])), Raw("sepal_width", "FP64", &[1], one())],
        "sepal_width: a tensor beside a matrix (expected one matrix [n, 4] alone, or one tensor a feature, got [1])",
    );
    refused(
        stubs::iris(),
        [Raw("sepal_width", "FP64", &[1], one()), Raw("sepal_width", "FP64", &[1], one())],
        "sepal_width: given twice (expected sepal_width once, got \"sepal_width\") and 3 more",
    );
    refused(
        stubs::iris(),
        [Raw("sepal_width", "FP64", &[1], one()), Raw("sepal_length", "FP64", &[2], doubles([1.0; 2]))],
        "sepal_length: another number of rows (expected 1 as in the first tensor, got 2) and 3 more",
    );
    refused(
        stubs::iris(),
        [Raw("x", "FP64", &[1, 4], doubles([1.0, f64::NAN, f64::INFINITY, 1.0]))],
        "x[0][1]: a value is required (expected a number, got nothing) and 1 more",
    );
    refused(
        stubs::iris(),
        [Raw("x", "BYTES", &[1, 4], texts(&["1", "2", "3", "4"]))],
        "x[0][0]: not of the right type (expected a number, got \"1\") and 3 more",
    );
}

#[test]
fn texts_that_break_off_are_named() {
    let check = |bytes: Vec<u8>, expected: &str| {
        let column = [Raw("observer", "BYTES", &[2], bytes)];
        let error = read(&served(stubs::penguins()), column).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    check(texts(&["A"]), "observer: another number of elements (expected 2, as its shape says, got 1)");
    check(
        texts(&["A", "B", "A"]),
        "observer: another number of elements (expected 2, as its shape says, got 3)",
    );
    check(vec![], "observer: another number of elements (expected 2, as its shape says, got 0)");
    check([texts(&["A"]), vec![1, 0]].concat(), "observer[1]: the text breaks off");
    check([texts(&["A"]), vec![255; 4]].concat(), "observer[1]: the text breaks off");
    check([texts(&["A"]), vec![2, 0, 0, 0, b'B']].concat(), "observer[1]: the text breaks off");
    check(
        [texts(&["A"]), vec![1, 0, 0, 0, 0xff]].concat(),
        "observer[1]: not of the tensor's datatype (expected an element of BYTES, got bytes that are not UTF-8)",
    );
}

#[test]
fn a_tensor_that_was_not_read_to_its_end_is_not_a_missing_one() {
    let served = served(stubs::iris());
    let mut reader = TensorReader::new(&served.rules(&Limits::default()));
    drop(reader.tensor("x", "FP64", &[2, 4]));
    let error = reader.finish().unwrap_err().to_string();
    assert_eq!(error, "inputs: a tensor has no elements (expected as many as its shape says, got none)");
}
