//! A look at a table by the command that people run, and the config that takes its advice over.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use crate::programs::{self, Ended, ran};
use crate::{trained, workspace};

fn explore(arguments: &[&str]) -> Ended {
    ran(programs::trainer().arg("explore").args(arguments))
}

fn column<'a>(document: &'a Value, name: &str) -> &'a Value {
    let columns = document["columns"].as_array().unwrap();
    columns.iter().find(|column| column["name"] == name).unwrap()
}

#[test]
fn boston_is_described_as_pandas_describes_it() {
    let document =
        explore(&["data/boston_house_prices.csv", "--target", "MEDV", "--json", "--powers"]).well().json();
    let target = &column(&document, "MEDV")["describe"];
    let known = [
        ("mean", 22.532_806),
        ("std", 9.197_104),
        ("min", 5.0),
        ("25%", 17.025),
        ("50%", 21.2),
        ("75%", 25.0),
        ("max", 50.0),
    ];
    for (figure, expected) in known {
        let found = target[figure].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-5, "{figure}: {found}");
    }
    let with = |name: &str, how: &str| column(&document, name)["with_target"][how].as_f64().unwrap();
    assert!((with("RM", "pearson") - 0.695_360).abs() < 1e-5);
    assert!((with("LSTAT", "pearson") + 0.737_663).abs() < 1e-5);
    assert!((with("LSTAT", "spearman") + 0.852_914).abs() < 1e-5);
    assert!((with("RM", "cube") - 0.73).abs() < 0.005);
    assert_eq!((&document["rows"], &document["doubled_rows"]), (&json!(506), &json!(0)));
    let findings: Vec<_> = document["findings"].as_array().unwrap().iter().collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("\"RAD\" and \"TAX\" go together (correlation 0.91)")
    );
}

/// A table with one of everything that is wrong.
fn troubled() -> String {
    let mut text = "row,name,half,twice,size,secret,always,never,city,town,price\n".to_owned();
    for row in 0..400_u32 {
        let noise = row.wrapping_mul(2_654_435_761) >> 20;
        let price = noise % 97 + 3 * (row % 20);
        let half = if row % 3 == 0 { "1" } else { "" };
        let (city, town) = [("A", "Anton"), ("B", "Berta"), ("C", "Caesar")][row as usize % 3];
        let size = if row == 7 { "large".into() } else { (row % 20).to_string() };
        let _ = writeln!(
            text,
            "{row},n{row},{half},{},{size},{},5,,{city},{town},{price}",
            2 * (row % 20),
            f64::from(price) * 1.5 + 2.0
        );
    }
    text.push_str("row,without,enough\n");
    text
}

#[test]
fn what_is_wrong_is_found_and_a_config_can_leave_it_out() {
    let folder = trained::empty_folder("exploring");
    fs::create_dir_all(&folder).unwrap();
    let data = folder.join("troubled.csv");
    fs::write(&data, troubled()).unwrap();
    let path = data.to_str().unwrap();
    let document = explore(&[path, "--target", "price", "--json"]).well().json();
    let findings: Vec<(&str, &str)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (finding["finding"].as_str().unwrap(), finding["leave_out"].as_str().unwrap_or_default())
        })
        .collect();
    let expected = [
        ("leak", "secret"),
        ("identifier", "row"),
        ("identifier", "name"),
        ("mostly_missing", ""),
        ("no_numbers", ""),
        ("constant", "always"),
        ("empty", "never"),
        ("same", "town"),
        ("collinear", ""),
    ];
    assert_eq!(findings, expected);
    assert_eq!(document["left_out"], json!({"bad cell": 1}));

    // Nothing that is in the file stands in the page as markup.
    fs::write(&data, troubled().replace("Anton", "<script>alert(1)</script>")).unwrap();
    let [page, markdown, figures] = ["page.html", "page.md", "page.json"].map(|name| folder.join(name));
    let mut reports = vec!["--quiet", path, "--target", "price"];
    for report in [&page, &markdown, &figures] {
        reports.extend(["--report", report.to_str().unwrap()]);
    }
    explore(&reports).well();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("&lt;script&gt;alert") && !page.contains("<script"));
    assert!(page.matches("<svg").count() >= 8 && !page.contains("src="));
    let markdown = fs::read_to_string(markdown).unwrap();
    assert!(markdown.contains("](<page-pearson.svg>)") && folder.join("page-pearson.svg").is_file());
    let figures: Value = serde_json::from_str(&fs::read_to_string(figures).unwrap()).unwrap();
    assert_eq!(figures["target"], "price");

    // The config that takes the advice over trains on what is left.
    let config = folder.join("troubled.json");
    let mut init = programs::trainer();
    init.args(["init", path, "--target", "price", "--explore", "--output"]).arg(&config);
    let told = ran(&mut init).well().stderr;
    assert!(told.contains("\"secret\" gives the target away"), "{told}");
    let mut train = programs::trainer();
    train.args(["train", "--json", "--conf"]).arg(&config).args(["--set", "model.n_estimators=5"]);
    train.args(["--set", &format!("output.dir={}", folder.display())]);
    let trained = ran(&mut train).well().json();
    let features: Vec<&str> = trained["header"]["schema"]["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["name"].as_str().unwrap())
        .collect();
    assert_eq!(features, ["half", "twice", "size", "city"]);
}

#[test]
fn a_config_says_what_is_looked_at() {
    let document = explore(&["--conf", "configs/taxi.json", "--json"]).well().json();
    assert_eq!(document["target"], "trip_duration");
    assert_eq!(column(&document, "PULocationID")["kind"], "category");
    assert_eq!(column(&document, "ehail_fee")["kind"], "empty");
    assert_eq!(document["records"].as_u64().unwrap() - document["rows"].as_u64().unwrap(), 59);
    let refused = explore(&["data/iris.csv", "--target", "colour"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("colour"), "{}", refused.stderr);
    let refused =
        explore(&[workspace::path("README.md").to_str().unwrap(), "--report", "/nowhere/at/all.html"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
}
