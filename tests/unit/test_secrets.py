"""Secrets are recognised by their shape; the examples are put together here, none is a real one."""

from dataclasses import replace

import pytest

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content
from memorizer.domain.metadata import Metadata
from memorizer.domain.secrets import (
    MASK,
    SecretHandling,
    handled,
    kinds_in,
    masked,
    texts_of,
)

LONG = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
SECRETS = [
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE+/x=\nabc\n-----END RSA " + "PRIVATE KEY-----",
    "-----BEGIN " + "PRIVATE KEY-----\ncut off before its end",
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + LONG[:36],
    "github_pat_" + LONG * 2,
    "glpat-" + LONG[:20],
    "AIza" + LONG[:35],
    "xoxb-" + "1234567890-abcdef",
    "sk-" + "ant-" + LONG,
    "hf_" + LONG[:34],
    "npm_" + LONG[:36],
    "sk_" + "live_" + LONG,
    "eyJ" + LONG + ".eyJ" + LONG + "." + LONG,
    f"mzs_{'0' * 12}_{'a' * 64}",
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:8])
def test_a_secret_is_replaced_and_what_is_around_it_stays(secret: str) -> None:
    assert masked(f"before {secret}") == f"before {MASK}"
    assert masked(f"KEY={secret}\n") in (f"KEY={MASK}\n", f"KEY={MASK}")


def test_the_password_of_an_address_is_replaced() -> None:
    address = "postgresql://me:" + "pass-word@db.example/x"
    assert masked(f"use {address} now") == f"use postgresql://me:{MASK}@db.example/x now"


@pytest.mark.parametrize(
    "text",
    ["The task-id is ask-12.", "https://example.org/a:b@c", "sk-learn", "eyJ is how they begin"],
)
def test_other_words_stay(text: str) -> None:
    assert masked(text) == text


def test_kinds_are_named_once_and_no_secret_is_repeated() -> None:
    texts = [f"a ghp_{LONG[:36]} b ghp_{LONG[1:37]}", "AKIA" + "ABCDEFGHIJKLMNOP", "plain"]
    texts.append("postgresql://me:" + "pass-word@db.example/x")

    assert kinds_in(texts) == ("GitHub token", "AWS access key", "password in an address")
    assert kinds_in(map(masked, texts)) == (), "what is masked is no secret any more"


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret[:8])
def test_every_shape_has_a_kind(secret: str) -> None:
    assert len(kinds_in([secret])) == 1


def test_content_is_reported_masked_or_refused() -> None:
    secret = "ghp_" + LONG[:36]
    clean = Content("text", title="t", tags=("a",), metadata=Metadata({"n": 1, "key": "x"}))
    for field in (
        {"text": f"see {secret}"},
        {"title": secret},
        {"tags": ("a", secret)},
        {"source": secret},
        {"metadata": Metadata({"n": 1, "key": secret})},
    ):
        content = replace(clean, **field)
        assert handled(content, SecretHandling.REPORT) is content
        with_mask = handled(content, SecretHandling.MASK)
        assert kinds_in(texts_of(content)) == ("GitHub token",)
        assert (kinds_in(texts_of(with_mask)), MASK in str(texts_of(with_mask))) == ((), True)
        assert with_mask.metadata["n"] == 1
        with pytest.raises(InvalidField, match="GitHub token") as refused:
            handled(content, SecretHandling.REFUSE)
        assert secret not in str(refused.value)
        assert handled(content, SecretHandling.REFUSE, before=content) is content
    assert handled(clean, SecretHandling.MASK) is clean
