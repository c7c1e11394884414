"""Folders of Markdown notes: those of basic-memory and Obsidian, and our own export."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from memorizer.adapters.formats import front_matter, markdown, markdown_notes
from memorizer.adapters.formats.output_files import Names, readable
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, Memory, Relationship
from memorizer.domain.records import MemoryRecord
from support.moving import NOW, contents, sorted_out, unpacked, zipped

COFFEE = """---
title: Coffee Brewing
type: guide
permalink: drinks/coffee-brewing
tags:
- coffee
- '#brewing'
created: 2025-03-01T08:00:00+01:00
modified: 2025-03-02
rating: 5
---

# Coffee Brewing

## Observations
- [method] Pour over gives clarity #pour-over (by taste)
- [ ] buy filters #not-a-tag

## Relations
- needs [[Kettle]] (always)
- "goes well with" [[cake|a cake]]
- see [[Kettle#Cleaning]] and [[Missing]]

```
- hidden [[Kettle]]
```
"""
KETTLE = "Boils water.\n"
CAKE = "---\ntitle: Cake\ntags: sweet, Sweet,baked\ncreated: yesterday\n---\nA cake.\n"
FILES: dict[str, bytes | str] = {"drinks/Coffee.md": COFFEE, "Kettle.md": KETTLE, "Cake.md": CAKE}


def test_notes_of_basic_memory_come_with_facts_tags_and_text(tmp_path: Path) -> None:
    dossiers, _, _ = sorted_out(markdown_notes.read(unpacked(tmp_path / "notes", FILES), NOW))

    found = {title: (type_, tags) for title, type_, _, tags in contents(dossiers)}
    assert found == {
        "Coffee Brewing": ("guide", ("coffee", "brewing", "pour-over")),
        "Kettle": ("note", ()),
        "Cake": ("note", ("sweet", "baked")),
    }
    coffee = next(d.memory for d in dossiers if d.memory.content.type == "guide")
    assert (coffee.created_at, coffee.updated_at) == (1_740_812_400_000, 1_740_873_600_000)
    assert coffee.content.text.startswith("# Coffee Brewing\n\n## Observations\n- [method] Pour")


def test_relations_and_links_lead_to_notes_by_title_path_or_permalink(tmp_path: Path) -> None:
    dossiers, links, refused = sorted_out(
        markdown_notes.read(zipped(tmp_path / "notes.zip", FILES), NOW)
    )

    titles = {d.memory.id: d.memory.content.title for d in dossiers}
    assert [(titles[link.from_id], link.type, titles[link.to_id]) for link in links] == [
        ("Coffee Brewing", "needs", "Kettle"),
        ("Coffee Brewing", "goes well with", "Cake"),
        ("Coffee Brewing", "links_to", "Kettle"),
    ]
    assert refused == ["drinks/Coffee.md: no note is called 'Missing', to which it links"]


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.md": "---\n: [\n---\ntext",
        "b.md": b"\xff\xfe",
        "c.md": "---\ntitle: Empty\n---\n \n",
        "d.md": "---\n- a list\n---\ntext",
        ".obsidian/x.md": "hidden",
        "image.png": b"\x89",
    }

    dossiers, _, refused = sorted_out(markdown_notes.read(unpacked(tmp_path / "n", files), NOW))

    assert dossiers == []
    places, reasons = zip(*(refusal.split(": ", 1) for refusal in refused), strict=True)
    assert places == ("a.md", "b.md", "c.md", "d.md")
    assert reasons[0].startswith("front matter: is not YAML: ")
    assert reasons[1:] == (
        "file: is not UTF-8",
        "text: must not be empty",
        "front matter: must be a list of names and values",
    )


def test_a_file_of_ours_is_a_note_that_obsidian_opens(tmp_path: Path) -> None:
    [tea, kettle] = _memories("Green tea: 80°", "Kettle")
    link = Relationship("1", tea.id, kettle.id, "made with", None, NOW)

    files = _written(tmp_path, [(tea, [link]), (kettle, [])])

    assert files == {
        "Green tea 80°.md": f"""---
id: "{tea.id}"
title: "Green tea: 80°"
type: "note"
tags: ["hot-drinks", "tea"]
labels: ["hot drinks", "tea"]
source: "api"
confidence: 1.0
version: 1
created: "2023-11-14T22:13:20.000Z"
updated: "2023-11-14T22:13:20.000Z"
---
Text of Green tea: 80°

<!-- relationships -->
- "made with" [[Kettle]]
""",
        "Kettle.md": files["Kettle.md"],
    }


def test_our_own_files_come_back_as_they_were(tmp_path: Path) -> None:
    [tea, kettle] = _memories("Green tea: 80°", "Kettle")
    link = Relationship("1", tea.id, kettle.id, "made with", None, NOW)
    _written(tmp_path, [(tea, [link]), (kettle, [])])

    dossiers, links, refused = sorted_out(markdown_notes.read(tmp_path, NOW))

    assert [dossier.memory for dossier in dossiers] == [tea, kettle]
    assert [(one.from_id, one.to_id, one.type) for one in links] == [
        (tea.id, kettle.id, "made with")
    ]
    assert refused == []


def test_names_are_readable_unique_and_allowed_everywhere() -> None:
    names = Names()
    for number, title in enumerate(["Tea", "tea", "Tea", "", "con", "a/b:c?", "x" * 500]):
        names.add(f"id-{number:08}", title)

    assert [names[f"id-{number:08}"] for number in range(7)] == [
        "Tea",
        "tea 00000001",
        "Tea 00000002",
        "memory",
        "con_",
        "a b c",
        "x" * 80,
    ]
    assert len(readable("茶" * 500).encode()) <= 180
    assert readable("..\n[[x]] #y ^z | w") == "x y z w"


def test_tags_are_such_that_obsidian_takes_them() -> None:
    tags = ["machine learning", "c#", "a/b", "größe", "!!!"]
    assert [markdown.obsidian_tag(tag) for tag in tags] == [
        "machine-learning",
        "c",
        "a/b",
        "größe",
        "tag",
    ]


def test_a_head_keeps_any_text_to_the_letter() -> None:
    for text in ['"', "\\", "a\nb\r\n\t", "\x85\u2028\x7f", "😀 é", "---\n---", "# no: comment"]:
        facts, rest = front_matter.split(front_matter.compose({"title": text, "no": None}) + "x")
        assert (facts, rest) == ({"title": text}, "x")


def _memories(*titles: str) -> list[Memory]:
    return [
        Memory(
            f"00000000-0000-7000-8000-{number:012}",
            Content(f"Text of {title}", title=title, tags=("hot drinks", "tea")),
            1,
            NOW,
            NOW,
        )
        for number, title in enumerate(titles)
    ]


def _written(
    folder: Path, memories: Sequence[tuple[Memory, Sequence[Relationship]]]
) -> dict[str, str]:
    sink = markdown.MarkdownSink(markdown.into_folder(folder))
    sink.begin(iter((memory.id, memory.content.title or "") for memory, _ in memories))
    for memory, links in memories:
        sink.memory(MemoryRecord(memory), links)
    sink.end()
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_a_head_with_aliases_is_refused_before_they_are_expanded() -> None:
    """Each line names the one before ten times: 12 lines stand for 10^12 texts."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    note = "\n".join(["---", *lines, f"tags: {'*a11'}", "---", "text"])
    with pytest.raises(InvalidField, match=r"has the YAML alias \*a0: write out"):
        front_matter.split(note)


def test_an_anchor_alone_does_no_harm() -> None:
    facts, text = front_matter.split("---\ntitle: &here Tea\n---\nGreen.")
    assert (facts, text) == ({"title": "Tea"}, "Green.")
