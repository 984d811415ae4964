"""Measures the server beside the limit of the wire and beside other servers: `make bench-serve ARGS=--help`.

In every round each server gets its turn under each load, so that what disturbs the machine disturbs all of them; ratios
are taken within a round. The two cores hold both sides, the clients and the server.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bodies
import contenders
import load
from environments import versions
from figures import Result, Target, together
from machine import describe, wait_for_calm
from service import FailedError, Service, Spec
from tables import load_table, service_table, target_table, text_of

FOLDER = contenders.ROOT / "target" / "bench-serve"
SIZES = (1, 32, 1000)
CONNECTIONS = 64
LARGE_ROWS = 10_000
STARTS = 5


def main() -> int:
    """Measures, prints, writes."""
    options = arguments()
    started = datetime.datetime.now(datetime.UTC)
    began = time.perf_counter()
    if options.calm:
        wait_for_calm(options.calm)
    FOLDER.mkdir(parents=True, exist_ok=True)
    artifact = contenders.boston(FOLDER)
    table = bodies.boston(contenders.TABLE)
    files = {rows: bodies.write(table, rows, FOLDER) for rows in SIZES}
    specs = [contenders.wire_limit(), contenders.canopy(artifact)]
    specs += [contenders.peer(name, FOLDER) for name in options.peers]
    results = [Result(spec.name, spec.absent) for spec in specs]
    loads = {f"{rows} row{'s' * (rows > 1)}, {CONNECTIONS} connections": (rows, CONNECTIONS) for rows in SIZES}
    loads["1 row, 1 connection"] = (1, 1)
    forest = {rows: forest_rate(artifact, files[rows]["data"], options.seconds) for rows in SIZES}

    for number in range(options.rounds):
        asked_now = specs if number < options.peer_rounds else specs[:2]
        with servers(asked_now, results, files[1]) as running:
            for title, (rows, connections) in loads.items():
                for place, service in running.items():
                    print(f"round {number + 1}: {title}: {service.spec.name}", file=sys.stderr)
                    asked = files[rows][service.spec.form]
                    seconds = options.seconds
                    results[place].add(title, load.measure(service, asked, rows, connections, seconds))
    extra = extras(artifact, files[1]["data"], table, options)
    targets = list(targets_of(results, forest, extra))
    tables = {title: load_table(title, results, results[0]) for title in loads}
    tables["Start and memory"] = service_table([*results, extra["large"]])
    tables["Targets"] = target_table(targets)
    others = [row["others_cores"] for result in results for rows in result.loads.values() for row in rows]
    report = text_of(tables) + "\n" + remarks(started, options, forest, extra, others)
    print(report)
    write(options, started, results, targets, forest, extra, report)
    print(f"took {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round without Python servers")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the limit and of Canopy [5]")
    parser.add_argument("--peer-rounds", type=int, default=2, help="rounds of the Python servers among them [2]")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of each load [3]")
    parser.add_argument("--peers", nargs="*", default=list(contenders.PEERS), choices=contenders.PEERS)
    parser.add_argument("--calm", type=float, default=0.0, help="wait at most so many seconds for a quiet machine")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument(
        "--markdown", type=Path, help="write the tables there; in a document that has them, replace them"
    )
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.peers = 1, 2, []
    return options


@contextmanager
def servers(specs: list[Spec], results: list[Result], question: dict[str, Path]) -> Iterator[dict[int, Service]]:
    """All servers that can be started, by their place; they run side by side, one of them under load."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as logs:
        running: dict[int, Service] = {}
        for place, (spec, result) in enumerate(zip(specs, results, strict=False)):
            if result.absent:
                continue
            first = question[spec.form].read_text(encoding="utf-8").split("\n", 1)[0]
            try:
                service = Service(spec, Path(logs, f"{place}.log"), first, seconds=60)
            except FailedError as error:
                result.absent = str(error)
                continue
            stack.callback(service.stop)
            result.ready_seconds.append(service.ready_seconds)
            result.idle_bytes = result.idle_bytes or service.resident_bytes()
            (answer,) = bodies.predictions(service.first_answer)
            if not math.isfinite(answer):
                result.absent = f"answered {answer}"
            running[place] = service
        yield running


