//! Forms of files, in and out.

use crate::common::{answer, artifact, boston_rows, canopy_sql, failed, folder, succeeded};

#[test]
fn every_form_gives_the_same_answers() {
    let folder = folder();
    let model = artifact("boston");
    let rows = boston_rows(&folder);
    let mut sums = Vec::new();
    let mut input = rows;
    for name in ["a.parquet", "b.ndjson", "c.csv", "d.parquet"] {
        let output = folder.path().join(name);
        let mut command = canopy_sql(["--keep-order", "--model"]);
        command.arg(&model).arg("--table").arg(&input).arg("--output").arg(&output);
        let columns = crate::common::BOSTON;
        command.arg(format!("SELECT {columns}, boston({columns}) AS prediction FROM rows"));
        let told = command.output().unwrap();
        assert!(String::from_utf8_lossy(&told.stderr).contains("506 rows in "));
        succeeded(told);
        sums.push(answer(
            &model,
            &output,
            "SELECT bit_xor(CAST(prediction * 1e12 AS BIGINT)), count(*) FROM rows",
        ));
        input = output;
    }
    assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
}

#[test]
fn a_folder_is_one_table_and_order_is_kept_when_asked_for() {
    let folder = folder();
    let parts = folder.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    let data = std::fs::read_to_string(boston_rows(&folder)).unwrap();
    let mut lines = data.lines();
    let header = lines.next().unwrap();
    let lines: Vec<_> = lines.collect();
    for (number, part) in lines.chunks(100).enumerate() {
        std::fs::write(parts.join(format!("{number}.csv")), format!("{header}\n{}\n", part.join("\n")))
            .unwrap();
    }
    let output = folder.path().join("scored.csv");
    let mut command = canopy_sql(["--score", "rows", "--keep-order", "--model"]);
    command.arg(artifact("boston")).arg("--table").arg(&parts).arg("--output").arg(&output);
    succeeded(command.output().unwrap());
    let scored = std::fs::read_to_string(output).unwrap();
    assert_eq!(scored.lines().count(), 507);
    let firsts = |line: &str| line.split(',').next().unwrap().parse::<f64>().unwrap();
    assert!(lines.iter().map(|line| firsts(line)).eq(scored.lines().skip(1).map(firsts)));
}

#[test]
fn files_of_one_table_have_one_header() {
    let folder = folder();
    let parts = folder.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    // The types of both are held, and the order of the columns counts.
    std::fs::write(parts.join("1.csv"), "a,b,c\n1,2,\n").unwrap();
    std::fs::write(parts.join("2.csv"), "a,b,c\n1.5,x,3\n").unwrap();
    let sum = |sql: &str| canopy_sql(["--table", parts.to_str().unwrap(), sql]).output().unwrap();
    let sums = succeeded(sum("SELECT sum(a) AS a, max(b) AS b, sum(c) AS c FROM rows"));
    assert_eq!(sums, "a,b,c\n2.5,x,3\n");
    std::fs::write(parts.join("3.csv"), "b,a,c\n1,2,3\n").unwrap();
    let errors = failed(&sum("SELECT sum(a) FROM rows"));
    assert!(errors.contains("3.csv: its columns are others than those of"), "{errors}");
}
