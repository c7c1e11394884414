"""Coefficients of relevance.py, the constant first.

Written by `python -m benchmarks.relevance`.
"""

from typing import Final

ANSWERED: Final = (-4.312, 6.714, 2.016, 6.179, -3.873, 1.441, -2.531, -7.594, 9.617)
HIT: Final = (-5.887, 2.306, 1.118, -0.064, 4.508, 2.216, 0.844, 0.722)
ANSWERED_BY_WORDS: Final = (-0.982, 0.000, 4.971, 6.294, -3.028, 1.961, -2.507, 0.000, 6.370)
HIT_BY_WORDS: Final = (-4.255, 8.540, -0.219, 0.823, 3.768, 1.558, 1.313, -0.998)
MODEL: Final = "all-MiniLM-L6-v2-int8"
"""The model whose cosines these were fitted to."""
UNRELATED: Final = 0.036
RELATED: Final = 0.586
