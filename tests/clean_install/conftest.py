"""A run of its own, `make install-test`: it fetches every package and builds the page again."""

import shutil
from collections.abc import Iterator

import pytest

from support.image import Image


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Built once; it takes a minute or two."""
    folder = tmp_path_factory.mktemp("image")
    built = Image(folder)
    built.build()
    yield built
    shutil.rmtree(folder)
