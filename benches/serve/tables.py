"""The figures as Markdown tables; they read well in a terminal too."""

from __future__ import annotations

from figures import Result, Target
from markdown_table import ABSENT, aligned, count, shown


def load_table(load: str, results: list[Result], limit: Result) -> list[str]:
    """All servers under one load."""
    titles = ["requests/s", "of the limit", "rows/s", "p50 ms", "p99 ms", "p99 of limit", "CPU µs", "errors"]
    rows = [["server", *titles]]
    for result in results:
        if load not in result.loads:
            continue
        figures = [
            shown(result.median(load, "requests_per_second"), count),
            shown(result.ratio(limit, load, "requests_per_second"), share),
            shown(result.median(load, "rows_per_second"), count),
            shown(result.median(load, "p50_us"), milliseconds),
            shown(result.median(load, "p99_us"), milliseconds),
            shown(result.ratio(limit, load, "p99_us"), "{:.2f}".format),
            shown(result.median(load, "cpu_us"), digits),
            str(result.total(load, "failed") + result.total(load, "refused")),
        ]
        rows.append([result.name, *figures])
    return aligned(rows)


def service_table(results: list[Result]) -> list[str]:
    """Start and memory of all servers, or why there is nothing to tell."""
    rows = [["server", "ready s", "idle MB", "most MB", "remark"]]
    for result in results:
        figures = [
            shown(result.ready(), "{:.3f}".format),
            shown(result.idle_bytes, megabytes),
            shown(result.most_bytes(), megabytes),
        ]
        rows.append([result.name, *figures, result.absent or ""])
    return aligned(rows)


def target_table(targets: list[Target]) -> list[str]:
    """What is wanted and what was found."""
    words = {True: "yes", False: "no", None: ABSENT}
    rows = [["target", "wanted", "found", "holds"]]
    for target in targets:
        sign = "≥" if target.at_least else "≤"
        wanted = f"{sign} {digits(target.wanted)}{target.unit}"
        found = shown(target.found, lambda value, unit=target.unit: f"{digits(value)}{unit}")
        rows.append([target.what, wanted, found, words[target.holds()]])
    return aligned(rows)


def text_of(tables: dict[str, list[str]]) -> str:
    """Tables under their headings."""
    return "\n".join("\n".join([f"### {title}", "", *lines, ""]) for title, lines in tables.items())


def share(value: float) -> str:
    """A percentage."""
    return f"{value * 100:.1f} %"


def milliseconds(value: float) -> str:
    """Of microseconds."""
    return f"{value / 1000:.3g}"


def megabytes(value: float) -> str:
    """Millions of bytes."""
    return f"{value / 1e6:.1f}"


def digits(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
