"""Compares answers to Parquet files that pyarrow writes with those to CSV files of the same rows, and reads with pyarrow what the
trainer writes. Needs target/debug/trainer."""

import datetime
import decimal
import json
import pathlib
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINER = ROOT / "target/debug/trainer"
ROWS = 20_000


def ran(*arguments: object) -> None:
    subprocess.run([str(TRAINER), *map(str, arguments)], check=True, cwd=ROOT, capture_output=True)


def table() -> pa.Table:
    """Rows of the iris model, each feature of another type, and columns that pass through."""
    tenths = [10 + i % 57 for i in range(ROWS)]
    start = datetime.datetime(2024, 1, 31, 10, tzinfo=datetime.timezone.utc)
    return pa.table(
        {
            "sepal_length": pa.array([t / 10 for t in tenths], pa.float32()),
            "sepal_width": pa.array([None if i % 11 == 0 else t / 10 for i, t in enumerate(tenths)], pa.float64()),
            "petal_length": pa.array([decimal.Decimal(t) / 10 for t in tenths], pa.decimal128(9, 1)),
            "petal_width": pa.array([t % 3 for t in tenths], pa.int16()),
            "name": pa.array([f"row, {i % 100}" for i in range(ROWS)]).dictionary_encode(),
            "day": pa.array([start.date() + datetime.timedelta(days=i % 400) for i in range(ROWS)]),
            "moment": pa.array([start + datetime.timedelta(microseconds=i) for i in range(ROWS)], pa.timestamp("us", "UTC")),
            "yes": pa.array([i % 2 == 0 for i in range(ROWS)]),
            "unsigned": pa.array([2**64 - 1 - i for i in range(ROWS)], pa.uint64()),
        }
    )


def main() -> None:
    given = table()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        # A missing sepal width is answered where the model was trained with some.
        lines = (ROOT / "data/iris.csv").read_text().splitlines()
        holes = [line if i % 9 else ",".join([line.split(",")[0], "", *line.split(",")[2:]]) for i, line in enumerate(lines[1:])]
        names = "sepal_length,sepal_width,petal_length,petal_width,species"
        (place / "rows.csv").write_text("\n".join([names, *holes]) + "\n")
        ran("init", place / "rows.csv", "--target", "species", "--output", place / "rows.json")
        ran("train", "--conf", place / "rows.json", "--set", f"output.dir={place}", "--set", "model.n_estimators=20")
        (model,) = place.glob("*.canopy")
        pa.csv.write_csv(given, place / "given.csv")
        ran("predict", "--model", model, "--column", "answer", "--on-error", "skip", place / "given.csv", "--output", place / "csv.ndjson")
        expected = [json.loads(line)["answer"] for line in (place / "csv.ndjson").read_text().splitlines()]
        assert len(expected) == ROWS, f"{len(expected)} rows of the CSV file were answered"
        for compression in ["none", "snappy", "gzip", "zstd"]:
            for version in ["1.0", "2.0"]:
                file = place / f"given-{compression}-{version}.parquet"
                pa.parquet.write_table(given, file, compression=compression, data_page_version=version, row_group_size=3000)
                output = file.with_suffix(".out.parquet")
                ran("predict", "--model", model, "--column", "answer", "--probabilities", file, "--output", output)
                answered = pa.parquet.read_table(output)
                assert answered["answer"].to_pylist() == expected, f"{file.name}: other answers than those of the CSV file"
                kept = pa.parquet.read_table(file)
                for name in given.column_names:
                    assert answered[name].to_pylist() == kept[name].to_pylist(), f"{file.name}: {name} was changed"
                    if name != "name":
                        assert answered.schema.field(name).type == kept.schema.field(name).type, name
    print(f"Parquet files of pyarrow are answered as CSV files are: 8 files of {ROWS} rows")


if __name__ == "__main__":
    main()
