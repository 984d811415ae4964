//! Files larger than the memory that is allowed.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::{answer, artifact, canopy_sql, folder, succeeded};

/// Rows of the large file: 13 doubles without a pattern, 104 bytes a row.
const ROWS: usize = 250_000;
/// How many such files the larger table has.
const COPIES: usize = 4;
/// What the query may use for sorting, in bytes.
const LIMIT: u64 = 24 << 20;

/// The most memory that a process used, in bytes; it is waited for.
fn peak_of(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // Gone when the process is.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or_default() * 1024);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn scored(rows: &Path, output: &Path, columns: &str, order: &str) -> u64 {
    let features = (0..13).map(|number| format!("f{number}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {columns}, boston({features}) AS prediction FROM rows {order}");
    let mut command = canopy_sql(["--threads", "2", "--memory-limit", &LIMIT.to_string(), "--model"]);
    command.arg(artifact("boston")).arg("--table").arg(rows).arg("--output").arg(output).arg(sql);
    peak_of(command.stderr(Stdio::inherit()).spawn().unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_larger_than_the_memory_limit_is_answered_and_sorted_on_the_disk() {
    let folder = folder();
    let rows = folder.path().join("rows.parquet");
    let columns = (0..13).map(|number| format!("100 * random() AS f{number}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {columns} FROM generate_series(1, {ROWS})");
    succeeded(canopy_sql([sql.as_str(), "--output", rows.to_str().unwrap()]).output().unwrap());
    let bytes = std::fs::metadata(&rows).unwrap().len();
    assert!(bytes > LIMIT, "the file has {bytes} bytes");

    let streamed = folder.path().join("streamed.parquet");
    let one = scored(&rows, &streamed, "f0, f1", "");
    println!("streamed: {bytes} bytes at a peak of {one} bytes");
    // The same rows again and again: more bytes, and no more memory than they would need.
    let many = folder.path().join("many");
    std::fs::create_dir(&many).unwrap();
    for number in 0..COPIES {
        std::fs::hard_link(&rows, many.join(format!("{number}.parquet"))).unwrap();
    }
    let peak = scored(&many, &streamed, "f0, f1", "");
    println!("streamed: {} bytes at a peak of {peak} bytes", COPIES as u64 * bytes);
    assert!(peak < one + bytes, "{peak} and {one}");

    let sorted = folder.path().join("sorted.parquet");
    let peak = scored(&rows, &sorted, "*", "ORDER BY prediction DESC, f0");
    println!("sorted: a file of {bytes} bytes at a peak of {peak} bytes");
    assert!(peak < 400 << 20, "{peak}");

    let model = artifact("boston");
    let counted = "SELECT count(*), count(DISTINCT prediction) > 1000 FROM rows";
    assert_eq!(answer(&model, &streamed, counted), format!("{},true", COPIES * ROWS));
    assert_eq!(answer(&model, &sorted, counted), format!("{ROWS},true"));
}
