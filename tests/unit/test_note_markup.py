"""Links, relations and tags in the Markdown of notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.formats.note_markup import parse

LINKS = [
    ("See [[Target]].", ["Target"]),
    ("| a |\n|---|\n| [[Target\\|the target]] | [[B|b]] |", ["Target", "B"]),
    ("[[Target#Part]] [[Target^block]] [[#own part]]", ["Target", "Target"]),
    ("`[[code]]` ``a`[[b]]`` [[c]]", ["c"]),
    ("an unclosed ` and [[Target]]", ["Target"]),
    ("```make all```\n\nThen see [[Target]].", ["Target"]),
    ("````md\n```\n[[inner]]\n```\n[[inner]]\n````\n[[Target]]", ["Target"]),
    ("text\n\n    [[indented code]]\n\n[[Target]]", ["Target"]),
    ("<!-- [[comment]] --> [[a]]\n\n<!--\n[[b]]\n\n[[c]]\n-->", ["a"]),
    ("%%[[a]]\n\n[[b]]%% [[c]]", ["c"]),
    ("100%% sure of [[Target]]", ["Target"]),
    ("\\[[escaped]] \\`[[Target]]\\`", ["Target"]),
    ("[x](Target.md) [y](<My note.md#Part>) [z](My%20note.md)", ["Target.md"] + ["My note.md"] * 2),
    ("[x](https://example.org/a.md) [y](mailto:a@b.md) [z](#part)", []),
    ("[text][ref]\n\n[ref]: Target.md", ["Target.md"]),
    ("![[picture.png]]", ["picture.png"]),
    ('<a href="x">[[Target]]</a>', ["Target"]),
    ("- a\n\t- b\n\t\t- [[Target]]", ["Target"]),
]
RELATIONS = [
    ("- needs [[Kettle]] (always)", [("needs", "Kettle")]),
    ("- depends_on [[Target]] (main (old) site)", [("depends_on", "Target")]),
    ('* "goes well with" [[cake|a cake]] #sweet', [("goes well with", "cake")]),
    ("1. needs [[A]] and [[B]]", [("links_to", "A"), ("links_to", "B")]),
    ("needs [[A]]", [("links_to", "A")]),
    ("- [ ] [[A]]", [("links_to", "A")]),
]
TAGS = [
    ("- [tech] uses #node.js and #c++ #v1.2 #a/b", ["node.js", "c++", "v1.2", "a/b"]),
    ("A paragraph, tagged #x, (#y) and #z.", ["x", "y", "z"]),
    ("- [x] done #done\n- #a#b", ["done", "a", "b"]),
    ("#at-the-start and #Ünï #日本語 #🎉", ["at-the-start", "Ünï", "日本語", "🎉"]),
    ("# A heading\n\nPR #34, C# and https://example.org/#part [x](#part)", []),
    ("`#code` \\#escaped <b style='color:#fff'>\n\n    #indented", []),
    ("#[[two words]]", ["two words"]),
]


@pytest.mark.parametrize(("text", "targets"), LINKS)
def test_links_are_those_that_a_reader_sees(text: str, targets: list[str]) -> None:
    assert [link.target for link in parse(text).links] == targets


@pytest.mark.parametrize(("text", "relations"), RELATIONS)
def test_a_list_item_may_say_the_type(text: str, relations: list[tuple[str, str]]) -> None:
    assert [(link.type, link.target) for link in parse(text).links] == relations


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_tags_are_whole_words(text: str, tags: list[str]) -> None:
    assert parse(text).tags == tags


@given(text=st.text(alphabet="[]()|\\`<!->%#a \n\t~*\"'.:"), name=st.sampled_from(["Note", "a b"]))
def test_any_text_is_read_and_a_paragraph_of_its_own_after_it_too(text: str, name: str) -> None:
    parse(text)
    found = parse(f"- {text.replace(chr(10), ' ')}".replace("%%", "").replace("`", ""))
    assert all(link.target and "]]" not in link.target for link in found.links)
    assert parse(f"[[{name}]]\n\n{text}").links[0].target == name


@pytest.mark.parametrize(
    "part", ["[", "[[", "[a](", "`", "<a ", "<!--", "%%", "#", "#a", "\\", "](", "(", "[[a|", '\\"']
)
def test_the_time_grows_with_the_length_alone(part: str) -> None:
    """Those that took the square of it would not come to an end here."""
    parse(f"- rel [[x]] {part * 400_000} [[")
