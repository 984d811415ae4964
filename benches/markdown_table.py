"""Tables in Markdown, and figures with the digits that count."""

from __future__ import annotations

from collections.abc import Callable

ABSENT = "–"


def aligned(rows: list[list[str]]) -> list[str]:
    """A Markdown table with straight columns."""
    widths = [max(3, *(len(row[place]) for row in rows)) for place in range(len(rows[0]))]

    def line(cells: list[str]) -> str:
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return [line(rows[0]), line(rule), *(line(row) for row in rows[1:])]


def shown(value: float | None, form: Callable[[float], str]) -> str:
    """A figure, or a dash."""
    return ABSENT if value is None else form(value)


def seconds(value: float) -> str:
    """Three digits that count, milliseconds at the finest."""
    return f"{value:.0f}" if value >= 100 else f"{round(value, 3):.3g}"


def megabytes(value: float) -> str:
    """Millions of bytes."""
    return f"{value / 1e6:.0f}" if value >= 1e8 else f"{value / 1e6:.3g}"


def count(value: float) -> str:
    """A whole number, in thousands from 10 000."""
    return f"{value / 1000:,.0f}k" if value >= 10_000 else f"{value:.0f}"
