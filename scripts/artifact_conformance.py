"""Reads artifacts by docs/artifact-format.md alone (scripts/read_artifact.py), and holds its answers against those of `trainer
predict`, to the bit: numbers, classes, categories, missing values, booleans, and cells with marks. Intervals and the weights of
leaves (scripts/read_intervals.py) too, within the rounding of sums.

Usage: artifact_conformance.py. TRAINER names the program (default: that in target/debug).
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from read_artifact import Forest, Unreadable, answers, encoded, read
from read_intervals import Intervals, weights_of_roots
from run_clients import penguins

ROOT = Path(__file__).resolve().parent.parent
TRAINER = os.environ.get("TRAINER", str(ROOT / "target/debug/trainer"))
# A larger table is answered in part; a walk takes its time in Python.
MOST_ROWS = 600


def trainer(*arguments):
    done = subprocess.run([TRAINER, "--quiet", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"trainer {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
    return done.stdout


def train(config, folder, *settings):
    """Trains a config and gives the artifact and its data."""
    settings = [f"output.dir={folder}", "quality_gate=null", "cross_validation=null", "model.n_estimators=30", *settings]
    flags = [word for setting in settings for word in ("--set", setting)]
    report = json.loads(trainer("train", "--json", "--conf", config, *flags))
    return ROOT / report["artifact"], ROOT / report["header"]["data"]["path"]


def compare(config, folder, *settings):
    artifact, data = train(config, folder / Path(config).stem, *settings)
    header, _ = read(artifact.read_bytes())
    is_class = header["schema"]["target"]["task"] != "regression"
    flags = ["--probabilities"] if is_class else []
    predicted = trainer("predict", "--column", "answer", "--on-error", "skip", *flags, "--model", artifact, data)
    # A file without a header is answered by one without.
    columns = header["config"]["data"].get("columns")
    if columns:
        classes = header["schema"]["target"]["task"]["classification"] if is_class else []
        columns += ["answer", *(f"probability_{index}" for index in range(len(classes)))]
    rows = list(csv.DictReader(predicted.splitlines(keepends=True), columns))[:MOST_ROWS]
    table = folder / "rows.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    shares = [name for name in rows[0] if name.startswith("probability_")]
    count = 0
    for row, (answer, probabilities) in zip(rows, answers(artifact, table), strict=True):
        expected = row["answer"] if is_class else float(row["answer"])
        assert (str(answer) if is_class else answer) == expected, f"{config}, row {count}: {answer}, not {expected}"
        assert [float(row[share]) for share in shares] == (probabilities or []), f"{config}, row {count}"
        count += 1
    print(f"ok      {Path(config).stem}: {count} rows of {artifact.stat().st_size:,} bytes", flush=True)
    return artifact


def compare_intervals(artifact, data, level):
    """Intervals, within rounding, and the weights of the leaves: each tree of a bootstrap saw as many rows as there are."""
    header, payload = read(artifact.read_bytes())
    forest, blocks = Forest(payload), {block["name"]: block["bytes"] for block in payload["blocks"]}
    assert set(weights_of_roots(forest, blocks)) == {header["data"]["rows_train"]}
    intervals = Intervals(forest, blocks)
    predicted = trainer("predict", "--interval", level, "--model", artifact, data)
    rows = list(csv.DictReader(predicted.splitlines()))
    table = artifact.with_suffix(".csv")
    table.write_text(predicted)
    for row, values in zip(rows, encoded(payload["schema"], table), strict=True):
        found, expected = intervals.around(values, level), (float(row["lower"]), float(row["upper"]))
        assert all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(found, expected)), f"{found}, not {expected}"
    print(f"ok      {header['name']}: {len(rows)} intervals at {level}")


def refuse_damage(artifact):
    """A reader that follows the document notices a flipped bit anywhere."""
    content = artifact.read_bytes()
    for place in [0, 9, 13, 17, 30, len(content) // 2, len(content) - 1]:
        damaged = bytearray(content)
        damaged[place] ^= 4
        try:
            read(bytes(damaged))
        except Unreadable:
            continue
        raise AssertionError(f"the bit at byte {place} was not missed")
    print("ok      damage is noticed")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        artifact = compare("configs/boston.json", folder, "model.interval=0.9")
        for level in [0.9, 0.555]:
            compare_intervals(artifact, ROOT / "data/boston_house_prices.csv", level)
        refuse_damage(artifact)
        for config in ["configs/iris.json", "configs/taxi.json", "configs/life_expectancy.json", str(penguins(folder))]:
            compare(config, folder)


if __name__ == "__main__":
    sys.exit(main())
