"""How good one order of memories is, by the usual measures."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from math import log2
from statistics import fmean
from typing import Self


@dataclass(frozen=True, slots=True)
class Quality:
    """1 is perfect. Of the relevant memories, the share among the first; and where they stand."""

    ndcg: float
    mrr: float
    recall_1: float
    recall_5: float
    recall_10: float

    @classmethod
    def mean(cls, several: Sequence[Self]) -> Self:
        return cls(*map(fmean, zip(*map(astuple, several), strict=True)))

    def named(self) -> dict[str, float]:
        """As it is shown."""
        names = ("nDCG@10", "MRR@10", "recall@1", "recall@5", "recall@10")
        return dict(zip(names, astuple(self), strict=True))


def judged(order: Sequence[str], relevant: Mapping[str, int]) -> Quality:
    """Of the keys in their order, the first ten. nDCG as Järvelin and Kekäläinen (2002)."""
    gains = [relevant.get(key, 0) for key in order[:10]]
    places = [place for place, gain in enumerate(gains, start=1) if gain]
    ideal = sorted(relevant.values(), reverse=True)[:10]
    return Quality(
        ndcg=_discounted(gains) / _discounted(ideal),
        mrr=1 / places[0] if places else 0.0,
        recall_1=sum(place <= 1 for place in places) / len(relevant),
        recall_5=sum(place <= 5 for place in places) / len(relevant),
        recall_10=len(places) / len(relevant),
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(place + 1) for place, gain in enumerate(gains, start=1))
