"""A reliability plot (Niculescu-Mizil and Caruana, 2005): what was predicted, and what was so."""

from collections.abc import Sequence
from typing import Final

from benchmarks.drawing import STYLE

BINS: Final = 10
SIZE: Final = 360
LEFT: Final = 56
TOP: Final = 20


def bins(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Return mean prediction, share that came true and count of each tenth that has any."""
    found = []
    for number in range(BINS):
        inside = [p for p in pairs if min(int(p[0] * BINS), BINS - 1) == number]
        if inside:
            count = len(inside)
            found.append(
                (sum(p for p, _ in inside) / count, sum(y for _, y in inside) / count, count)
            )
    return found


def plot(pairs: Sequence[tuple[float, bool]]) -> str:
    """Return an SVG; the area of a circle is the number of hits in its tenth."""
    points = bins(pairs)
    most = max(count for *_, count in points)
    path = " ".join(
        f"{'L' if i else 'M'}{_x(p):.1f} {_y(y):.1f}" for i, (p, y, _) in enumerate(points)
    )
    size = f"0 0 {SIZE + LEFT + 30} {SIZE + TOP + 60}"
    label = "Relevance against the share of hits that are relevant"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img"'
    parts = [
        f'{head} aria-label="{label}">',
        f"<style>{STYLE}</style>",
        f'<path class="frame" d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>',
        f'<path class="frame" stroke-dasharray="4 4" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>',
        f'<path class="line" d="{path}"/>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(
            f'<text x="{_x(share)}" y="{_y(0) + 18}" text-anchor="middle">{share:g}</text>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{_y(share) + 4}" text-anchor="end">{share:g}</text>')
    for predicted, observed, count in points:
        radius = 3 + 9 * (count / most) ** 0.5
        told = f"{count} hits: {predicted:.2f} predicted, {observed:.2f} relevant"
        at = f'cx="{_x(predicted):.1f}" cy="{_y(observed):.1f}" r="{radius:.1f}"'
        parts.append(f'<circle class="dot" {at}><title>{told}</title></circle>')
    parts.append(f'<text x="{_x(0.5)}" y="{_y(0) + 40}" text-anchor="middle">relevance</text>')
    parts.append(
        f'<text transform="translate(14 {_y(0.5)}) rotate(-90)" text-anchor="middle">'
        "share of hits that are relevant</text></svg>"
    )
    return "\n".join(parts) + "\n"


def _x(share: float) -> float:
    return LEFT + share * SIZE


def _y(share: float) -> float:
    return TOP + (1 - share) * SIZE
