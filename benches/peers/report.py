"""The figures as tables, in Markdown; it reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Callable

from markdown_table import ABSENT, aligned, count, megabytes, seconds, shown
from results import PeerResult, TableResult
from scores import SCORE_TITLES


def table_report(result: TableResult) -> str:
    """One table: a heading, the settings, the libraries fitting and predicting, and why some have no figures."""
    settings = ", ".join(f"{name} {value}" for name, value in result.settings.items())
    lines = [f"### {result.spec.title}", "", f"{result.shape}; {settings}; {others(result)}.", ""]
    lines += [*aligned(fit_rows(result)), "", *aligned(predict_rows(result))]
    absent = [f"- {peer.name}: {ABSENT} ({peer.failure})" for peer in result.peers if peer.failure]
    return "\n".join(lines + (["", *absent] if absent else [])) + "\n"


def fit_rows(result: TableResult) -> list[list[str]]:
    """Time, memory, size and scores of those that train."""
    scores = [name for name in SCORE_TITLES if any(peer.score(name) is not None for peer in result.peers)]
    titles = ["fit", "s (best)", "×", "CPU s", "×", "peak MB", "×", "model MB", "×", "leaves"]
    rows = [[*titles, *(SCORE_TITLES[name] for name in scores), "score"]]
    for peer in result.peers:
        best = peer.best("fit_seconds")
        if best is not None:
            wall, ratio = figure(result, peer, "fit_seconds", seconds)
            row = [peer.name, f"{wall} ({seconds(best)})", ratio]
            row += figure(result, peer, "fit_cpu_seconds", seconds)
            row += figure(result, peer, "peak_bytes", megabytes)
            row += figure(result, peer, "model_bytes", megabytes)
            row += [shown(peer.median("leaves"), count)]
            row += [shown(peer.score(name), lambda value: f"{value:.4f}") for name in scores]
            rows.append([*row, result.verdict(peer)])
    return rows


def predict_rows(result: TableResult) -> list[list[str]]:
    """Speed on many rows and on one, of all."""
    rows = [["predict", "rows/s", "×", "one row µs", "×", "model MB", "leaves", "score", "convert s"]]
    for peer in result.peers:
        if peer.rounds:
            row = [peer.name, *figure(result, peer, "batch_rows_per_second", count)]
            row += figure(result, peer, "single_seconds", lambda value: f"{value * 1e6:.3g}")
            row += [shown(peer.median("model_bytes"), megabytes), shown(peer.median("leaves"), count)]
            rows.append([*row, result.verdict(peer), shown(peer.median("convert_seconds"), seconds)])
    return rows


def figure(result: TableResult, peer: PeerResult, name: str, form: Callable[[float], str]) -> list[str]:
    """A median and its ratio."""
    return [shown(peer.median(name), form), shown(result.ratio(peer, name), lambda value: f"{value:.3g}")]


def others(result: TableResult) -> str:
    """How much of the machine others used during this table."""
    values = [value for peer in result.peers for value in peer.values("others_cores")]
    if not values:
        return "load of others unknown"
    return f"others used {sum(values) / len(values):.2f} cores on average, {max(values):.2f} at most"
