"""The figures of all rounds, brought together: medians, minima, ratios, and whether the scores agree."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from tables import TableSpec

OURS = "canopy"
OURS_FAST = "canopy-fast"
"""The fast mode, with the parameters that the table has for it."""
REFERENCE = "scikit-learn"
LESS_IS_BETTER = ("fit_seconds", "fit_cpu_seconds", "peak_bytes", "model_bytes", "single_seconds")
MORE_IS_BETTER = ("batch_rows_per_second",)


@dataclass
class PeerResult:
    """One library on one table."""

    name: str
    rounds: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None
    """Why there are no figures."""

    def median(self, figure: str) -> float | None:
        """The median over the rounds."""
        values = self.values(figure)
        return statistics.median(values) if values else None

    def best(self, figure: str) -> float | None:
        """The best of the rounds."""
        values = self.values(figure)
        if not values:
            return None
        return max(values) if figure in MORE_IS_BETTER else min(values)

    def score(self, name: str) -> float | None:
        """The mean of a score; each round has a seed of its own."""
        values = [row["scores"][name] for row in self.rounds if name in row["scores"]]
        return statistics.fmean(values) if values else None

    def values(self, figure: str) -> list[float]:
        """What the rounds measured."""
        return [row[figure] for row in self.rounds if row.get(figure) is not None]


@dataclass
class TableResult:
    """All libraries on one table."""

    spec: TableSpec
    shape: str
    settings: dict[str, Any]
    peers: list[PeerResult]

    def peer(self, name: str) -> PeerResult | None:
        """One of them."""
        return next((peer for peer in self.peers if peer.name == name), None)

    def ratio(self, peer: PeerResult, figure: str) -> float | None:
        """How many times better Canopy is; below 1 it is worse."""
        ours = self.peer(OURS)
        mine = ours.median(figure) if ours else None
        other = peer.median(figure)
        if not mine or not other or peer.name == OURS:
            return None
        return mine / other if figure in MORE_IS_BETTER else other / mine

    def verdict(self, peer: PeerResult) -> str:
        """`reference`, `agrees`, `better` or `worse`: the main score beside the reference's."""
        reference = self.peer(REFERENCE) or self.peer(OURS)
        score = peer.score(self.spec.score)
        base = reference.score(self.spec.score) if reference else None
        if score is None or base is None:
            return ""
        if reference is peer:
            return "reference"
        difference = score - base
        if abs(difference) <= self.spec.tolerance:
            return "agrees"
        return "better" if difference > 0 else "worse"

    def to_json(self) -> dict[str, Any]:
        """Everything, for other programs."""
        figures = LESS_IS_BETTER + MORE_IS_BETTER + ("convert_seconds", "start_bytes", "leaves", "others_cores")
        return {
            "table": self.spec.name,
            "shape": self.shape,
            "settings": self.settings,
            "peers": [
                {
                    "name": peer.name,
                    "failure": peer.failure,
                    "median": {figure: peer.median(figure) for figure in figures},
                    "best": {figure: peer.best(figure) for figure in LESS_IS_BETTER + MORE_IS_BETTER},
                    "ratio": {figure: self.ratio(peer, figure) for figure in LESS_IS_BETTER + MORE_IS_BETTER},
                    "verdict": self.verdict(peer),
                    "rounds": peer.rounds,
                }
                for peer in self.peers
            ],
        }
