"""Canopy beside the other forest libraries: fit, memory, model size and prediction, at equal scores.

Run it by `make bench-peers`, which makes the environment (`.venv-bench`, CPython 3.11 on Linux), builds Canopy's side
(`crates/forest-learner/examples/bench_fit.rs`) and passes ARGS on:

    make bench-peers ARGS="--quick"                               everything at a twentieth, to see that it works
    make bench-peers ARGS="--tables regression binary --rounds 5"
    make bench-peers ARGS="--json target/bench/peers.json --markdown target/bench/peers.md"

What is measured:
 - Tables come from fixed seeds (tables.py) and are kept under target/bench; all libraries read the same file.
 - Each measurement is a fresh process. In a round every library gets its turn, in an order that rotates from round to
   round; all get the same trees, leaf size, features a split, threads, and in each round the same seed.
 - Fit is the library's own training call, with the table in memory in the form that the library likes best. What comes
   before it is shown as `convert s`; binning that a library does for training belongs to its fit.
 - Peak memory is the largest resident size during the fit, table and interpreter included.
 - Prediction runs on distinct rows that training did not see. A single row is one call with one row, for Python
   libraries through Python, for Canopy in the process.
 - Figures are medians over the rounds, the best in brackets; scores are means over the rounds.

How to read it: `×` says how many times better Canopy is (below 1: worse). `score` compares with scikit-learn within
the table's tolerance: the time of a library marked `worse` does not count. "others used n cores" tells how quiet the
machine was. On a busy one only processor seconds (`CPU s`) and scores are worth reading; --calm SECONDS waits so
long for a quiet moment before each measurement.

The exit code is 1 when Canopy fails or its score is worse than the reference.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from machine import CpuClock, describe, wait_for_calm
from measure import PEERS
from peer import Settings
from report import table_report
from results import OURS, OURS_FAST, PeerResult, TableResult
from scores import score
from table_file import Table
from tables import QUICK_DIVISOR, TABLES, Fast, TableSpec

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "bench"
CANOPY = ROOT / "target" / "release" / "examples" / "bench_fit"
QUICK_TREES = 20
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def main() -> int:
    """Measures what the command line asks for; the exit code tells whether Canopy holds its score."""
    options = parse(sys.argv[1:])
    started = datetime.datetime.now(datetime.UTC)
    results = []
    for spec in TABLES:
        if spec.name in options.tables:
            result = measure_table(spec, options)
            print(table_report(result), flush=True)
            results.append(result)
            write_reports(options, started, results)
    return 0 if all(map(holds, results)) else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    names = [spec.name for spec in TABLES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", choices=names, default=names, metavar="TABLE", help=", ".join(names))
    peers = [OURS, OURS_FAST, *PEERS]
    parser.add_argument("--peers", nargs="+", choices=peers, default=peers, metavar="PEER", help=", ".join(peers))
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each library (default 3)")
    parser.add_argument("--trees", type=int, help=f"default 100, with --quick {QUICK_TREES}")
    parser.add_argument("--threads", type=int, default=2, help="default 2")
    parser.add_argument("--quick", action="store_true", help=f"rows divided by {QUICK_DIVISOR}, {QUICK_TREES} trees")
    parser.add_argument("--calm", type=float, default=0, metavar="SECONDS", help="wait at most so long for quiet")
    parser.add_argument("--timeout", type=float, default=1800, metavar="SECONDS", help="for one measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every figure of every round")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables as printed")
    options = parser.parse_args(arguments)
    options.trees = options.trees or (QUICK_TREES if options.quick else 100)
    return options


def measure_table(spec: TableSpec, options: argparse.Namespace) -> TableResult:
    """All rounds of one table."""
    path = spec.file(FOLDER, options.quick, ROOT / "data")
    table = Table.read(path)
    peers = [PeerResult(name, failure=unavailable(name)) for name in spec.peers if name in options.peers]
    rounds = min(options.rounds, spec.most_rounds)
    max_features = spec.max_features(table.columns)
    for seed in range(rounds):
        settings = Settings(options.trees, spec.leaf, max_features, options.threads, seed)
        turn = seed % max(1, len(peers))
        for peer in peers[turn:] + peers[:turn]:
            if peer.failure is None:
                print(f"  {spec.name}, round {seed + 1}: {peer.name}", file=sys.stderr, flush=True)
                wait_for_calm(options.calm)
                measure_peer(peer, path, table, settings, spec.fast, options.timeout)
    shape = f"{table.training} training rows, {table.scored} scored, {table.timed} timed, {table.columns} columns"
    common = {"trees": options.trees, "leaf": spec.leaf, "max_features": max_features}
    return TableResult(spec, shape, common | {"threads": options.threads, "rounds": rounds}, peers)


def unavailable(name: str) -> str | None:
    """Why a library cannot be measured here, if so."""
    if name in (OURS, OURS_FAST):
        return None if CANOPY.exists() else "not built: make bench-peers builds it"
    return None if version(PEERS[name].package) else f"{PEERS[name].package} is not installed"


def version(package: str) -> str | None:
    """Version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def measure_peer(
    peer: PeerResult, path: Path, table: Table, settings: Settings, fast: Fast, timeout: float
) -> None:
    """One measurement in a process of its own; the score is ours."""
    clock = CpuClock()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        predictions = Path(folder, "predictions.f64")
        try:
            run = subprocess.run(
                command(peer.name, path, settings, fast, predictions),
                capture_output=True,
                text=True,
                timeout=timeout,
                env=os.environ | dict.fromkeys(THREAD_VARIABLES, str(settings.threads)),
                check=False,
            )
        except subprocess.TimeoutExpired:
            peer.failure = f"longer than {timeout:.0f} s"
            return
        if run.returncode != 0:
            lines = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
            peer.failure = lines[-1][:200]
            return
        figures: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
        predicted = np.fromfile(predictions, dtype="<f8").reshape(table.scored, -1)
    figures["scores"] = score(table.target[table.scored_rows], predicted, table.classes)
    figures["others_cores"] = clock.others()
    peer.rounds.append(figures)


