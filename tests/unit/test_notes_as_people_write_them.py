"""Heads, tags, days and links in forms that are no standard, but are written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memorizer.adapters.formats import markdown_notes
from memorizer.domain.records import Reading
from support.moving import NOW, sorted_out, unpacked


def _notes_of(folder: Path, files: dict[str, bytes | str]) -> Iterator[Reading]:
    return markdown_notes.read(unpacked(folder / "notes", files), NOW)


@pytest.mark.parametrize(
    ("head", "tags"),
    [
        ("tags: #one #two", ("one", "two")),
        ("tags:\n  - #one\n  - two # a comment", ("one", "two")),
        ("# tags: none\ntags:\n# a comment\n- one", ("one",)),
        ("tags: one\ntags: [two]", ("one", "two")),
        ("tags: [[one, two], three]", ("one", "two", "three")),
        ("Tags: [one]", ("one",)),
        ("taxonomies: {tags: [one]}", ("one",)),
    ],
)
def test_tags_of_heads_as_people_write_them(
    tmp_path: Path, head: str, tags: tuple[str, ...]
) -> None:
    [found], _, _ = sorted_out(_notes_of(tmp_path, {"N.md": f"---\n{head}\n---\nText.\n"}))
    assert (found.memory.content.tags, found.memory.content.text) == (tags, "Text.")


def test_values_that_are_no_texts_and_names_given_twice_are_kept(tmp_path: Path) -> None:
    head = "---\ntags: {a: 1}\ntype: [[x]]\nstatus: open\nstatus: [late]\n---\nText.\n"
    [found], _, _ = sorted_out(_notes_of(tmp_path, {"N.md": head}))
    assert dict(found.memory.content.metadata) == {
        "tags": '{"a": "1"}',
        "type": '[["x"]]',
        "status": "open, late",
    }


@pytest.mark.parametrize(
    "written",
    [
        "2024-5-1",
        "2024-05-01 00:00:00 UTC",
        "2024-05-01 12:00 AM",
        "1714521600",
        "1714521600000",
        "20240501000000",
        "May 1st, 2024",
        "1 May 2024",
        "01.05.2024",
        "[[2024-05-01]]",
        '"[[2024-05-01]]"',
    ],
)
def test_days_are_read_as_people_write_them(tmp_path: Path, written: str) -> None:
    files: dict[str, bytes | str] = {"N.md": f"---\nCreated: {written}\n---\nText.\n"}
    [found], _, _ = sorted_out(_notes_of(tmp_path, files))
    assert found.memory.created_at == 1_714_521_600_000


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("[with blanks](sub/My Note.md#part)", "links_to"),
        ("[over\ntwo lines](sub/My%20Note.md)", "links_to"),
        ("[[sub/My%20Note]]", "links_to"),
        ("A note.[^1]\n\n`x`\n\n[^1]: [[My Note]]", "links_to"),
        ("- uses:: [[My Note]]", "uses"),
        ("---\nuses: [[My Note]]\n---\nText", "uses"),
        ("---\nuses:\n- [[My Note]]\n---\nText", "uses"),
    ],
)
def test_links_as_people_write_them(tmp_path: Path, text: str, type_: str) -> None:
    files: dict[str, bytes | str] = {"sub/My Note.md": "Text", "N.md": text}
    _, [link], notes = sorted_out(_notes_of(tmp_path, files))
    assert (link.type, list(notes)) == (type_, [])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\u4e2d\u6587 1\nx", "utf-16-le"),
        ("\u4e2d\u6587 1\nx", "utf-16-be"),
        ("Caf\u00e9", "utf-32-le"),
        ("Caf\u00e9", "utf-32-be"),
    ],
)
def test_wide_encodings_without_a_mark(tmp_path: Path, text: str, encoding: str) -> None:
    files: dict[str, bytes | str] = {"N.md": text.encode(encoding)}
    [found], _, _ = sorted_out(_notes_of(tmp_path, files))
    assert found.memory.content.text == text


def test_notes_that_are_read_again_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = (
        "---\nid: 00000000-0000-7000-8000-000000000001\ntype: fact\nsource: test\nconfidence: 0.5\n"
        "version: 3\ncreated: 2024-05-01T00:00:00Z\nupdated: 2024-05-02T00:00:00Z\n"
        "---\nSee [[B]].\n"
    )
    files: dict[str, bytes | str] = {"A.md": ours, "B.md": "Text", "copy of A.md": ours}
    kept = list(_notes_of(tmp_path, files))
    monkeypatch.setattr(markdown_notes, "_MAX_KEPT_CHARACTERS", 0)
    again = list(_notes_of(tmp_path, files))
    assert len(sorted_out(iter(kept))[0]) == 3
    assert again == kept
