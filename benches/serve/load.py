"""The load: wrk with keep-alive connections and distinct bodies, and what the server used meanwhile."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from machine import CpuClock
from service import FailedError, Service

SCRIPT = Path(__file__).with_name("post.lua")


def start(service: Service, bodies: Path, connections: int, seconds: float) -> subprocess.Popen[str]:
    """Starts to ask."""
    threads = str(min(2, connections))
    url = f"http://127.0.0.1:{service.port}"
    load = ["wrk", "--threads", threads, "--connections", str(connections), "--duration", f"{seconds:.0f}s"]
    load += ["--timeout", "30s", "--script", str(SCRIPT), url, "--", str(bodies), service.spec.path]
    return subprocess.Popen(load, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(load: subprocess.Popen[str]) -> dict[str, Any]:
    """The figures of a load that was started."""
    output, complaint = load.communicate()
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if load.returncode != 0 or not lines:
        raise FailedError(f"wrk: {(complaint or output).strip()[:200]}")
    figures: dict[str, Any] = json.loads(lines[-1])
    figures["requests_per_second"] = figures["requests"] / figures["seconds"]
    return figures


def measure(service: Service, bodies: Path, rows: int, connections: int, seconds: float) -> dict[str, Any]:
    """One measurement: figures of the clients and of the server."""
    clock = CpuClock()
    before = service.cpu_seconds()
    figures = end(start(service, bodies, connections, seconds))
    used = service.cpu_seconds() - before
    figures["rows_per_second"] = figures["requests_per_second"] * rows
    figures["cpu_us"] = used * 1e6 / max(figures["requests"], 1)
    figures["resident_bytes"] = service.resident_bytes()
    others = clock.others()
    # What the server used is no work of others; the clients were waited for.
    figures["others_cores"] = None if others is None else max(0.0, others - used / figures["seconds"])
    return figures


def beside(service: Service, small: Path, large: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Small requests while large ones are worked at: the figures of the small ones, and the number of large ones."""
    crowd = start(service, large, connections, seconds + 1)
    threading.Event().wait(0.5)
    started = time.perf_counter()
    figures = end(start(service, small, 16, seconds))
    figures["measured_seconds"] = time.perf_counter() - started
    figures["large"] = end(crowd)
    return figures