def forest_rate(artifact: Path, asked: Path, seconds: int) -> float:
    """Rows a second of the forest alone."""
    command = [str(contenders.RELEASE / "examples" / "forest_limit"), str(artifact), str(asked), str(seconds)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    rate: float = json.loads(run.stdout)["rows_per_second"]
    return rate


def extras(artifact: Path, one: Path, table: list[bodies.Row], options: argparse.Namespace) -> dict[str, Any]:
    """What is measured of Canopy alone: starts, a large artifact, small requests beside large ones."""
    question = one.read_text(encoding="utf-8").split("\n", 1)[0]
    starts = Result("canopy")
    large = Result("canopy, 100 MB artifact")
    big = contenders.large(FOLDER)
    crowd = bodies.write(table, LARGE_ROWS, FOLDER, distinct=8)["data"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        for result, path in [(starts, artifact), (large, big)]:
            for _ in range(STARTS):
                service = Service(contenders.canopy(path), log, question, seconds=60)
                result.ready_seconds.append(service.ready_seconds)
                result.idle_bytes = service.resident_bytes()
                service.stop()
        service = Service(contenders.canopy(artifact), log, question, seconds=60)
        try:
            alone = [load.end(load.start(service, one, 16, options.seconds)) for _ in range(2)]
            mixed = [load.beside(service, one, crowd, 4, options.seconds) for _ in range(2)]
        finally:
            service.stop()
    return {"starts": starts, "large": large, "large_bytes": big.stat().st_size, "alone": alone, "mixed": mixed}


def targets_of(results: list[Result], forest: dict[int, float], extra: dict[str, Any]) -> Iterator[Target]:
    """What should hold."""
    wire, canopy, *peers = results
    loads = {rows: f"{rows} row{'s' * (rows > 1)}, {CONNECTIONS} connections" for rows in SIZES}
    one = loads[1]
    yield Target(
        "1 row: requests/s, share of the wire limit", 0.8, canopy.ratio(wire, one, "requests_per_second"), True
    )
    yield Target("1 row: p99, share of the wire limit's", 1.5, canopy.ratio(wire, one, "p99_us"), False)
    onnx = next((peer for peer in peers if peer.name == "FastAPI + ONNX Runtime"), None)
    if onnx:
        ratio = canopy.ratio(onnx, one, "requests_per_second")
        yield Target("1 row: requests/s, times FastAPI + ONNX Runtime", 15, ratio, True)
    for rows in SIZES[1:]:
        allowed = together(wire.median(loads[rows], "rows_per_second"), forest[rows])
        mine = canopy.median(loads[rows], "rows_per_second")
        found = mine / allowed if mine and allowed else None
        yield Target(f"{rows} rows: share of what wire and forest allow together", 0.5, found, True)
    yield Target("ready with the Boston model", 0.05, extra["starts"].ready(), False, " s")
    yield Target("ready with an artifact of 100 MB", 0.5, extra["large"].ready(), False, " s")
    megabytes = extra["starts"].idle_bytes / 1e6
    yield Target("resident with the Boston model", 21, megabytes, False, " MB")
    allowed_bytes = (20e6 + 1.3 * extra["large_bytes"]) / 1e6
    yield Target("resident with an artifact of 100 MB", allowed_bytes, extra["large"].idle_bytes / 1e6, False, " MB")


def remarks(
    started: datetime.datetime,
    options: argparse.Namespace,
    forest: dict[int, float],
    extra: dict[str, Any],
    others: list[float | None],
) -> str:
    """What the tables do not say."""
    known = [value for value in others if value is not None]
    quiet = f"others used {statistics.fmean(known):.2f} cores on average" if known else "load of others unknown"
    alone, mixed = (statistics.median(row["p99_us"] for row in extra[name]) / 1e3 for name in ("alone", "mixed"))
    crowd = sum(row["large"]["requests"] for row in extra["mixed"])
    refused = sum(row["large"]["refused"] for row in extra["mixed"])
    rates = ", ".join(f"{rate / 1e6:.2f} M rows/s in batches of {rows}" for rows, rate in forest.items())
    used = sorted({contenders.PEERS[name].environment for name in options.peers})
    named = "; ".join(
        ", ".join(versions(name)) for name in used if (contenders.ROOT / ".venv-bench-serve" / name).is_dir()
    )
    lines = [
        f"Started {started:%Y-%m-%d %H:%M} UTC on {describe()}; {quiet}."
        + (" A quick run, not for comparison." if options.quick else ""),
        f"The forest alone: {rates}.",
        f"Small requests beside large ones, 16 connections with 1 row and 4 with {LARGE_ROWS} rows each:"
        f" p99 {mixed:.2f} ms, without the large ones {alone:.2f} ms;"
        f" {crowd} large ones were answered meanwhile, {refused} of them refused.",
    ]
    if named:
        lines.append(f"Versions: {named}.")
    return "\n\n".join(lines) + "\n"


BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def write(
    options: argparse.Namespace,
    started: datetime.datetime,
    results: list[Result],
    targets: list[Target],
    forest: dict[int, float],
    extra: dict[str, Any],
    report: str,
) -> None:
    """The files asked for."""
    if options.json:
        document = {
            "started": started.isoformat(timespec="seconds"),
            "machine": describe(),
            "cores": os.cpu_count(),
            "quick": options.quick,
            "servers": [asdict(result) for result in results],
            "targets": [asdict(target) | {"holds": target.holds()} for target in targets],
            "forest_rows_per_second": forest,
            "extra": extra | {name: asdict(extra[name]) for name in ("starts", "large")},
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        text = options.markdown.read_text(encoding="utf-8") if options.markdown.exists() else f"{BEGIN}\n{END}\n"
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        options.markdown.write_text(f"{before}{BEGIN}\n\n{report}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
