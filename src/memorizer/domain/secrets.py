"""Recognises secrets by their shape: keys and tokens of common services, key files, passwords."""

import re
from typing import Final

MASK: Final = "[secret removed]"

_SHAPES: Final = (
    (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,8}-----"
        r"(?:[^-]|-(?!----))*+(?:-----END[^-]*+-----)?"
    ),
    r"\bmz[rs]_[0-9a-f]{12}_[0-9a-f]{64}",  # our own
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
    r"\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{60,255}",
    r"\bglpat-[0-9A-Za-z_-]{20,100}",  # GitLab
    r"\bAIza[0-9A-Za-z_-]{35}",  # Google
    r"\bya29\.[0-9A-Za-z_-]{20,500}",
    r"\bxox[abeoprs]-[0-9A-Za-z-]{10,250}",  # Slack
    r"\bsk-(?:ant-|proj-|or-)?[0-9A-Za-z_-]{20,300}",  # servers of models
    r"\bhf_[0-9A-Za-z]{30,50}\b",  # Hugging Face
    r"\bnpm_[0-9A-Za-z]{36}\b",
    r"\bpypi-AgE[0-9A-Za-z_-]{50,500}",
    r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{20,200}",  # Stripe
    r"\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}",  # SendGrid
    r"\beyJ[0-9A-Za-z_-]{10,4000}\.eyJ[0-9A-Za-z_-]{10,8000}\.[0-9A-Za-z_-]{10,2000}",  # JWT
)
_SECRET: Final = re.compile("|".join(_SHAPES))
_PASSWORD: Final = re.compile(
    r"(\b[a-z][a-z0-9+]{1,20}://[^\s/:@'\"<>]{0,100}:)[^\s/@'\"<>]{1,200}(?=@)"
)
"""The password in an address."""


def masked(text: str) -> str:
    """Return a text with MASK in the place of secrets."""
    return _PASSWORD.sub(rf"\1{MASK}", _SECRET.sub(MASK, text))
