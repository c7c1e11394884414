"""Figures for eyes: a table on the terminal, and the same in the documentation."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.table import Table
from rich.text import Text

from benchmarks.figure import Figure

HEADINGS: Final = ("figure", "ours", "target", "ours / target", "met")
MARKED: Final = re.compile(r"(<!-- figures -->).*(<!-- end of figures -->)", re.DOTALL)


def table(title: str, figures: Sequence[Figure]) -> Table:
    """For the terminal; figures without a target are dim."""
    table = Table(*HEADINGS, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for figure in figures:
        style = "dim" if figure.target is None else "" if figure.is_met else "bold red"
        table.add_row(*(Text(cell, style) for cell in _cells(figure)))
    return table


def write_page(page: Path, conditions: Sequence[str], figures: Sequence[Figure]) -> None:
    """Put the figures between the marks in the documentation."""
    rows = [HEADINGS, ("---", *["---:"] * 4), *map(_cells, figures)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    block = "\n".join(["", "", f"Measured {', '.join(conditions)}.", "", *lines, "", ""])
    text = page.read_text(encoding="utf-8")
    page.write_text(MARKED.sub(rf"\g<1>{block}\g<2>", text), encoding="utf-8")


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    ours = f"{_number(figure.ours)} {figure.unit}".strip()
    if figure.target is None or figure.ratio is None:
        return figure.name, ours, "", "", ""
    sign = "≤" if figure.at_most is not None else "≥"
    target = f"{sign} {figure.target:,g} {figure.unit}".strip()
    return figure.name, ours, target, f"{figure.ratio:.2f}", "yes" if figure.is_met else "NO"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}" if value >= 100 else f"{value:.2f}"
