"""What pip knows this as, and what it brings."""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

import pytest

from memorizer.bootstrap.adapters import install

NAME = "memorizer-server"


def test_nothing_is_installed_under_the_name_that_is_not_ours() -> None:
    with pytest.raises(PackageNotFoundError):  # else: pip uninstall memorizer
        distribution("memorizer")


def test_the_command_goes_by_its_own_name_and_by_that_of_the_distribution() -> None:
    commands = {each.name: each.value for each in distribution(NAME).entry_points}

    assert commands == dict.fromkeys(("memorizer", NAME), "memorizer.cli.entry:run")


@pytest.mark.parametrize("extra", ["redis", "postgres", "llm"])
def test_an_extra_that_is_named_exists(extra: str) -> None:
    assert extra in (distribution(NAME).metadata.get_all("Provides-Extra") or ())
    assert re.findall(r"\[(\w+)\]", install(extra)) == [extra, extra]


def test_documents_bring_what_an_older_pip_overlooks() -> None:
    """JusText 3.0.2 asks for `lxml[html_clean]`, lxml 6.1.3 calls that extra `html-clean`.

    pip 23.2.1, which comes with Python 3.11, takes these for two names: it warns, installs without
    lxml-html-clean, and trafilatura 2.3.1 cannot be imported. pip 26.3 takes them for one.
    """
    documents = [each for each in requires(NAME) or [] if "documents" in each.partition(";")[2]]

    assert any(each.startswith("lxml-html-clean") for each in documents)
