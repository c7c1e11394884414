"""Folders of Markdown notes: those of basic-memory and Obsidian, and our own export."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from memorizer.adapters.formats import front_matter, markdown, markdown_notes, notes
from memorizer.adapters.formats.output_files import Names, readable
from memorizer.domain.memories import Content, Memory, Relationship
from memorizer.domain.records import ImportNote, MemoryRecord, Reading
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
- [ ] buy filters #in-a-task

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
        "Coffee Brewing": ("guide", ("coffee", "brewing", "pour-over", "in-a-task")),
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
    assert refused == []


def test_a_link_to_nothing_is_told_and_stays_in_the_text(tmp_path: Path) -> None:
    found = [n for n in _notes_of(tmp_path, FILES) if isinstance(n, ImportNote)]
    assert found == [ImportNote("drinks/Coffee.md", markdown_notes.NO_TARGET, "Missing")]


def test_what_cannot_be_taken_is_named_and_the_rest_comes(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "big.md": "x" * 500_001,
        "empty.md": "---\ntitle: Empty\n---\n \n",
        "latin.txt": "Grüße".encode("cp1252"),
        "wide.MD": "Grüße".encode("utf-16"),
        "unmarked.md": "Grüße an alle".encode("utf-16-le"),
        "reversed.md": "Grüße an alle".encode("utf-16-be"),
        "damaged.markdown": "Grüße".encode() + b"\xff",
        ".obsidian/x.md": "hidden",
        "image.png": b"\x89",
    }
    found = list(_notes_of(tmp_path, files))
    dossiers, _, refused = sorted_out(r for r in found if not isinstance(r, ImportNote))

    assert {(title, text) for title, _, text, _ in contents(dossiers)} == {
        ("Empty", "Empty"),
        ("latin", "Grüße"),
        ("wide", "Grüße"),
        ("unmarked", "Grüße an alle"),
        ("reversed", "Grüße an alle"),
        ("damaged", "Grüße�"),
    }
    assert refused == ["big.md: text: at most 500,000 characters, got 500,001"]
    assert sorted((n.place, n.message) for n in found if isinstance(n, ImportNote)) == [
        ("damaged.markdown", notes.REPLACED),
        ("empty.md", notes.EMPTY),
        ("latin.txt", notes.NOT_UTF_8),
        ("the files", markdown_notes.LEFT_OUT),
    ]


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
        head = front_matter.split(front_matter.compose({"title": text, "no": None}) + "x")
        assert (head.facts, head.text, head.problem) == ({"title": text}, "x", None)


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
    sink.begin(iter((memory.id, memory.content.title or "") for memory, _ in memories), ())
    for memory, links in memories:
        sink.memory(MemoryRecord(memory), links)
    sink.end()
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_a_head_with_aliases_stays_in_the_text_and_they_are_not_expanded() -> None:
    """Each line names the one before ten times: 12 lines stand for 10^12 texts."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    note = "\n".join(["---", *lines, f"tags: {'*a11'}", "---", "text"])
    head = front_matter.split(note)
    assert (head.facts, head.text) == ({}, note)
    assert head.problem == "has the YAML alias *a0: write out what it stands for"


@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? "])
def test_a_head_of_any_depth_breaks_nothing(sign: str) -> None:
    note = f"---\n{sign * 15_000}\n---\ntext"
    head = front_matter.split(note)
    assert (head.facts, head.text) == ({}, note)
    assert head.problem


def test_an_anchor_alone_does_no_harm() -> None:
    head = front_matter.split("---\ntitle: &here Tea\n---\nGreen.")
    assert (head.facts, head.text) == ({"title": "Tea"}, "Green.")


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("title: Tea: how to brew it", "is not YAML: mapping values are not allowed"),
        ("title: {{title}}\ncreated: {{date}}", "has a name that is no text"),
        ("Only a thought between two lines.", "is no list of names and values"),
        ("tags: [a", "is not YAML: "),
        (r'title: "\uD800"', "is not YAML: "),
        ("x" * 70_000, "is longer than 65,536 characters"),
    ],
)
def test_a_head_that_cannot_be_read_stays_in_the_text_and_is_named(
    tmp_path: Path, head: str, problem: str
) -> None:
    text = f"---\n{head}\n---\nSee [[Other]]."
    files: dict[str, bytes | str] = {"Tea.md": text, "Other.md": "Here."}

    dossiers, links, refused = sorted_out(
        reading for reading in _notes_of(tmp_path, files) if not isinstance(reading, ImportNote)
    )
    [note] = [n for n in _notes_of(tmp_path, files) if isinstance(n, ImportNote)]

    assert contents(dossiers)[1] == ("Tea", "note", text, ())
    assert (len(links), refused) == (1, [])
    assert (note.place, note.message) == ("Tea.md", notes.UNREADABLE_HEAD)
    assert note.detail.startswith(problem)


