"""Hostile files: no reader breaks, nothing is lost in silence, and what is read can be stored.

`MEMORIZER_TEST_FUZZ=5000 pytest tests/unit/test_formats_survive.py` tries more of them.
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memorizer.adapters.formats import detect, memorizer_export, records, server_memory
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.domain.errors import UnknownFormat
from memorizer.domain.memories import (
    Content,
    EventType,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
)
from memorizer.domain.records import (
    ExpectedRecords,
    ImportNote,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    SourceListing,
)
from memorizer.domain.timestamps import MAX_TIMESTAMP_MS
from support.moving import NOW, sorted_out
from support.waiting import HANG_SECONDS

EXAMPLES = int(os.environ.get("MEMORIZER_TEST_FUZZ", "60"))
pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * HANG_SECONDS + EXAMPLES)]
fuzz = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TIMES = st.integers(0, MAX_TIMESTAMP_MS)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(LETTERS, min_size=1, max_size=80).filter(lambda text: bool(text.strip()))
SHORT = st.text(LETTERS, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # lone surrogates too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
DATA = st.dictionaries(
    SHORT, st.none() | st.booleans() | st.integers(-(2**62), 2**62) | TEXTS | st.lists(SHORT)
)
CONTENTS = st.builds(
    Content,
    text=TEXTS,
    type=SHORT,
    title=st.none() | SHORT,
    source=SHORT,
    tags=st.lists(SHORT.map(str.strip), max_size=5, unique_by=str.casefold).map(tuple),
    confidence=st.floats(0, 1),
)


@st.composite
def dossiers(draw: st.DrawFn) -> MemoryRecord:
    memory_id = str(draw(st.uuids()))
    version = draw(st.integers(1, 4))
    archived = draw(st.none() | TIMES)
    memory = Memory(memory_id, draw(CONTENTS), version, draw(TIMES), draw(TIMES), archived)
    earlier = [
        MemoryVersion(memory_id, number, draw(CONTENTS), draw(TIMES))
        for number in range(1, version)
    ]
    events = [
        MemoryEvent(
            str(draw(st.uuids())),
            memory_id,
            version,
            draw(st.sampled_from(EventType)),
            draw(DATA),
            draw(SHORT),
            draw(TIMES),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return MemoryRecord(memory, tuple(earlier), tuple(events))


@fuzz
@given(st.lists(dossiers(), max_size=4, unique_by=lambda dossier: dossier.memory.id))
def test_whatever_a_store_holds_comes_back_from_an_export(
    tmp_path: Path, many: list[MemoryRecord]
) -> None:
    links = [
        Relationship(str(one.memory.id), one.memory.id, other.memory.id, "to", 0.5, NOW)
        for one, other in pairwise(many)
    ]
    file = io.BytesIO()
    sink = memorizer_export.MemorizerExportSink(file)
    sink.begin(iter(()), ())
    for dossier in many:
        sink.memory(dossier, [])
    for link in links:
        sink.relationship(link)
    sink.end()

    found, found_links, refused = sorted_out(_read(tmp_path, "memorizer", file.getvalue()))

    assert (found, found_links, refused) == (many, links, [])


MADE: dict[str, list[Any]] = {
    "memorizer": [
        {"kind": "memorizer-export", "formatVersion": 1},
        {
            **records.of_memory(Memory(f"{1:08}-0000-7000-8000-{1:012}", Content("x"), 2, 0, 0)),
            "tags": ["a"],
        },
        {**records.of_version(MemoryVersion(f"{1:08}-0000-7000-8000-{1:012}", 1, Content("y"), 0))},
        {"kind": "manifest", "counts": {}, "sha256": {}},
    ],
    "server-memory": [
        {"type": "entity", "name": "a", "entityType": "b", "observations": ["c"]},
        {"type": "entity", "name": "d", "entityType": "e", "observations": []},
        {"type": "relation", "from": "a", "to": "d", "relationType": "f"},
    ],
    "mcp-memory-service": [
        {
            "export_metadata": {},
            "memories": [
                {"content": "a", "content_hash": "b", "created_at": 1.5, "tags": ["c"]},
                {"content": "d", "content_hash": "e", "metadata": {"f": [1]}},
            ],
        }
    ],
    "mem0": [
        {
            "results": [
                {"id": "a", "memory": "b", "metadata": {"tags": ["c"]}, "user_id": "d"},
                {"id": "e", "memory": "f", "created_at": "2025-01-01T00:00:00Z"},
            ]
        }
    ],
    "petabridge": [
        {
            "memories": [
                {
                    "id": "a",
                    "text": "b",
                    "type": "c",
                    "createdAt": "2025-01-01T00:00:00Z",
                    "relationships": [{"fromMemoryId": "a", "toMemoryId": "d", "type": "e"}],
                },
                {"id": "d", "text": "f", "createdAt": "2025-01-01T00:00:00Z"},
            ]
        }
    ],
    "claude": [
        [
            {
                "conversations_memory": "# a\nb",
                "project_memories": {"c": "d"},
                "memory_files": [{"path": "e", "content": "f"}],
            }
        ]
    ],
    "chatgpt": [
        [{"mapping": {"a": {"message": {"recipient": "bio", "content": {"parts": ["b"]}}}}}]
    ],
}
JSON_FORMATS = pytest.mark.parametrize("name", MADE)
FORMATS = pytest.mark.parametrize("name", detect.READERS)


@FORMATS
@fuzz
@given(content=st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, name: str, content: bytes) -> None:
    _check(_read(tmp_path, name, content))


@FORMATS
@fuzz
@given(content=st.text(alphabet="---\n:\"[]{},#-* ab\\u\r\t'`<!1&*|>", max_size=200))
def test_any_text_of_telling_characters(tmp_path: Path, name: str, content: str) -> None:
    _check(_read(tmp_path, name, content.encode()))


@JSON_FORMATS
@fuzz
@given(data=st.data())
def test_files_with_one_value_replaced_by_any_other(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    value = json.loads(json.dumps(MADE[name]))
    holder, key = data.draw(st.sampled_from(list(_places(value))))
    holder[key] = data.draw(JSON)
    content = "\n".join(json.dumps(part) for part in value)
    _check(_read(tmp_path, name, content.encode()))


@JSON_FORMATS
@fuzz
@given(data=st.data())
def test_files_with_bytes_changed_left_out_or_put_in(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = "\n".join(json.dumps(part) for part in MADE[name]).encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 8, len(content))))
    changed = content[:start] + data.draw(st.binary(max_size=8)) + content[end:]
    _check(_read(tmp_path, name, changed))


@fuzz
@given(content=st.binary(max_size=300))
def test_the_format_of_anything_is_known_or_not(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with suppress(UnknownFormat):
        assert detect.reader(path, None)[0] in detect.READERS


@fuzz
@given(lines=st.lists(st.sampled_from([json.dumps(r) for r in MADE["server-memory"]]) | st.text()))
def test_every_line_of_a_graph_is_accounted_for(tmp_path: Path, lines: list[str]) -> None:
    content = "\n".join(lines).encode(errors="replace")
    expected = sum(bool(line.strip()) for line in content.split(b"\n"))
    assert len(_check(_read(tmp_path, server_memory.NAME, content))) == expected


@fuzz
@given(value=JSON, indent=st.none() | st.integers(0, 3))
def test_a_document_read_by_items_is_the_document(value: Any, indent: int | None) -> None:
    file = io.BytesIO(json.dumps(value, indent=indent).encode())
    found = [(item.key, item.value) for item in items(file) if isinstance(item, Item)]
    assert json.dumps(found) == json.dumps(list(_items_of(value)))


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"a":' * 200_000, b'{"memories":[' + b"[" * 200_000, b"1" * 200_000],
    ids=["lists", "objects", "an item", "digits"],
)
@FORMATS
def test_depth_and_length_break_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    _check(_read(tmp_path, name, content))


def _read(folder: Path, name: str, content: bytes) -> Iterator[Reading]:
    path = folder / ("note.md" if name == "markdown" else "file.json")
    path.write_bytes(content)
    return detect.READERS[name](path, NOW)


def _check(readings: Iterator[Reading]) -> list[Reading]:
    """All readings, once it is sure that each can be stored or is a reason in plain text."""
    try:
        found = list(readings)
    except UnknownFormat:
        return []
    for reading in found:
        match reading:
            case ParsedRecord(_, MemoryRecord() as dossier):
                records.line(records.of_memory(dossier.memory))
                records.line(dossier.origin)
                for version in dossier.versions:
                    records.line(records.of_version(version))
                for event in dossier.events:
                    records.line(records.of_event(event))
            case ParsedRecord(_, Relationship() as link):
                records.line(records.of_relationship(link))
            case ExpectedRecords(total):
                assert total >= 0
            case SourceListing(source, _):
                assert source == "markdown"
            case RejectedRecord(place, reason) | ImportNote(place, reason):
                assert place
                assert reason
    return found


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in nested JSON: what holds it, and its key."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _items_of(value: Any) -> Iterator[tuple[str | None, Any]]:
    match value:
        case list():
            yield from ((None, item) for item in value)
        case dict():
            for key, part in value.items():
                yield from ((key, item) for item in (part if isinstance(part, list) else [part]))
        case _:
            yield None, value
