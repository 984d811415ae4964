//! The answers are those of `trainer predict`, to the bit: DataFusion compares the columns.

use crate::common::{
    BOSTON, answer, artifact, boston_rows, canopy_sql, file, folder, root, succeeded, trainer_predict,
};

#[test]
fn boston_is_answered_alike_from_parquet() {
    let folder = folder();
    let scored = folder.path().join("scored.parquet");
    let model = artifact("boston");
    trainer_predict(&model, &boston_rows(&folder), &scored, &["--interval"]);
    let sql = format!(
        "SELECT count(*), count(DISTINCT prediction) > 100, \
           count(*) FILTER (WHERE prediction IS DISTINCT FROM boston({BOSTON})), \
           count(*) FILTER (WHERE lower IS DISTINCT FROM boston_interval({BOSTON})['lower']), \
           count(*) FILTER (WHERE upper IS DISTINCT FROM boston_interval({BOSTON})['upper']) FROM rows"
    );
    assert_eq!(answer(&model, &scored, &sql), "506,true,0,0,0");
}

/// Compares the classes, which are called so, and their probabilities.
fn iris_is_answered_alike(model: &'static str, classes: [&str; 3]) {
    let folder = folder();
    let data = std::fs::read_to_string(root().join("data/iris.csv")).unwrap();
    let header = "sepal length,sepal width,petal length,petal width,species";
    let rows = file(&folder, "iris.csv", &format!("{header}\n{}", data.split_once('\n').unwrap().1));
    let scored = folder.path().join("scored.parquet");
    let model = artifact(model);
    trainer_predict(&model, &rows, &scored, &["--probabilities"]);
    let features = "\"sepal length\", \"sepal width\", \"petal length\", \"petal width\"";
    let wrong = |class: &str| {
        format!(
            "count(*) FILTER (WHERE \"probability_{class}\" IS DISTINCT FROM iris_proba({features})['{class}'])"
        )
    };
    let named = "petal_width => \"petal width\", petal_length => \"petal length\", sepal_width => \"sepal width\", \
                 sepal_length => \"sepal length\"";
    let probabilities = classes.map(wrong).join(", ");
    let sql = format!(
        "SELECT count(*), count(DISTINCT prediction), \
           count(*) FILTER (WHERE prediction IS DISTINCT FROM iris({features})), \
           count(*) FILTER (WHERE iris({named}) IS DISTINCT FROM iris({features})), {probabilities} FROM rows"
    );
    assert_eq!(answer(&model, &scored, &sql), "150,3,0,0,0,0,0");
}

#[test]
fn classes_are_answered_alike_by_value_and_by_name() {
    iris_is_answered_alike("iris", ["0", "1", "2"]);
    iris_is_answered_alike("iris_names", ["setosa", "versicolor", "virginica"]);
}

#[test]
fn missing_and_unseen_taxi_zones_are_answered_alike() {
    let folder = folder();
    let mut rows = "PULocationID,DOLocationID,passenger_count,note\n".to_owned();
    // Most zones of the city, of which training saw some; every third count and every seventh zone is missing.
    for zone in 1..=265 {
        let count = if zone % 3 == 0 { String::new() } else { (zone % 10).to_string() };
        let other = if zone % 7 == 0 { String::new() } else { (266 - zone).to_string() };
        rows.push_str(&format!("{zone},{other},{count},row {zone}\n"));
    }
    let rows = file(&folder, "taxi.csv", &rows);
    let model = artifact("taxi");
    let alike = folder.path().join("alike.parquet");
    let options = ["--on-error", "skip"];
    trainer_predict(&model, &rows, &alike, &options);
    let call = "taxi(\"PULocationID\", \"DOLocationID\", passenger_count)";
    let wrong = format!("count(*) FILTER (WHERE trip_duration_prediction IS DISTINCT FROM {call})");
    let answered = answer(&model, &alike, &format!("SELECT count(*) > 100, {wrong} FROM rows"));
    assert_eq!(answered, "true,0");
    // Rows that the trainer leaves out have no answer.
    let skipped = canopy_sql(["--on-error", "null", "--model"])
        .arg(&model)
        .arg("--table")
        .arg(&rows)
        .args([&format!("SELECT count(*) FROM rows WHERE {call} IS NOT NULL")])
        .output()
        .unwrap();
    let counted = answer(&model, &alike, "SELECT count(*) FROM rows");
    assert_eq!(succeeded(skipped).lines().last(), Some(counted.as_str()));
}

#[test]
fn marks_and_missing_markers_of_csv_are_read_as_the_trainer_reads_them() {
    let folder = folder();
    let model = artifact("life_expectancy");
    let rows = root().join("data/world-data-2023.csv");
    let expected = folder.path().join("expected.ndjson");
    trainer_predict(&model, &rows, &expected, &["--on-error", "skip", "--format", "ndjson"]);
    let scored = folder.path().join("scored.ndjson");
    let mut command =
        canopy_sql(["--csv-text", "--keep-order", "--score", "rows", "--on-error", "null", "--model"]);
    command.arg(&model).arg("--table").arg(&rows).arg("--output").arg(&scored);
    succeeded(command.output().unwrap());
    let answers = |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let answers: Vec<_> = rows
            .filter_map(|row| row.get("life_expectancy_prediction").or(row.get("prediction"))?.as_f64())
            .collect();
        answers
    };
    let (expected, found) = (answers(&expected), answers(&scored));
    assert!(expected.len() > 100, "{}", expected.len());
    assert!(expected.iter().map(|answer| answer.to_bits()).eq(found.iter().map(|answer| answer.to_bits())));
}

#[test]
fn types_of_columns_do_not_matter() {
    let folder = folder();
    let rows = boston_rows(&folder);
    let model = artifact("boston");
    let as_text = BOSTON
        .split(", ")
        .map(|name| format!("CAST({} AS VARCHAR)", name.trim()))
        .collect::<Vec<_>>()
        .join(", ");
    let as_dictionary = BOSTON
        .split(", ")
        .map(|name| format!("arrow_cast(CAST({} AS VARCHAR), 'Dictionary(Int32, Utf8)')", name.trim()))
        .collect::<Vec<_>>()
        .join(", ");
    let as_decimal = BOSTON
        .split(", ")
        .map(|name| format!("CAST({} AS DECIMAL(20, 8))", name.trim()))
        .collect::<Vec<_>>()
        .join(", ");
    let wrong = |arguments: &str| {
        format!("count(*) FILTER (WHERE boston({arguments}) IS DISTINCT FROM boston({BOSTON}))")
    };
    let sql =
        format!("SELECT {}, {}, {} FROM rows", wrong(&as_text), wrong(&as_dictionary), wrong(&as_decimal));
    assert_eq!(answer(&model, &rows, &sql), "0,0,0");
}

#[test]
fn constants_are_answered_without_a_table() {
    let model = format!("flower={}", artifact("iris_names").display());
    let sql =
        "SELECT flower(5.1, 3.5, 1.4, 0.2) AS species, flower('5.1', 'wide', 1.4, 0.2) IS NULL AS is_refused";
    let output = canopy_sql(["--on-error", "null", "--model", &model, sql]).output().unwrap();
    assert_eq!(succeeded(output), "species,is_refused\nsetosa,true\n");
}
