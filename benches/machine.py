"""The machine: what it is, and how much of it others use meanwhile."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

BUSY_FIELDS = (0, 1, 2, 5, 6, 7)
"""user, nice, system, irq, softirq, steal of `/proc/stat`."""


def describe() -> str:
    """Processor, cores, memory and system, in one line."""
    model = platform.processor() or platform.machine()
    memory = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    except (OSError, ValueError):
        pass
    return f"{model}, {os.cpu_count()} cores{memory}, {platform.system()} {platform.machine()}"


class CpuClock:
    """Processor seconds of the whole machine and of the processes that this one has waited for."""

    def __init__(self) -> None:
        self.wall = time.perf_counter()
        self.busy = busy_seconds()
        self.own = own_seconds()

    def others(self) -> float | None:
        """Mean number of cores that others kept busy since the clock was made; None where it cannot be told."""
        busy = busy_seconds()
        if busy is None or self.busy is None:
            return None
        wall = max(time.perf_counter() - self.wall, 1e-3)
        return max(0.0, (busy - self.busy) - (own_seconds() - self.own)) / wall


def wait_for_calm(seconds: float, cores: float = 0.2) -> None:
    """Waits until others use less than `cores`, at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        clock = CpuClock()
        time.sleep(1.0)
        others = clock.others()
        if others is None or others < cores:
            return


def busy_seconds() -> float | None:
    """All work of all cores since the start of the machine."""
    try:
        ticks = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    return sum(int(ticks[field]) for field in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Work of this process and of its finished children."""
    return sum(os.times()[:4])
