//! Files of every layout, and files that cannot be used.

use std::io::Write;

use proptest::prelude::*;

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
    let read = table.for_each_batch(&|_| (), |batch| {
        rows.extend(
            batch.records().map(|record| (0..record.len()).map(|cell| record.text(cell).into()).collect()),
        );
        Ok(())
    });
    assert_eq!(read.map_err(shown)?, rows.len() as u64);
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
    check(
        b"PK\x03\x04\x14",
        Layout::default(),
        "table.csv is a ZIP archive or a workbook: unpack it, or save it as CSV",
    );
    check(b"\x1F\x8B\x08", Layout::default(), "cannot read table.csv: unexpected end of file");
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

/// A record: its cells, and the offset at which its own text starts.
type Cells = (Vec<Vec<u8>>, u64);

/// The records below the header by the `csv` crate's own reader.
fn by_the_reference(content: &[u8], layout: &Layout) -> Vec<Cells> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(layout.delimiter)
        .quote(layout.quote.unwrap_or(b'"'))
        .quoting(layout.quote.is_some())
        .has_headers(false)
        .flexible(true)
        .from_reader(content);
    let own_start = |byte: u64| {
        let ends = content[byte as usize..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        byte + ends.count() as u64
    };
    let records = reader.byte_records().map(|record| {
        let record = record.unwrap();
        (record.iter().map(<[u8]>::to_vec).collect(), own_start(record.position().unwrap().byte()))
    });
    records.skip(usize::from(layout.header == HeaderRow::First)).collect()
}

proptest! {
    #[test]
    fn blocks_of_any_size_hold_the_records_of_the_whole(
        body in proptest::collection::vec(
            proptest::sample::select(&b"a1,,,;\"\"\"\n\n\r \xC3\xA9\xEF\xBB\xBF"[..]), 0..60),
        block_bytes in 1_usize..40,
        quote in proptest::sample::select(vec![None, Some(b'"'), Some(b'1')]),
        has_header in any::<bool>(),
    ) {
        let content = [&b"x,y\r\n"[..], &body].concat();
        let header = if has_header { HeaderRow::First } else { HeaderRow::Unnamed };
        let layout = Layout { quote, header, ..Layout::default() };
        let file = file(&content);
        let table = CsvTable::open(file.path(), &layout).unwrap();
        let mut found: Vec<Cells> = Vec::new();
        let count = table.for_each_batch_of(block_bytes, &|_| (), |_, ()| (), |batch| {
            for record in batch.records() {
                assert_eq!(record.place().record, found.len() as u64 + 1);
                for (position, cell) in record.cells().enumerate() {
                    assert_eq!(record.text(position), String::from_utf8_lossy(cell));
                }
                let byte = record.place().byte as usize;
                let ends = content[byte..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                found.push((record.cells().map(<[u8]>::to_vec).collect(), (byte + ends) as u64));
            }
            Ok::<(), TableError>(())
        }).unwrap();
        prop_assert_eq!(count, found.len() as u64);
        prop_assert_eq!(found, by_the_reference(&content, &layout));
    }
}
