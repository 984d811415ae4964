//! What is wrong is told before a row is read, or with the value.

use crate::common::{BOSTON, artifact, boston_rows, canopy_sql, failed, file, folder};

fn refused(sql: &str) -> String {
    let folder = folder();
    let rows = boston_rows(&folder);
    let output = folder.path().join("scored.parquet");
    let mut command = canopy_sql(["--model"]);
    command.arg(artifact("boston")).arg("--table").arg(rows).arg(sql).arg("--output").arg(&output);
    let errors = failed(&command.output().unwrap());
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["boston.csv"], "a failed query leaves nothing");
    errors
}

#[test]
fn a_wrong_number_of_arguments_is_told_when_planned() {
    let errors = refused("SELECT boston(\"CRIM\", \"ZN\") FROM rows");
    for part in ["boston takes 13 arguments", "CRIM, ZN, INDUS", "found 2", "boston(CRIM => …)"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    assert!(refused("SELECT boston() FROM rows").contains("found 0"));
}

#[test]
fn a_wrong_type_is_told_when_planned() {
    for wrong in ["\"RM\" > 6", "DATE '2024-01-31'", "[1, 2]"] {
        let errors =
            refused(&format!("SELECT boston({}) FROM rows WHERE false", BOSTON.replace("\"RM\"", wrong)));
        for part in [
            "Error during planning",
            "the feature \"RM\" (argument 6) takes a number",
            "of the type",
            "CAST(",
        ] {
            assert!(errors.contains(part), "{wrong}: {part}: {errors}");
        }
    }
}

#[test]
fn an_unknown_name_of_an_argument_is_told() {
    let arguments =
        BOSTON.split(", ").map(|name| format!("{} => {name}", name.trim_matches('"'))).collect::<Vec<_>>();
    let errors =
        refused(&format!("SELECT boston({}) FROM rows", arguments.join(", ").replace("RM =>", "rooms =>")));
    assert!(errors.contains("rooms"), "{errors}");
}

#[test]
fn a_refused_value_is_told_with_its_feature() {
    let errors = refused(&format!("SELECT boston({}) FROM rows", BOSTON.replace("\"RM\"", "'many'")));
    for part in ["boston: the feature \"RM\": expected a number, got \"many\"", "--on-error null"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
}

#[test]
fn columns_and_names_are_told() {
    let folder = folder();
    let rows = boston_rows(&folder);
    let model = artifact("boston");
    let run = |arguments: &[&str]| {
        let mut command = canopy_sql(["--model"]);
        command.arg(&model).arg("--table").arg(&rows).args(arguments);
        failed(&command.output().unwrap())
    };
    let few = file(&folder, "few.csv", "CRIM,ZN\n1,2\n");
    let errors = run(&["--table", &format!("few={}", few.display()), "--score", "few"]);
    assert!(errors.contains("the table few lacks INDUS, CHAS"), "{errors}");
    assert!(run(&["--score", "none"]).contains("there is no table \"none\""));
    let twice = run(&["SELECT * FROM rows AS a CROSS JOIN rows AS b LIMIT 1"]);
    assert!(twice.contains("the result has two columns \"CRIM\""), "{twice}");
    let nested = format!("SELECT boston_interval({BOSTON}) AS both FROM rows");
    assert!(run(&[&nested]).contains("the column \"both\" has more than one value for a row"));
    assert!(
        run(&["SELECT 1", "--model", &format!("abs={}", model.display())])
            .contains("there is a function \"abs\" already")
    );
    assert!(
        run(&["SELECT 1", "--model", &format!("2nd={}", model.display())])
            .contains("cannot be the name of a function")
    );
    assert!(run(&["SELECT 1", "--model", rows.to_str().unwrap()]).contains("not a Canopy artifact"));
    assert!(run(&["SELECT 1", "--output", "x"]).contains("--format"));
}
