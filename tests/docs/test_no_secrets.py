"""Nothing that opens anything lies in this repository."""

import re

import pytest

from memorizer.domain.auth import Kind, Secret
from support.repository import ROOT, kept_files

SHAPES = {
    "a token of ours": r"mz[acfgkrs]_[0-9a-f]{12}_[0-9a-f]{64}",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})",
    "a GitLab token": r"\bglpat-[0-9A-Za-z_-]{20}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}",
    "a key of a model's server": r"\bsk-(?:ant-|proj-|or-)?[0-9A-Za-z_-]{32,}",
    "a Hugging Face token": r"\bhf_[0-9A-Za-z]{34}\b",
    "an npm token": r"\bnpm_[0-9A-Za-z]{36}\b",
    "a PyPI token": r"\bpypi-AgE[0-9A-Za-z_-]{50,}",
    "a Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a JSON web token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}",
    "a password in an address": r"\b[a-z][a-z0-9+]*://[^\s/:@'\"<>{}$]+:(?!password@|secret@)"
    r"[^\s/@'\"<>{}$]{3,}@(?!localhost|127\.|example|HOST)[\w.-]+\.\w+",
}
SECRET = re.compile("|".join(f"({shape})" for shape in SHAPES.values()))


def found_in(text: str) -> list[str]:
    """What it holds, by its kind; never the secret itself."""
    kinds = list(SHAPES)
    return [kinds[found.lastindex - 1] for found in SECRET.finditer(text) if found.lastindex]


def test_no_file_holds_a_secret() -> None:
    files = kept_files()
    assert len(files) > 300
    leaks = {
        str(path.relative_to(ROOT)): kinds
        for path in files
        if (kinds := found_in(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert leaks == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "a private key"),
        ("key = AKIA" + "A" * 16, "an AWS key"),
        ("token: ghp_" + "a" * 36, "a GitHub token"),
        ("sk-ant-" + "a" * 40, "a key of a model's server"),
        ("postgresql://me:hunter2" + "@db.company.net/x", "a password in an address"),
    ],
)
def test_the_search_finds_what_it_looks_for(text: str, kind: str) -> None:
    assert found_in(f'say("{text}")') == [kind]


@pytest.mark.parametrize("kind", Kind)
def test_the_search_finds_what_we_make_ourselves(kind: Kind) -> None:
    assert found_in(f"Bearer {Secret.new(kind).text}") == ["a token of ours"]


def test_what_only_looks_like_one_is_left_alone() -> None:
    for harmless in ("mzr_0c7d3f91ab52_…", "sk-short", "redis://user:password@host:6379/2"):
        assert found_in(harmless) == []
