"""Recognises secrets by their shape: keys and tokens of common services, key files, passwords."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content
from memorizer.domain.metadata import Metadata, Scalar

MASK: Final = "[secret removed]"


class SecretHandling(StrEnum):
    """What becomes of secrets in what somebody stores on purpose."""

    REPORT = "report"
    MASK = "mask"
    REFUSE = "refuse"


_SHAPES: Final[Mapping[str, str]] = {
    "private key": (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,8}-----"
        r"(?:[^-]|-(?!----))*+(?:-----END[^-]*+-----)?"
    ),
    "Memorizer token": r"\bmz[rs]_[0-9a-f]{12}_[0-9a-f]{64}",
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{60,255}",
    "GitLab token": r"\bglpat-[0-9A-Za-z_-]{20,100}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,500}",
    "Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{10,250}",
    "model server key": r"\bsk-(?:ant-|proj-|or-)?[0-9A-Za-z_-]{20,300}",
    "Hugging Face token": r"\bhf_[0-9A-Za-z]{30,50}\b",
    "npm token": r"\bnpm_[0-9A-Za-z]{36}\b",
    "PyPI token": r"\bpypi-AgE[0-9A-Za-z_-]{50,500}",
    "Stripe key": r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{20,200}",
    "SendGrid key": r"\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}",
    "JWT": r"\beyJ[0-9A-Za-z_-]{10,4000}\.eyJ[0-9A-Za-z_-]{10,8000}\.[0-9A-Za-z_-]{10,2000}",
}
"""Shapes by the kind of secret."""
PASSWORD_KIND: Final = "password in an address"  # noqa: S105 - a kind, no password
_KINDS: Final = tuple(_SHAPES)
_SECRET: Final = re.compile("|".join(f"({shape})" for shape in _SHAPES.values()))
_PASSWORD: Final = re.compile(
    r"(\b[a-z][a-z0-9+]{1,20}://[^\s/:@'\"<>]{0,100}:)[^\s/@'\"<>]{1,200}(?=@)"
)


def masked(text: str) -> str:
    """Return a text with MASK in the place of secrets."""
    return _PASSWORD.sub(rf"\1{MASK}", _SECRET.sub(MASK, text))


def kinds_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of secrets in texts, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _SECRET.finditer(text):
            found[_KINDS[(match.lastindex or 1) - 1]] = None
        if any(MASK not in match[0] for match in _PASSWORD.finditer(text)):
            found[PASSWORD_KIND] = None
    return tuple(found)


def texts_of(content: Content) -> tuple[str, ...]:
    """Return all texts of a content in which a secret may be."""
    values = (value for value in content.metadata.values() if isinstance(value, str))
    return (content.text, content.title or "", content.source, *content.tags, *values)


def masked_content(content: Content) -> Content:
    """Return a content with MASK in the place of secrets."""
    if not kinds_in(texts_of(content)):
        return content
    return replace(
        content,
        text=masked(content.text),
        title=None if content.title is None else masked(content.title),
        source=masked(content.source),
        tags=tuple(map(masked, content.tags)),
        metadata=Metadata({name: _masked_value(v) for name, v in content.metadata.items()}),
    )


def handled(content: Content, handling: SecretHandling, before: Content | None = None) -> Content:
    """Return the content to store. Raises InvalidField where secrets are refused.

    Secrets that were in the memory `before` are no reason to refuse another change.
    """
    match handling:
        case SecretHandling.MASK:
            return masked_content(content)
        case SecretHandling.REFUSE:
            known = kinds_in(texts_of(before)) if before else ()
            if new := [kind for kind in kinds_in(texts_of(content)) if kind not in known]:
                raise InvalidField(
                    "text",
                    f"holds what looks like a secret ({', '.join(new)}), which this server refuses "
                    "to store. Say where it is kept instead",
                )
    return content


def _masked_value(value: Scalar) -> Scalar:
    return masked(value) if isinstance(value, str) else value
