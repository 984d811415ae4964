//! All figures of an exploration, for programs.

use serde_json::{Value, json};

use super::Exploration;

/// The document.
pub(super) fn document(of: &Exploration) -> Value {
    let columns: Vec<Value> = of
        .columns
        .iter()
        .zip(&of.with_target)
        .map(|(column, with)| {
            let mut value = json!({
                "name": column.name,
                "kind": column.kind.name(),
                "present": column.present,
                "missing": column.missing,
                "distinct": column.distinct,
            });
            if let Some(numbers) = &column.numbers {
                let [minimum, q1, median, q3, maximum] = numbers.quartiles;
                value["no_numbers"] = json!(column.no_numbers);
                value["describe"] = json!({
                    "mean": numbers.mean, "std": numbers.std, "min": minimum, "25%": q1, "50%": median, "75%": q3,
                    "max": maximum, "skew": numbers.skew, "infinite": numbers.infinite,
                });
                value["outliers"] = json!({"below": numbers.outliers[0], "above": numbers.outliers[1]});
                let bins = numbers.bins.iter();
                value["histogram"] =
                    bins.map(|([from, to], count)| json!({"from": from, "to": to, "count": count})).collect();
            } else {
                let levels = column.levels.iter();
                value["levels"] = levels.map(|(level, count)| json!({"level": level, "count": count})).collect();
            }
            if let Some(with) = with {
                value["with_target"] = json!({
                    "pearson": with.pearson, "spearman": with.spearman, "information": with.information,
                    "square": with.powers[0], "cube": with.powers[1],
                });
            }
            value
        })
        .collect();
    let names: Vec<&str> = of.matrix.columns.iter().map(|&place| of.columns[place].name.as_str()).collect();
    let square = |which: usize| -> Vec<Vec<Option<f64>>> {
        (0..names.len()).map(|a| (0..names.len()).map(|b| of.matrix.at(a, b)[which]).collect()).collect()
    };
    let findings = of.findings.iter().map(|finding| {
        let column = finding.leave_out().map(|place| of.columns[place].name.as_str());
        json!({"finding": finding.name(), "leave_out": column, "message": finding.in_words(of)})
    });
    json!({
        "path": of.path,
        "records": of.records,
        "rows": of.rows,
        "left_out": of.left_out,
        "target": of.target.map(|place| of.columns[place].name.as_str()),
        "doubled_rows": of.doubled_rows,
        "columns": columns,
        "correlations": {"columns": names, "pearson": square(0), "spearman": square(1)},
        "findings": findings.collect::<Vec<_>>(),
    })
}
