"""A small plot of several figures over time as SVG, readable on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH: Final = 760
HEIGHT: Final = 92
LEFT: Final = 150
GAP: Final = 26
STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 14px }
.quiet { fill: #666 }
.line { fill: none; stroke: #0b6e99; stroke-width: 1.5 }
.frame { fill: none; stroke: #999; stroke-width: 0.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .quiet { fill: #aaa } .line { stroke: #5bc0eb } .frame { stroke: #777 }
}
"""


def plot(title: str, minutes: Sequence[float], figures: Mapping[str, Sequence[float]]) -> str:
    """One row for each figure, all from zero, one axis of time."""
    height = 40 + len(figures) * (HEIGHT + GAP) + 10
    rows = [
        _row(name, minutes, values, top=40 + number * (HEIGHT + GAP))
        for number, (name, values) in enumerate(figures.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">',
            f"<style>{STYLE}</style>",
            f'<text class="title" x="10" y="22">{escape(title)}</text>',
            *rows,
            "</svg>",
            "",
        ]
    )


def _row(name: str, minutes: Sequence[float], values: Sequence[float], *, top: int) -> str:
    right, most = WIDTH - 20, max(values) * 1.1 or 1.0
    width = right - LEFT
    points = " ".join(
        f"{LEFT + width * at / (minutes[-1] or 1):.1f},{top + HEIGHT * (1 - value / most):.1f}"
        for at, value in zip(minutes, values, strict=True)
    )
    low, high, end = min(values), max(values), f"{minutes[-1]:.3g} minutes"
    return "\n".join(
        [
            f'<text x="10" y="{top + 18}">{escape(name)}</text>',
            f'<text class="quiet" x="10" y="{top + 36}">{low:,.4g} to {high:,.4g}</text>',
            f'<text class="quiet" x="10" y="{top + 54}">at the end {values[-1]:,.4g}</text>',
            f'<rect class="frame" x="{LEFT}" y="{top}" width="{width}" height="{HEIGHT}"/>',
            f'<polyline class="line" points="{points}"/>',
            f'<text class="quiet" x="{LEFT}" y="{top + HEIGHT + 14}">0</text>',
            f'<text class="quiet" x="{right - 70}" y="{top + HEIGHT + 14}">{end}</text>',
        ]
    )
