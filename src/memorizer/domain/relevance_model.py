"""Coefficients of relevance.py, the constant first.

Written by `python -m benchmarks.relevance`.
"""

from typing import Final

ANSWERED: Final = (-4.288, 6.796, 2.092, 6.026, -3.891, 1.444, -2.511, -7.596, 9.582)
HIT: Final = (-5.900, 2.317, 1.099, -0.069, 4.523, 2.198, 0.980, 0.570)
ANSWERED_BY_WORDS: Final = (-0.982, 0.000, 4.971, 6.294, -3.028, 1.961, -2.507, 0.000, 6.370)
HIT_BY_WORDS: Final = (-4.255, 8.540, -0.219, 0.823, 3.768, 1.558, 1.313, -0.998)
MODEL: Final = "all-MiniLM-L6-v2-int8"
"""The model whose cosines these were fitted to."""
UNRELATED: Final = 0.036
RELATED: Final = 0.586
