//! Files of every layout, and files that cannot be used.

use std::io::Write;

use super::*;

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn read(content: &[u8], layout: &Layout) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let file = file(content);
    let shown =
        |error: TableError| error.to_string().replace(&file.path().display().to_string(), "table.csv");
    let table = CsvTable::open(file.path(), layout).map_err(shown)?;
    let mut rows = Vec::new();
    let mut batches = table.batches(2).map_err(shown)?;
    let mut batch = Batch::default();
    while batches.next_into(&mut batch).map_err(shown)? {
        for (_, record) in batch.records() {
            rows.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        }
    }
    Ok((table.columns().names().to_vec(), rows))
}

#[test]
fn tables_are_read_whatever_their_layout() {
    let check = |content: &[u8], layout: Layout, names: &[&str], rows: &[&[&str]]| {
        let (found_names, found_rows) = read(content, &layout).unwrap();
        assert_eq!(found_names, names, "{}", String::from_utf8_lossy(content));
        assert_eq!(found_rows, rows, "{}", String::from_utf8_lossy(content));
    };
    let two: &[&[&str]] = &[&["1", "2"], &["3", "4"]];
    check(b"a,b\n1,2\n3,4\n", Layout::default(), &["a", "b"], two);
    check(b"a,b\r\n1,2\r\n3,4", Layout::default(), &["a", "b"], two);
    check(b"\xEF\xBB\xBFa,b\n\n1,2\n\n3,4\n\n", Layout::default(), &["a", "b"], two);
    check(b"\" a\nx \",b\n1,2\n3,4\n", Layout::default(), &["a x", "b"], two);
    check(
        b"2,2,\"unbalanced\na;b\n1;2\n3;4\n",
        Layout { delimiter: b';', skip_lines: 1, ..Layout::default() },
        &["a", "b"],
        two,
    );
    let absent = HeaderRow::Absent(vec!["a".into(), "b".into()]);
    check(b"1,2\n3,4\n", Layout { header: absent, ..Layout::default() }, &["a", "b"], two);
    check(
        b"1,2\n3,4\n",
        Layout { header: HeaderRow::Unnamed, ..Layout::default() },
        &["column 1", "column 2"],
        two,
    );
    check(b",b\n1,2\n3,4\n", Layout::default(), &["column 1", "b"], two);
    check(
        b"a,b\n'x,\ny','it''s'\n",
        Layout { quote: Some(b'\''), ..Layout::default() },
        &["a", "b"],
        &[&["x,\ny", "it's"]],
    );
}

#[test]
fn unusable_files_are_refused_with_the_reason() {
    let check = |content: &[u8], layout: Layout, expected: &str| {
        assert_eq!(read(content, &layout).unwrap_err(), expected);
    };
    check(b"", Layout::default(), "table.csv is empty");
    check(b"\xEF\xBB\xBF\n\n", Layout::default(), "table.csv is empty");
    check(
        b"one line\n",
        Layout { skip_lines: 3, ..Layout::default() },
        "table.csv has 1 lines, and 3 are to be skipped before the header",
    );
    check(b"\xFF\xFEa\0,\0", Layout::default(), "table.csv is UTF-16 text: save it as UTF-8");
    check(b"\x1F\x8B\x08", Layout::default(), "table.csv is compressed: unpack it first");
    check(
        b"a,b, a\n1,2,3\n",
        Layout::default(),
        "table.csv: columns 1 and 3 are both called \"a\": rename one, or give the names in the config",
    );
    let absent = HeaderRow::Absent(vec!["a".into()]);
    check(
        b"1,2\n",
        Layout { header: absent, ..Layout::default() },
        "table.csv has 2 columns, but 1 column names are given",
    );
}
