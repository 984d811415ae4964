"""What was measured, brought together: medians over the rounds, and ratios to the limit within each round."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

Measurement = dict[str, Any]


@dataclass
class Result:
    """One server."""

    name: str
    absent: str | None = None
    """Why there are no figures."""
    ready_seconds: list[float] = field(default_factory=list)
    idle_bytes: int | None = None
    """Resident memory after the first answer."""
    loads: dict[str, list[Measurement]] = field(default_factory=dict)
    """Measurements by load, one for each round."""

    def add(self, load: str, measurement: Measurement) -> None:
        """A further round."""
        self.loads.setdefault(load, []).append(measurement)

    def median(self, load: str, figure: str) -> float | None:
        """The median over the rounds."""
        values = [row[figure] for row in self.loads.get(load, []) if row.get(figure) is not None]
        return statistics.median(values) if values else None

    def total(self, load: str, figure: str) -> int:
        """The sum over the rounds."""
        return sum(row[figure] for row in self.loads.get(load, []))

    def ratio(self, other: Result, load: str, figure: str) -> float | None:
        """The median of the ratios to another server, round by round: what disturbs a round disturbs both."""
        pairs = zip(self.loads.get(load, []), other.loads.get(load, []), strict=False)
        values = [mine[figure] / its[figure] for mine, its in pairs if its[figure]]
        return statistics.median(values) if values else None

    def most_bytes(self) -> int | None:
        """The largest resident memory that was seen."""
        values = [row["resident_bytes"] for rows in self.loads.values() for row in rows]
        return max([*values, self.idle_bytes or 0]) or None

    def ready(self) -> float | None:
        """The median of the times to the first answer."""
        return statistics.median(self.ready_seconds) if self.ready_seconds else None


def together(*limits: float | None) -> float | None:
    """What several limits allow when each takes its part of the time: 1 / (1/a + 1/b)."""
    rates = [limit for limit in limits if limit]
    return 1 / sum(1 / rate for rate in rates) if len(rates) == len(limits) else None


@dataclass
class Target:
    """Something that should hold."""

    what: str
    wanted: float
    found: float | None
    at_least: bool
    """Or at most."""
    unit: str = ""

    def holds(self) -> bool | None:
        """Whether it does; None when it was not measured."""
        if self.found is None:
            return None
        return self.found >= self.wanted if self.at_least else self.found <= self.wanted
