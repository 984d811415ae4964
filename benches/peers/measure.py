"""Measures one library on one table, in a process of its own: `measure.py REQUEST_JSON` prints one line of JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from boosted_peers import LightGbm, Lleaves, XgBoost
from forest_peers import FastForest, FastForestSame, Ydf
from peer import Peer, Settings
from scikit_peers import OnnxRuntime, ScikitLearn, ScikitLearnIntelex
from table_file import Table

PEERS: dict[str, type[Peer]] = {
    "scikit-learn": ScikitLearn,
    "sklearnex": ScikitLearnIntelex,
    "ydf": Ydf,
    "lightgbm": LightGbm,
    "xgboost": XgBoost,
    "fastforest": FastForest,
    "fastforest-same": FastForestSame,
    "onnxruntime": OnnxRuntime,
    "lleaves": Lleaves,
}
BATCH_REPEATS = 5
SINGLE_CHUNK = 50
SINGLE_CHUNKS = 40
SINGLE_SECONDS = 3.0


def measure(name: str, table: Path, settings: Settings, predictions: Path) -> dict[str, Any]:
    """All figures of one library; its predictions for the scored rows go to a file of doubles."""
    rows = Table.read(table)
    peer = PEERS[name](rows, settings)
    peer.load()
    _, convert_seconds = timed(peer.convert)
    reset_peak_memory()
    before = memory("VmRSS")
    cpu_start = time.process_time()
    _, fit_seconds = timed(peer.fit)
    cpu_seconds = time.process_time() - cpu_start
    peak = memory("VmHWM")
    scored = np.asarray(peer.predict(peer.batch(rows.scored_rows)), dtype="<f8")
    scored.tofile(predictions)
    return {
        "fit_seconds": fit_seconds if peer.fits else None,
        "fit_cpu_seconds": cpu_seconds if peer.fits else None,
        "convert_seconds": convert_seconds if peer.fits else convert_seconds + fit_seconds,
        "peak_bytes": peak if peer.fits else None,
        "start_bytes": before if peer.fits else None,
        "batch_rows_per_second": batch_rate(peer, rows),
        "single_seconds": single_seconds(peer, rows),
        "model_bytes": peer.model_bytes(),
        "leaves": peer.leaves(),
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result and the seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def batch_rate(peer: Peer, rows: Table) -> float:
    """Distinct rows a second: the best of some walks over all timed rows, after a short one."""
    batch = peer.batch(rows.timed_rows)
    peer.predict(peer.batch(slice(rows.training, rows.training + 100)))
    seconds = [timed(lambda: peer.predict(batch))[1] for _ in range(BATCH_REPEATS)]
    return rows.timed / min(seconds)


def single_seconds(peer: Peer, rows: Table) -> float:
    """Seconds for a row alone: the median of the means over chunks of distinct rows."""
    peer.prepare_single()
    deadline = time.perf_counter() + SINGLE_SECONDS
    means: list[float] = []
    start = rows.timed_rows.start
    peer.predict_single(peer.batch(slice(start, start + 1)))
    for chunk in range(start, start + SINGLE_CHUNK * SINGLE_CHUNKS, SINGLE_CHUNK):
        singles = [peer.batch(slice(place, place + 1)) for place in range(chunk, chunk + SINGLE_CHUNK)]
        means.append(timed(lambda: [peer.predict_single(row) for row in singles])[1] / SINGLE_CHUNK)  # noqa: B023
        if time.perf_counter() > deadline:
            break
    return statistics.median(means)


def reset_peak_memory() -> None:
    """Forgets the peak so far, so that reading the table does not count. Without the right to, it counts."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        print("the peak of memory includes reading the table", file=sys.stderr)


def memory(field: str) -> int:
    """A field of the process's status, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def main() -> None:
    """Reads the request and prints the figures."""
    request = json.loads(sys.argv[1])
    figures = measure(
        request["peer"], Path(request["table"]), Settings(**request["settings"]), Path(request["predictions"])
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
