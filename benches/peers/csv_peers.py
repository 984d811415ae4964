"""Canopy beside pandas and polars: a CSV file of a million rows, from the closed file to numbers in memory.

Run it by `make bench-csv`, which makes the environment (`.venv-bench`), builds Canopy's side
(`crates/trainer/examples/load_table.rs`) and passes ARGS on:

    make bench-csv ARGS="--rounds 5 --calm 60"

What is measured:
 - The table has twenty columns of normal numbers and a target, six decimals each, from a fixed seed. It is kept under
   target/bench; the first, untimed round of each library has it in the system's cache for all.
 - Each measurement is a fresh process, and the libraries take turns in an order that rotates from round to round.
 - pandas and polars read with their defaults. `to float32` adds the cast of all columns to one array of float32,
   which is nearest to what Canopy has at the end: encoded columns of float32, with the kinds inferred, missing values
   counted, merged values looked for, and every bad cell known by its line.
 - `CPU s` is the processor time of all threads: for pandas and polars of reading and casting, for Canopy of the whole
   process, which also makes the learner's table of the columns.
 - Peak memory is the largest resident size of the process, interpreter included.

How to read it: `×` is the library's time divided by Canopy's: above 1 Canopy is faster. "others used n cores" tells how
quiet the machine was; on a busy one only `CPU s` is worth reading.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from machine import CpuClock, describe, wait_for_calm

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "bench"
CANOPY = ROOT / "target" / "release" / "examples" / "load_table"
OURS = "canopy"
LIBRARIES = (OURS, "pandas", "polars")
COLUMNS = 20
SEED = 1


def main() -> int:
    """Measures all libraries and prints the medians."""
    options = parse(sys.argv[1:])
    if options.measure:
        print(json.dumps(measure(options.measure, options.table)))
        return 0
    table = options.table or generated(options.rows)
    rounds: dict[str, list[dict[str, Any]]] = {library: [] for library in LIBRARIES}
    clock = CpuClock()
    for turn in range(-1, options.rounds):
        start = turn % len(LIBRARIES)
        for library in LIBRARIES[start:] + LIBRARIES[:start]:
            wait_for_calm(options.calm)
            figures = run(library, table)
            if turn >= 0:
                rounds[library].append(figures)
    others = clock.others()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES[1:])
    print(f"{table.name}, {table.stat().st_size / 1e6:.0f} MB, {options.rounds} rounds; {describe()}")
    print(f"{versions}, python {platform.python_version()}; others used {others or 0:.2f} cores on average\n")
    print("| library | read s (best) |    × | to float32 s |    × | CPU s |    × | peak MB |")
    print("|---------|--------------:|-----:|-------------:|-----:|------:|-----:|--------:|")
    for library, figures in rounds.items():
        best = min(figure["read_seconds"] for figure in figures)
        row = f"| {library:7} | {median(figures, 'read_seconds'):6.2f} ({best:.2f}) |"
        for name, width in (("read_seconds", 0), ("cast_seconds", 12), ("cpu_seconds", 5)):
            mine, theirs = median(rounds[OURS], name), median(figures, name)
            row += f" {theirs:{width}.2f} | {theirs / mine:4.2f} |" if width else f" {theirs / mine:4.2f} |"
        print(f"{row} {median(figures, 'peak_bytes') / 1e6:7.0f} |")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="default one million")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each library (default 3)")
    parser.add_argument("--calm", type=float, default=0, metavar="SECONDS", help="wait at most so long for quiet")
    parser.add_argument("--table", type=Path, help="another CSV file of numbers, whose target is `y`")
    parser.add_argument("--measure", choices=LIBRARIES[1:], help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def generated(rows: int) -> Path:
    """The table, written if it is not there yet; under its name only once it is complete."""
    path = FOLDER / f"csv-{rows}x{COLUMNS}.csv"
    if path.exists():
        return path
    import polars as pl

    random = np.random.default_rng(SEED)
    values = random.normal(size=(rows, COLUMNS))
    noise = random.normal(size=rows)
    target = values[:, 0] + np.sin(2 * values[:, 1]) + values[:, 2] * values[:, 3] + noise
    columns = {f"x{place}": values[:, place] for place in range(COLUMNS)} | {"y": target}
    FOLDER.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    pl.DataFrame(columns).write_csv(part, float_precision=6)
    part.replace(path)
    return path


def run(library: str, table: Path) -> dict[str, Any]:
    """One measurement in a process of its own."""
    if library == OURS:
        command = [str(CANOPY), str(table), "y"]
    else:
        command = [sys.executable, __file__, "--measure", library, "--table", str(table)]
    before = children_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    # Canopy has float32 from the start, and no interpreter to start.
    return {"cast_seconds": figures["read_seconds"], "cpu_seconds": children_seconds() - before} | figures


def measure(library: str, table: Path) -> dict[str, float]:
    """The times of one library in this process."""
    if library == "pandas":
        import pandas as pd

        cpu = time.process_time()
        start = time.perf_counter()
        frame = pd.read_csv(table)
        read = time.perf_counter() - start
        array = frame.to_numpy(dtype=np.float32)
    else:
        import polars as pl

        cpu = time.process_time()
        start = time.perf_counter()
        frame = pl.read_csv(table)
        read = time.perf_counter() - start
        array = frame.cast(pl.Float32).to_numpy()
    cast = time.perf_counter() - start
    cpu = time.process_time() - cpu
    assert array.dtype == np.float32
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"read_seconds": read, "cast_seconds": cast, "cpu_seconds": cpu, "peak_bytes": peak}


def children_seconds() -> float:
    """Processor time of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median(figures: list[dict[str, Any]], name: str) -> float:
    """The median of one figure over the rounds."""
    return statistics.median(figure[name] for figure in figures)


if __name__ == "__main__":
    sys.exit(main())
