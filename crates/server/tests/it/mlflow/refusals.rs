//! What a scoring server refuses, and in which words.

use super::*;

#[test]
fn every_wrong_body_is_told_why() {
    let refused = |request: TestRequest, code: &str, message: &str| {
        let reply = ask_once(stubs::iris(), request);
        assert_eq!((reply.status, error(&reply)), (400, (code.to_owned(), message.to_owned())));
    };
    let keys = "exactly one of dataframe_split, dataframe_records, instances, inputs";
    let malformed = |body: &str, message: &str| refused(invoke(body), "BAD_REQUEST", message);
    malformed("", "The body is empty; expected JSON");
    malformed("{", "The body is not JSON: EOF while parsing an object at line 1, column 1");

    let wrong = |body: &str, message: &str| refused(invoke(body), "INVALID_PARAMETER_VALUE", message);
    wrong("[[1]]", &format!("body: not of the right shape (expected an object with {keys}, got an array)"));
    wrong("{}", &format!("body: no rows (expected {keys}, got none)"));
    wrong("{\"data\": [[1]]}", &format!("body: no rows (expected {keys}, got none)"));
    wrong(
        "{\"instances\": [[1, 2, 3, 4]], \"inputs\": [[1, 2, 3, 4]]}",
        &format!("body: rows in two forms (expected {keys}, got instances and inputs)"),
    );
    wrong(
        "{\"dataframe_records\": [[1, 2, 3, 4]]}",
        "dataframe_records[0]: not of the right shape (expected an object of features, got an array)",
    );
    wrong(
        "{\"dataframe_records\": [{\"sepal_length\": 1, \"sepal_width\": 1, \"petal_length\": 1}]}",
        "dataframe_records[0].petal_width: a value is required (expected a number, got nothing)",
    );
    wrong(
        "{\"dataframe_records\": {}}",
        "dataframe_records: not of the right shape (expected a list of objects of features, got an object)",
    );
    wrong(
        "{\"inputs\": [[1, 2, 3]]}",
        "Each data point must contain 4 features: inputs[0]: another number of values (expected 4 values, got 3)",
    );
    wrong(
        "{\"instances\": [[1, 2, 3, 4]], \"params\": {\"temperature\": 1}}",
        "params.temperature: unknown option (expected proba, interval or explain, got \"temperature\")",
    );
}

#[test]
fn a_table_with_its_header_apart_is_told_what_is_wrong_with_it() {
    const NAMES: &str = r#""columns": ["sepal_length", "sepal_width", "petal_length", "petal_width"]"#;
    let check = |split: &str, message: &str| {
        let reply = ask_once(stubs::iris(), invoke(format!("{{\"dataframe_split\": {split}}}")));
        let expected = ("INVALID_PARAMETER_VALUE".to_owned(), message.to_owned());
        assert_eq!((reply.status, error(&reply)), (400, expected), "{split}");
    };
    check(
        "[[1, 2, 3, 4]]",
        "dataframe_split: not of the right shape (expected an object with `columns` and `data`, got an array)",
    );
    check(
        "{\"data\": [[1, 2, 3, 4]]}",
        "dataframe_split.columns: a value is required (expected a list of column names, got none)",
    );
    check(
        &format!("{{{NAMES}}}"),
        "dataframe_split.data: a value is required (expected a list of rows, got none)",
    );
    check(
        &format!("{{{NAMES}, \"data\": []}}"),
        "dataframe_split.data: no rows (expected at least one row, got an empty list)",
    );
    check(
        &format!("{{{NAMES}, {NAMES}, \"data\": [[1, 2, 3, 4]]}}"),
        "dataframe_split.columns: given twice (expected `columns` once, got a second one)",
    );
    check(
        &format!("{{{NAMES}, \"data\": [[1, 2, 3, 4], [1, 2, 3]]}}"),
        "dataframe_split.data[1]: another number of values (expected 4 values, one for each column, got 3)",
    );
    check(
        &format!("{{\"data\": [[1, 2, 3, 4], [1, 2, 3, 4, 5]], {NAMES}}}"),
        "dataframe_split.data[1]: another number of values (expected 4 values, one for each column, got 5)",
    );
    check(
        &format!("{{{NAMES}, \"data\": [[1, 2, 3, 4], 5]}}"),
        "dataframe_split.data[1]: not of the right shape (expected a list of values, got 5)",
    );
    check(
        &format!("{{{NAMES}, \"data\": [[1, 2, null, [4]]]}}"),
        "dataframe_split.data[0].petal_length: a value is required (expected a number, got nothing) and 1 more",
    );
    check(
        r#"{"columns": ["petal_width", "petal_length", "sepal_length", 5], "data": [[1, 2, 3, 4]]}"#,
        "dataframe_split.columns: column missing (expected a column sepal_width, got none)",
    );
    check(
        r#"{"columns": ["petal_width", "petal_width"], "data": [[1, 2]]}"#,
        "dataframe_split.columns[1]: given twice (expected petal_width once, got \"petal_width\") and 3 more",
    );
    check(
        r#"{"columns": {"petal_width": 1}, "data": [[1, 2]]}"#,
        "dataframe_split.columns: not of the right shape (expected a list of column names, got an object)",
    );
}

