//! Runs a query, and writes what it answers.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use futures_util::StreamExt;

use crate::args::{Format, Named, QueryArgs};
use crate::output::Output;
use crate::rows_file::kind_of;
use crate::session::session;
use crate::{score, tables};

/// How often it is told how far the work is.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Shorter runs say no rate.
const MEASURED: Duration = Duration::from_secs(1);

pub(crate) async fn run(args: &QueryArgs) -> anyhow::Result<()> {
    let format = format(args)?;
    let (session, models) = session(args).await?;
    for Named { name, path } in &args.table {
        // As SQL reads a name without quotes.
        let name = &name.as_deref().unwrap_or(tables::DEFAULT_NAME).to_ascii_lowercase();
        if session.table_exist(name)? {
            bail!("there are two tables {name:?}: name one of them with --table NAME=PATH");
        }
        tables::register(&session, name, path, &models, args.csv_text).await?;
    }
    let sql = match (&args.sql, &args.score) {
        (Some(sql), _) => sql.clone(),
        (None, Some(table)) => {
            let table = table.to_ascii_lowercase();
            score::query(&table, &columns(&session, &table).await?, &models)?
        }
        (None, None) => bail!("write a query, or name a table with --score"),
    };
    let start = Instant::now();
    let rows = answer(&session, &sql, args, format).await;
    #[cfg(feature = "cluster")]
    let rows = match &args.scheduler {
        Some(scheduler) => rows.with_context(|| format!("the query on the cluster of {scheduler}")),
        None => rows,
    };
    let rows = rows?;
    if !args.quiet {
        let seconds = start.elapsed();
        let rate = match seconds >= MEASURED {
            true => format!(", {:.0} rows/s", rows as f64 / seconds.as_secs_f64()),
            false => String::new(),
        };
        eprintln!("{rows} rows in {:.1} s{rate}", seconds.as_secs_f64());
    }
    Ok(())
}

/// Plans and runs a query, and writes the rows that it answers; their number is returned.
async fn answer(
    session: &SessionContext,
    sql: &str,
    args: &QueryArgs,
    format: Format,
) -> anyhow::Result<u64> {
    let stream = session.sql(sql).await?.execute_stream().await?;
    let output = Output::create(args.output.as_deref(), format, &stream.schema())?;
    write(stream, output, args.quiet).await
}

/// The form of the result: that which is asked for, else that of its name, else CSV.
fn format(args: &QueryArgs) -> anyhow::Result<Format> {
    let Some(output) = &args.output else {
        return match args.format {
            Some(Format::Parquet) => bail!("Parquet goes to a file: name it with --output"),
            format => Ok(format.unwrap_or(Format::Csv)),
        };
    };
    let kind = kind_of(output);
    if kind.as_ref().is_some_and(|kind| kind.packing.is_compressed()) {
        bail!("{}: results are written unpacked: leave the last ending of the name out", output.display());
    }
    let format = args.format.or(kind.map(|kind| kind.format));
    format.with_context(|| format!("{}: the name tells no form: say it with --format", output.display()))
}

async fn columns(session: &SessionContext, table: &str) -> anyhow::Result<Vec<String>> {
    let frame = session
        .table(table)
        .await
        .with_context(|| format!("there is no table {table:?}: name its file with --table {table}=PATH"))?;
    Ok(frame.schema().fields().iter().map(|field| field.name().clone()).collect())
}

async fn write(
    mut stream: SendableRecordBatchStream,
    mut output: Output,
    is_quiet: bool,
) -> anyhow::Result<u64> {
    let (start, mut told) = (Instant::now(), Instant::now());
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        if !output.write(&batch)? {
            return Ok(rows);
        }
        if !is_quiet && told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            eprintln!("{rows} rows, {:.0} rows/s", rows as f64 / start.elapsed().as_secs_f64());
        }
    }
    output.finish()?;
    Ok(rows)
}

/// The folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