def command(name: str, table: Path, settings: Settings, fast: Fast, predictions: Path) -> list[str]:
    """The program that measures one library."""
    if name == OURS:
        return ours(table, settings, predictions)
    if name == OURS_FAST:
        trees = max(1, round(settings.trees * fast.trees))
        own = replace(settings, trees=trees, leaf=fast.leaf, max_features=fast.features)
        return [*ours(table, own, predictions), str(fast.max_bins), str(fast.max_samples)]
    request = {"peer": name, "table": str(table), "settings": asdict(settings), "predictions": str(predictions)}
    return [sys.executable, str(Path(__file__).with_name("measure.py")), json.dumps(request)]


def ours(table: Path, settings: Settings, predictions: Path) -> list[str]:
    """The program that measures Canopy."""
    numbers = (settings.trees, settings.leaf, settings.max_features, settings.threads, settings.seed)
    return [str(CANOPY), str(table), str(predictions), *map(str, numbers)]


def write_reports(options: argparse.Namespace, started: datetime.datetime, results: list[TableResult]) -> None:
    """The files asked for; after each table, so that a long run that is stopped leaves something."""
    packages = sorted({peer.package for peer in PEERS.values()} | {"skl2onnx", "numpy"})
    versions = {package: version(package) for package in packages} | {"python": platform.python_version()}
    versions["canopy"] = canopy_version()
    if options.json:
        document = {
            "started": started.isoformat(timespec="seconds"),
            "machine": describe(),
            "versions": versions,
            "quick": options.quick,
            "tables": [result.to_json() for result in results],
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        named = ", ".join(f"{name} {found or 'not installed'}" for name, found in versions.items())
        head = [f"Started {started:%Y-%m-%d %H:%M} UTC on {describe()}.", "", f"Versions: {named}.", ""]
        if options.quick:
            head += ["A quick run: rows divided, fewer trees. Not for comparison.", ""]
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(head) + "\n" + "\n".join(map(table_report, results))
        options.markdown.write_text(text, encoding="utf-8")


def canopy_version() -> str | None:
    """The commit that was measured, with a mark when files differ from it."""
    git = shutil.which("git")
    if git is None:
        return None
    run = subprocess.run(
        [git, "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or None


def holds(result: TableResult) -> bool:
    """Whether Canopy was measured, if asked for, and is not worse than the reference."""
    ours = result.peer(OURS)
    return ours is None or (ours.failure is None and result.verdict(ours) != "worse")


if __name__ == "__main__":
    sys.exit(main())
