"""Secrets are recognised by their shape; the examples are put together here, none is a real one."""

import pytest

from memorizer.domain.secrets import MASK, masked

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
