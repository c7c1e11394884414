"""Coefficients of relevance.py, the constant first.

Written by `python -m benchmarks.relevance`.
"""

from typing import Final

ANSWERED: Final = (-4.891, 7.000, -5.575, 2.217, 2.409, 5.098, -1.842, 2.232, -0.324, 5.062, 2.059)
HIT: Final = (-5.116, 1.734, 0.890, 0.858, 6.331, 3.339, 1.436, 1.040, 0.573, -1.399)
ANSWERED_BY_WORDS: Final = (
    -0.617,
    0.000,
    0.000,
    0.000,
    4.247,
    1.728,
    -5.391,
    2.513,
    0.704,
    2.848,
    7.228,
)
HIT_BY_WORDS: Final = (-3.353, 5.981, 2.926, 2.102, 7.010, 2.821, 1.535, 1.212, -0.965, 0.261)
MODEL: Final = "all-MiniLM-L6-v2-int8"
"""The model whose cosines these were fitted to."""
UNRELATED: Final = 0.036
RELATED: Final = 0.584
