"""Tables, and the numbers in them. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["NONE", "Spread", "Table", "as_markdown", "as_text", "machine_lines", "ratio", "spread"]

NONE = "-"
"""What stands where there is no value."""


@dataclass(frozen=True)
class Table:
    """A heading, columns and rows. The first column is text, the others are numbers.

    :param remarks: sentences below the table
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Spread:
    """The middle and the ends of what several rounds gave."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread | None:
    """None where there are no values."""
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values))


def ratio(value: float | None, base: float | None) -> str:
    """How many times ``base`` a value is."""
    if value is None or not base:
        return NONE
    return f"{value / base:.2f}"


def as_text(table: Table) -> str:
    """Aligned columns under an underlined title."""
    lines = [table.title, "=" * len(table.title)]
    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    for number, row in enumerate([table.columns, *table.rows]):
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
        if not number:
            lines.append("  ".join("-" * width for width in widths))
    lines += table.remarks
    return "\n".join(lines) + "\n"


def as_markdown(table: Table) -> str:
    """A GitHub table under a heading."""
    lines = [f"### {table.title}", "", _markdown_row(table.columns)]
    lines.append("|---|" + "--:|" * (len(table.columns) - 1))
    lines += [_markdown_row(row) for row in table.rows]
    for sentence in table.remarks:
        lines += ["", sentence]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def machine_lines(facts: Mapping[str, str]) -> list[str]:
    """What it ran on, one fact a line."""
    width = max(map(len, facts), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in facts.items()]