def test_fields_without_a_place_here_are_kept_as_properties(tmp_path: Path) -> None:
    head = """---
title: Tea
status: draft
url: https://example.org/x
aliases: [Chai, Camellia]
rating: 4
share: 0.5
ref: 0012
version: 1.10
done: true
empty:
up: "[[Drinks]]"
author: {name: someone}
created: yesterday
---
Green."""
    files: dict[str, bytes | str] = {"t.md": head, "Drinks.md": "All.", "x.md": "[[chai]]"}
    dossiers, links, _ = sorted_out(_notes_of(tmp_path, files))

    [tea] = [dossier for dossier in dossiers if dossier.memory.content.title == "Tea"]
    assert dict(tea.memory.content.metadata) == {
        "status": "draft",
        "url": "https://example.org/x",
        "aliases": "Chai, Camellia",
        "rating": 4,
        "share": 0.5,
        "ref": "0012",
        "version": "1.10",
        "done": True,
        "empty": None,
        "up": "[[Drinks]]",
        "author": '{"name": "someone"}',
        "created": "yesterday",
    }
    titles = {d.memory.id: d.memory.content.title for d in dossiers}
    assert sorted((titles[k.from_id], k.type, titles[k.to_id]) for k in links) == [
        ("Tea", "up", "Drinks"),
        ("x", "links_to", "Tea"),
    ]


def test_a_head_that_is_too_long_for_metadata_stays_in_the_text(tmp_path: Path) -> None:
    head = "".join(f"name{number}: {'x' * 100}\n" for number in range(200))
    [note], _, _ = sorted_out(_notes_of(tmp_path, {"a.md": f"---\n{head}---\nBody."}))
    assert note.memory.content.text == f"---\n{head}---\n\nBody."


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ("date: 2021-05-06T07:08:09+02:00", 1_620_277_689_000),
        ("date: 2021-05-06 07:08:09 +0200", 1_620_277_689_000),
        ("created: 2021-05-06 05:08:09Z", 1_620_277_689_000),
        ("date: Thu, 06 May 2021 05:08:09 GMT", 1_620_277_689_000),
        ("created: 2021/5/6", 1_620_259_200_000),
        ("created: '2021-05-06'\ndate: 2024-01-01", 1_620_259_200_000),
        ("created: yesterday\ndate: 2021-05-06", 1_620_259_200_000),
    ],
)
def test_times_are_read_as_programs_write_them(tmp_path: Path, field: str, at: int) -> None:
    [note], _, _ = sorted_out(_notes_of(tmp_path, {"a.md": f"---\n{field}\n---\nBody."}))
    assert note.memory.created_at == at


def test_a_head_of_hugo_and_a_post_of_jekyll(tmp_path: Path) -> None:
    hugo = '+++\ntitle = "Tea"\ndate = 2021-05-06T05:08:09Z\ntags = ["a"]\ndraft = true\n+++\nBody.'
    files: dict[str, bytes | str] = {"hugo.md": hugo, "_posts/2021-05-06-hello.md": "Hello."}
    dossiers, _, _ = sorted_out(_notes_of(tmp_path, files))
    post, tea = (dossier.memory for dossier in dossiers)
    assert post.created_at == 1_620_259_200_000
    assert (tea.content.title, tea.content.tags, tea.created_at) == (
        "Tea",
        ("a",),
        1_620_277_689_000,
    )


