"""What the converting process says of each kind of document, without the process around it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from memorizer.adapters.documents import child
from memorizer.adapters.documents.blocks import Rejected
from support.document_files import DOCUMENTS, MARK


def replies_to(
    folder: Path, name: str, content: bytes, max_pages: int = 40
) -> list[dict[str, Any]]:
    file = folder / "document"
    file.write_bytes(content)
    said = StringIO()
    request = {"file": str(file), "name": name, "mediaType": None, "isPage": False}
    child._convert(request | {"maxPages": max_pages}, said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_becomes_parts_and_ends_with_its_title(tmp_path: Path, name: str) -> None:
    *replies, last = replies_to(tmp_path, name, DOCUMENTS[name]())

    parts = [reply["part"] for reply in replies if "part" in reply]
    assert MARK in "\n".join(part["text"] for part in parts)
    assert all(part["text"].strip() for part in parts)
    assert last["done"]["title"]


@pytest.mark.parametrize("name", ["blank.txt", "blank.md", "blank.html", "blank.csv"])
def test_a_document_without_words_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected, match="no text"):
        replies_to(tmp_path, name, b" \n\n ")


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.endswith((".pdf", ".pptx"))])
def test_a_document_of_too_many_pages_is_refused_before_it_is_read(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Rejected, match=r"pages|slides"):
        replies_to(tmp_path, name, DOCUMENTS[name](), max_pages=0)
