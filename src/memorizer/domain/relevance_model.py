"""Coefficients of relevance.py, the constant first.

Written by `python -m benchmarks.relevance`.
"""

from typing import Final

ANSWERED: Final = (
    -4.338,
    7.079,
    2.798,
    6.102,
    -3.089,
    0.908,
    -2.715,
    -7.664,
    9.185,
    -1.194,
    -1.570,
)
HIT: Final = (-5.623, 2.095, 0.947, -0.019, 4.370, 2.602, 1.177, 0.518, -1.932, -0.065)
ANSWERED_BY_WORDS: Final = (
    -1.166,
    0.000,
    4.287,
    6.550,
    -1.435,
    1.601,
    -2.499,
    0.000,
    6.986,
    -2.356,
    3.700,
)
HIT_BY_WORDS: Final = (-4.219, 7.489, 0.160, 0.464, 3.718, 1.791, 1.350, -0.965, -0.752, 0.500)
MODEL: Final = "all-MiniLM-L6-v2-int8"
"""The model whose cosines these were fitted to."""
UNRELATED: Final = 0.036
RELATED: Final = 0.584
