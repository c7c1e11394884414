"""Plots as SVG, drawn by hand: readable on light and on dark pages, and small."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 860
TOP: Final = 40
RIGHT: Final = WIDTH - 20
STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 14px }
.quiet { fill: #666 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.line { fill: none; stroke: #0b6e99; stroke-width: 1.5 }
.dot, .met { fill: #0b6e99 }
.missed { fill: #c2410c }
.frame { fill: none; stroke: #999; stroke-width: 0.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .quiet { fill: #aaa } .line { stroke: #5bc0eb } .frame { stroke: #777 }
  .dot, .met { fill: #5bc0eb } .missed { fill: #fb923c }
}
"""

_ROW: Final = 92
_GAP: Final = 26
_LEFT: Final = 150


def over_time(title: str, minutes: Sequence[float], figures: Mapping[str, Sequence[float]]) -> str:
    """One row for each figure, all from zero, one axis of time."""
    rows = [
        _over_time(name, minutes, values, top=TOP + number * (_ROW + _GAP))
        for number, (name, values) in enumerate(figures.items())
    ]
    return _picture(title, TOP + len(figures) * (_ROW + _GAP) + 10, rows)


def _over_time(name: str, minutes: Sequence[float], values: Sequence[float], *, top: int) -> str:
    most, width = max(values) * 1.1 or 1.0, RIGHT - _LEFT
    points = [
        (_LEFT + width * at / (minutes[-1] or 1), top + _ROW * (1 - value / most))
        for at, value in zip(minutes, values, strict=True)
    ]
    return "\n".join(
        [
            _text(10, top + 18, name),
            _text(10, top + 36, f"{min(values):,.4g} to {max(values):,.4g}", "quiet"),
            _text(10, top + 54, f"at the end {values[-1]:,.4g}", "quiet"),
            _frame(_LEFT, top, width, _ROW),
            _line(points),
            _text(_LEFT, top + _ROW + 14, "0", "quiet"),
            _text(RIGHT, top + _ROW + 14, f"{minutes[-1]:.3g} minutes", "quiet end"),
        ]
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """How many times better than its target a figure is; below 1 it is worse."""

    name: str
    times_better: float
    figures: str
    """In words, such as "3.1 ms (≤ 5 ms)"."""


_BAR: Final = 20
_NAMES: Final = 410
_FIGURES: Final = 165
_LEAST: Final = 0.5
_MOST: Final = 20.0


def against_targets(title: str, bars: Sequence[Bar]) -> str:
    """A bar for each figure on a logarithmic axis, to the right of its target when it is met."""
    left, right, height = _NAMES, RIGHT - _FIGURES, len(bars) * _BAR

    def x(times: float) -> float:
        share = math.log(min(max(times, _LEAST), _MOST) / _LEAST) / math.log(_MOST / _LEAST)
        return left + (right - left) * share

    rows = [_frame(left, TOP, right - left, height)]
    for tick in (0.5, 1, 2, 5, 10, 20):
        rows.append(_rule(x(tick), TOP, x(tick), TOP + height))
        rows.append(_text(x(tick), TOP + height + 16, f"{tick:g} x", "quiet middle"))
    for number, bar in enumerate(bars):
        top = TOP + number * _BAR
        start, end = sorted((x(1), x(bar.times_better)))
        kind = "met" if bar.times_better >= 1 else "missed"
        rows += [
            _text(left - 8, top + 14, bar.name, "end"),
            _rectangle(kind, start, top + 4, max(end - start, 2), _BAR - 8),
            _text(right + 8, top + 14, bar.figures, "quiet"),
        ]
    return _picture(title, TOP + height + 26, rows)


_COLUMN: Final = 3
_SIDE: Final = 130


def over_sizes(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """A small plot for each figure, cost over size; as steep as their diagonals is linear."""
    width = (WIDTH - 20) / _COLUMN
    panels = [
        _over_sizes(
            name,
            points,
            left=10 + (number % _COLUMN) * width,
            top=TOP + 22 + number // _COLUMN * (_SIDE + 62),
            width=width - 26,
        )
        for number, (name, points) in enumerate(lines.items())
    ]
    return _picture(title, TOP + math.ceil(len(lines) / _COLUMN) * (_SIDE + 62), panels)


def _over_sizes(
    name: str, points: Sequence[tuple[float, float]], *, left: float, top: float, width: float
) -> str:
    """Both axes over the same number of decades, so that the diagonal is linear growth."""
    sizes, values = [size for size, _ in points], [value for _, value in points]
    decades = math.log10(max(sizes) / min(sizes))
    centre = (math.log10(max(values)) + math.log10(min(values))) / 2

    def place(size: float, value: float) -> tuple[float, float]:
        along = math.log10(size / min(sizes)) / decades
        up = 0.5 + (math.log10(value) - centre) / decades
        return left + width * along, top + _SIDE * (1 - up)

    places = [place(*point) for point in points]
    return "\n".join(
        [
            _text(left, top - 6, name),
            _frame(left, top, width, _SIDE),
            _rule(left, top + _SIDE, left + width, top),
            _line(places),
            *(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places),
            *(
                _text(min(max(x, left + 18), left + width - 18), y - 7, number(v), "quiet middle")
                for (x, y), v in zip(places, values, strict=True)
            ),
            _text(left, top + _SIDE + 14, f"{min(sizes):,.0f}", "quiet"),
            _text(left + width, top + _SIDE + 14, f"{max(sizes):,.0f} memories", "quiet end"),
        ]
    )


def _picture(title: str, height: float, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}">',
            f"<style>{STYLE}</style>",
            _text(10, 22, title, "title"),
            *parts,
            "</svg>",
            "",
        ]
    )


def number(value: float) -> str:
    """With three digits or so."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}" if value >= 100 else f"{value:.2f}"


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    css = f' class="{kind}"' if kind else ""
    return f'<text{css} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _frame(x: float, y: float, width: float, height: float) -> str:
    return _rectangle("frame", x, y, width, height)


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    corner, size = f'x="{x:.1f}" y="{y:.1f}"', f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {corner} {size}/>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="frame" {ends} stroke-dasharray="3 3"/>'


def _line(points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