@pytest.mark.parametrize(
    "head",
    ["---\ntitle: Tea\ntags: [a, b]\n...", '{\n  "title": "Tea",\n  "tags": ["a", "b"]\n}'],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_heads_of_pandoc_and_json_heads_of_hugo(tmp_path: Path, head: str, line_end: str) -> None:
    text = f"{head}\nBody {{\n...\n}}\n".replace("\n", line_end)
    [tea], _, _ = sorted_out(_notes_of(tmp_path, {"a.md": text.encode()}))
    assert (tea.memory.content.title, tea.memory.content.tags) == ("Tea", ("a", "b"))
    assert tea.memory.content.text.splitlines() == ["Body {", "...", "}"]


@pytest.mark.parametrize(
    "text",
    [
        "---\nJust dots\n...\nand more.",
        '{\n  "only": "JSON"\n}',
        "{\n  no json\n}\nBody.",
        '{\n  "a": "\\ud800"\n}\nBody.',
        "[1]\nBody.",
    ],
)
def test_what_only_looks_like_a_head_is_text(tmp_path: Path, text: str) -> None:
    [note], _, _ = sorted_out(_notes_of(tmp_path, {"a.md": text}))
    assert note.memory.content.text == text


def test_pages_of_logseq_have_properties_spaces_in_names_and_days(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "logseq/config.edn": "{}",
        "logseq/bak/pages/Old.md": "- gone",
        "pages/Drinks___Tea.md": "alias:: Chai, Cha\ntags:: [[hot]], green\npublic:: true\n\n-",
        "journals/2021_05_01.md": "- drank [[chai]] #[[good day]]",
        "pages/x.md": "- see [[May 1st, 2021]] and [[Drinks/Tea]]",
    }
    dossiers, links, _ = sorted_out(_notes_of(tmp_path, files))
    by_title = {dossier.memory.content.title: dossier for dossier in dossiers}
    assert set(by_title) == {"Drinks/Tea", "2021_05_01", "x"}
    assert by_title["Drinks/Tea"].memory.content.tags == ("hot", "green")
    assert dict(by_title["Drinks/Tea"].memory.content.metadata) == {
        "alias": "Chai, Cha",
        "public": True,
    }
    assert by_title["2021_05_01"].memory.content.tags == ("good day",)
    assert by_title["2021_05_01"].memory.created_at == 1_619_827_200_000
    titles = {d.memory.id: d.memory.content.title for d in dossiers}
    assert sorted((titles[k.from_id], titles[k.to_id]) for k in links) == [
        ("2021_05_01", "Drinks/Tea"),
        ("x", "2021_05_01"),
        ("x", "Drinks/Tea"),
    ]


def test_labels_count_for_the_tags_that_still_stand(tmp_path: Path) -> None:
    [tea] = _memories("Tea")
    [text] = _written(tmp_path / "a", [(tea, [])]).values()
    edited = text.replace('tags: ["hot-drinks", "tea"]', 'tags: ["new", "hot-drinks"]')
    [found], _, _ = sorted_out(_notes_of(tmp_path, {"Tea.md": edited}))
    assert found.memory.content.tags == ("new", "hot drinks")


def test_links_lead_where_obsidian_finds_the_note(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a/Target.md": "near",
        "b/Target.md": "far",
        "Übersicht.md": "composed",
        "a/Start.md": "[[Target]] [[b/Target#Part|x]] [[../b/Target]] [[./Target]] "
        "[here](Target.md) [there](../b/Target.md#x) [[#own]] [[U\u0308bersicht]] "
        "![[pic.png]] ![](pic.png) [[doc.pdf]]",
        "doc.pdf": b"%PDF",
    }
    found = list(_notes_of(tmp_path, files))
    dossiers, links, refused = sorted_out(r for r in found if not isinstance(r, ImportNote))
    texts = {d.memory.id: d.memory.content.text for d in dossiers}
    assert [texts[link.to_id] for link in links] == ["near", "far", "composed"]
    assert refused == []
    assert [n.message for n in found if isinstance(n, ImportNote)] == [markdown_notes.LEFT_OUT]


def test_the_name_of_a_file_comes_before_an_alias_nearby(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a/Settings.md": "the file",
        "b/Other.md": "---\naliases: [Settings]\npermalink: settings\n---\nthe alias",
        "b/Start.md": "[[Settings]]",
    }
    dossiers, [link], _ = sorted_out(_notes_of(tmp_path, files))
    texts = {d.memory.id: d.memory.content.text for d in dossiers}
    assert texts[link.to_id] == "the file"


def _notes_of(folder: Path, files: dict[str, bytes | str]) -> Iterator[Reading]:
    return markdown_notes.read(unpacked(folder / "notes", files), NOW)
