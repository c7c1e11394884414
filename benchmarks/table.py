"""Figures for eyes: a table on the terminal, and the same in the documentation."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.table import Table
from rich.text import Text

from benchmarks.drawing import Bar, against_targets, number
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


def picture(figures: Sequence[Figure]) -> str:
    """Those with a target, as SVG: how many times better than asked for."""
    bars = [
        Bar(figure.name, _times_better(figure), f"{ours} ({target})")
        for figure in figures
        for _, ours, target, *_ in [_cells(figure)]
        if target
    ]
    return against_targets("How many times better than its target each figure is", bars)


def _times_better(figure: Figure) -> float:
    better = figure.ratio or 0.0
    return better if figure.at_most is None else 1 / better if better else float("inf")


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    ours = f"{number(figure.ours)} {figure.unit}".strip()
    if figure.target is None or figure.ratio is None:
        return figure.name, ours, "", "", ""
    sign = "≤" if figure.at_most is not None else "≥"
    target = f"{sign} {figure.target:,g} {figure.unit}".strip()
    return figure.name, ours, target, f"{figure.ratio:.2f}", "yes" if figure.is_met else "NO"