#[test]
fn an_error_behind_a_late_header_has_its_own_place() {
    let body = "{\"dataframe_split\": {\"data\": [[1, 2, 3, 1e999]],\n \"columns\": \
        [\"sepal_length\", \"sepal_width\", \"petal_length\", \"petal_width\"]}}";
    let reply = ask_once(stubs::iris(), invoke(body));
    let message = "The body is not JSON: number out of range at line 1, column 45".to_owned();
    assert_eq!((reply.status, error(&reply)), (400, ("BAD_REQUEST".into(), message)));
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let check = |inputs: Value, message: &str| {
        let reply = ask_once(stubs::iris(), invoke(json!({ "inputs": inputs })));
        let expected = ("INVALID_PARAMETER_VALUE".to_owned(), message.to_owned());
        assert_eq!((reply.status, error(&reply)), (400, expected), "{inputs}");
    };
    let lists = |last: Value| json!({ "petal_length": [1, 2], "petal_width": [1, 2], "sepal_length": [1, 2], "sepal_width": last });
    check(
        lists(json!([1])),
        "inputs.sepal_width: another number of values (expected 2 values, as in the first column, got 1)",
    );
    check(
        lists(json!([1, 2, 3])),
        "inputs.sepal_width: another number of values (expected 2 values, as in the first column, got 3)",
    );
    check(
        lists(json!(1)),
        "inputs.sepal_width: another number of values (expected 2 values, as in the first column, got 1)",
    );
    check(
        lists(json!([1, "x"])),
        "inputs.sepal_width[1]: not of the right type (expected a number, got \"x\")",
    );
    check(
        lists(json!([1, [2]])),
        "inputs.sepal_width[1]: not of the right type (expected a number, got an array)",
    );
    check(
        json!({ "petal_length": [1] }),
        "inputs: column missing (expected a column sepal_length, got none) and 2 more",
    );
    check(
        json!({ "petal_length": [], "petal_width": [], "sepal_length": [], "sepal_width": [] }),
        "inputs: no rows (expected at least one row, got an empty list)",
    );
}

#[test]
fn a_table_is_told_what_is_wrong_with_it() {
    let check = |table: &str, message: &str| {
        let reply = ask_once(stubs::iris(), invoke_table(table));
        let expected = ("INVALID_PARAMETER_VALUE".to_owned(), format!("Unable to process file: {message}"));
        assert_eq!((reply.status, error(&reply)), (400, expected), "{table}");
    };
    const NAMES: &str = "sepal_length,sepal_width,petal_length,petal_width";
    check("", "file: no rows (expected at least one row, got none)");
    check(NAMES, "file: no rows (expected at least one row, got none)");
    check("1,2,3,4\n", "line 1: column missing (expected a column sepal_length, got none) and 3 more");
    check(
        "sepal_length,sepal_width\n1,2\n",
        "line 1: column missing (expected a column petal_length, got none) and 1 more",
    );
    check(&format!("{NAMES}\n1,2,3\n"), "line 2: another number of cells (expected 4 cells, got 3)");
    check(
        &format!("{NAMES}\n1,2,3,x\n"),
        "line 2, column 4: not of the right type (expected a number, got \"x\")",
    );
    check(
        &format!("{NAMES},petal_width\n1,2,3,4,5\n"),
        "line 1, column 5: given twice (expected petal_width once, got \"petal_width\")",
    );
}

#[test]
fn another_content_type_is_refused() {
    let check = |content_type: &str| {
        let request = invoke("{}").insert_header(("content-type", content_type));
        let reply = ask_once(stubs::iris(), request);
        let message = "Expected a body of type application/json or text/csv, in UTF-8".to_owned();
        assert_eq!((reply.status, error(&reply)), (415, ("BAD_REQUEST".into(), message)), "{content_type}");
    };
    check("application/vnd.apache.parquet");
    check("application/x-www-form-urlencoded");
    check("text/csv; charset=utf-16");
}

#[test]
fn limits_hold_and_say_so() {
    let check = |maximum_rows, request: TestRequest, message: &str| {
        let limits = Limits { maximum_rows, ..Limits::default() };
        let reply = ask_within(stubs::iris(), limits, [request]).remove(0);
        let expected = ("INVALID_PARAMETER_VALUE".to_owned(), message.to_owned());
        assert_eq!((reply.status, error(&reply)), (400, expected));
    };
    let columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let rows = vec![vec![json!(1); 4]; 3];
    for (_, request) in forms(&columns, &rows) {
        check(2, request, "Expected at most 2 rows in one request, got 3");
    }
    let reply = ask_once(stubs::iris(), get("/invocations"));
    assert_eq!((reply.status, error(&reply)), (405, ("BAD_REQUEST".into(), "Method Not Allowed".into())));
}
