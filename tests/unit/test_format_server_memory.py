"""The knowledge graph of the reference server-memory."""

import json
from pathlib import Path

import pytest

from memorizer.adapters.formats import detect, server_memory
from support.moving import NOW, contents, sorted_out

GRAPH = """
{"type":"entity","name":"Anna_Example","entityType":"person","observations":["Drinks","Eats"]}
{"type":"entity","name":"Acme","entityType":"organization","observations":[]}
{"type":"relation","from":"Anna_Example","to":"Acme","relationType":"works_at"}
"""


def test_entities_become_memories_and_relations_relationships(tmp_path: Path) -> None:
    dossiers, links, refused = sorted_out(server_memory.read(_file(tmp_path, GRAPH), NOW))

    assert contents(dossiers) == [
        ("Anna_Example", "person", "Drinks\nEats", ()),
        ("Acme", "organization", "Acme", ()),
    ]
    [anna, acme] = [dossier.memory.id for dossier in dossiers]
    assert [(link.from_id, link.type, link.to_id) for link in links] == [(anna, "works_at", acme)]
    assert refused == []


def test_every_reading_gives_the_same_ids_and_they_sort_before_the_present(tmp_path: Path) -> None:
    path = _file(tmp_path, GRAPH)
    first, second = (sorted_out(server_memory.read(path, now)) for now in (NOW, NOW + 1))

    assert [d.memory.id for d in first[0]] == [d.memory.id for d in second[0]]
    assert [link.id for link in first[1]] == [link.id for link in second[1]]
    assert all(d.memory.id.startswith("00000000-0000-7") for d in first[0])


def test_a_relation_may_stand_before_its_entities(tmp_path: Path) -> None:
    lines = GRAPH.strip().splitlines()
    path = _file(tmp_path, "\n".join(reversed(lines)))

    _, links, refused = sorted_out(server_memory.read(path, NOW))

    assert (len(links), refused) == (1, [])


def test_each_broken_line_is_named_with_its_reason(tmp_path: Path) -> None:
    lines = [
        '{"type":"entity","name":"Whole","entityType":"x","observations":["ok"]}',
        '{"type":"entity","name":7,"entityType":"x","observations":[]}',
        '{"type":"entity","name":"n","entityType":"x","observations":["ok", 7]}',
        "{",
        "[]",
        '{"type":"relation","from":"Whole","to":"Nobody","relationType":"knows"}',
        '{"type":"other"}',
    ]

    dossiers, links, refused = sorted_out(
        server_memory.read(_file(tmp_path, "\n".join(lines)), NOW)
    )

    assert (len(dossiers), links) == (1, [])
    assert refused == [
        "line 2: name: must be a text",
        "line 3: observations: must be a list of texts",
        "line 4: JSON: Expecting property name enclosed in double quotes at character 2",
        "line 5: line: must be an object",
        "line 7: type: must be entity or relation",
        "line 6: to: no entity of this file is called 'Nobody'",
    ]


def test_entities_of_one_name_are_one_memory_with_all_observations(tmp_path: Path) -> None:
    lines = [
        '{"type":"entity","name":"Tea","entityType":"drink","observations":["hot","green"]}',
        '{"type":"entity","name":"Cup","entityType":"thing","observations":["blue"]}',
        '{"type":"entity","name":"Tea","entityType":"plant","observations":["green","grows"]}',
        '{"type":"relation","from":"Cup","to":"Tea","relationType":"holds"}',
        '{"type":"relation","from":"Cup","to":"Tea","relationType":"holds"}',
        '{"type":"relation","from":"Tea","to":"Cup","relationType":""}',
    ]
    dossiers, links, refused = sorted_out(
        server_memory.read(_file(tmp_path, "\n".join(lines)), NOW)
    )

    assert contents(dossiers) == [
        ("Cup", "thing", "blue", ()),
        ("Tea", "drink", "hot\ngreen\ngrows", ()),
    ]
    assert dossiers[1].origin["original"] == {"entityTypes": ["drink", "plant"]}
    assert [link.type for link in links] == ["holds", "relates_to"]
    assert refused == []


def test_a_long_type_is_cut_and_the_entity_comes(tmp_path: Path) -> None:
    line = json.dumps({"type": "entity", "name": "Tea", "entityType": "t" * 300})
    [tea], _, refused = sorted_out(server_memory.read(_file(tmp_path, line), NOW))
    assert (tea.memory.content.type, refused) == ("t" * 100, [])
    assert tea.origin["original"] == {"entityTypes": ["t" * 300]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_in_any_unicode_is_read(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    path = tmp_path / "memory.jsonl"
    path.write_bytes((mark + GRAPH.replace("Acme", "Grüße").replace("\n", "\r\n")).encode(encoding))
    name, read = detect.reader(path, None)
    dossiers, _, refused = sorted_out(read(path, NOW))
    assert (name, len(dossiers), refused) == ("server-memory", 2, [])
    assert contents(dossiers)[1][0] == "Grüße"


def _file(folder: Path, text: str) -> Path:
    path = folder / "memory.jsonl"
    path.write_text(text)
    return path
