"""The context pack: what an agent is told without asking, within a budget, each thing once."""

from dataclasses import replace
from pathlib import Path

import pytest
from mcp_types import GetPromptResult, TextContent, TextResourceContents

from memorizer.adapters.formats import markdown, markdown_notes, memorizer_export
from memorizer.bootstrap import open_services
from memorizer.domain.context import MAX_RECENT, Part, first_sentence, line
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, EventType, Filter, Memory
from memorizer.domain.validity import Times
from memorizer.services import MemoryServices, Services
from memorizer.services.context import ContextRequest
from memorizer.services.maintenance import SHOWN_AGE_MS
from memorizer.settings import Settings
from support.agents import agent
from support.embedders import WordEmbedder
from support.moving import NOW, exported, imported
from support.titles import FirstWords

ACTOR = "test"
RULE = Content("Never deploy on Fridays. Nobody is there on Saturdays.", title="Deploying")
TASK = Content("Renew the certificate of the mail server.", "task", "Certificate")
KETTLE = Content("The kettle of the blue house is broken.", title="Kettle")


async def store(services: Services, *contents: Content) -> list[str]:
    made = [await services.memories.create(content, actor=ACTOR) for content in contents]
    return [each.memory.id for each in made]


async def pin(services: Services, memory_id: str, *, pinned: bool = True) -> Memory:
    return await services.memories.update(
        memory_id, lambda content: content, actor=ACTOR, pinned=pinned
    )


async def parts(services: MemoryServices, request: ContextRequest) -> dict[Part, list[str]]:
    found: dict[Part, list[str]] = {}
    for item in (await services.context.pack(request)).items:
        found.setdefault(item.part, []).append(item.memory.id)
    return found


async def test_a_pin_makes_an_event_and_no_version(services: Services) -> None:
    [rule, other] = await store(services, RULE, KETTLE)

    pinned = await pin(services, rule)
    again = await pin(services, rule)
    only, _ = await services.memories.page(Filter(pinned=True), before=None, limit=10)
    others, _ = await services.memories.page(Filter(pinned=False), before=None, limit=10)
    unpinned = await pin(services, rule, pinned=False)
    events = await services.history.events(rule)

    assert (pinned.is_pinned, unpinned.is_pinned, unpinned.version) == (True, False, 1)
    assert again == pinned
    assert ([m.id for m in only], [m.id for m in others]) == ([rule], [other])
    assert [event.type for event in events] == [
        EventType.MEMORY_UNPINNED,
        EventType.MEMORY_PINNED,
        EventType.MEMORY_CREATED,
    ]


async def test_pinned_come_first_then_open_then_recent_each_once(services: Services) -> None:
    old = await store(services, *(replace(KETTLE, text=f"Kettle {n}.") for n in range(MAX_RECENT)))
    [rule, task, done] = await store(
        services, RULE, TASK, replace(TASK, text="Renew the domain.", tags=("Done",))
    )
    await pin(services, old[0])

    packed = await services.context.pack(ContextRequest())
    found = await parts(services, ContextRequest())

    assert list(found) == [Part.PINNED, Part.OPEN, Part.RECENT]
    assert (found[Part.PINNED], found[Part.OPEN]) == ([old[0]], [task])
    assert found[Part.RECENT][:2] == [done, rule]
    assert packed.markdown.index("## Pinned") < packed.markdown.index("## Open")
    assert f"- [{rule}] Deploying: Never deploy on Fridays. (" in packed.markdown


async def test_a_session_is_told_everything_once_and_then_only_what_its_prompts_need(
    services: Services,
) -> None:
    [kettle] = await store(services, KETTLE)
    await store(services, *(replace(RULE, text=f"Rule {n}.", title=None) for n in range(12)))
    prompt = ContextRequest("Is the kettle of the blue house broken?", session="s")

    assert kettle not in str(await parts(services, ContextRequest(session="s")))
    assert await parts(services, prompt) == {Part.RELEVANT: [kettle]}
    assert await parts(services, prompt) == {}
    assert await parts(services, ContextRequest("zebra quantum lasagne", session="s")) == {}
    # its beginning was lost: it may need everything again
    assert kettle not in str(await parts(services, ContextRequest(session="s")))
    assert await parts(services, prompt) == {Part.RELEVANT: [kettle]}
    other = replace(prompt, caller="somebody else")
    assert set(await parts(services, other)) == {Part.RECENT, Part.RELEVANT}


async def test_a_session_of_an_empty_store_is_not_told_what_it_stores_itself(
    services: Services,
) -> None:
    empty = await services.context.pack(ContextRequest(session="s"))
    await store(services, RULE)

    assert (empty.markdown, empty.items) == ("", ())
    assert await parts(services, ContextRequest("zebra quantum lasagne", session="s")) == {}


async def test_sessions_are_forgotten_after_a_week(services: Services) -> None:
    [kettle] = await store(services, KETTLE)
    await services.context.pack(ContextRequest(session="s"))
    prompt = ContextRequest("zebra quantum lasagne", session="s")

    now = services.context.clock.now()
    database = services.context.database
    await database.write(lambda tx: tx.shown.delete_older_than(now - SHOWN_AGE_MS))
    assert await parts(services, prompt) == {}
    await database.write(lambda tx: tx.shown.delete_older_than(now + 1))
    assert await parts(services, prompt) == {Part.RECENT: [kettle]}


@pytest.mark.parametrize("letter", ["x", "語", "😀", "\u0301"])
async def test_a_pack_keeps_to_its_budget_in_any_script(services: Services, letter: str) -> None:
    texts = [f"{number} {letter * 400}" for number in range(30)]
    made = await store(services, *(Content(text, "task", f"Title {text}"[:200]) for text in texts))
    for memory_id in made:
        await pin(services, memory_id)

    packed = await services.context.pack(ContextRequest(budget=2_000))

    assert 1_500 < len(packed.markdown) <= 2_000
    assert len(packed.items) + packed.omitted == len(made)


async def test_archived_and_deleted_memories_are_never_in_it(services: Services) -> None:
    [rule, task, kettle] = await store(services, RULE, TASK, KETTLE)
    for memory_id in (rule, task, kettle):
        await pin(services, memory_id)
    await services.memories.archive(rule, actor=ACTOR)
    await services.memories.delete(task, actor=ACTOR)

    found = await parts(services, ContextRequest("Deploy on Fridays? Renew the certificate?"))

    assert found == {Part.PINNED: [kettle]}


async def test_what_is_replaced_or_out_of_date_is_never_in_it(services: Services) -> None:
    [old, ended, kettle] = await store(
        services, RULE, replace(TASK, times=Times(valid_until=1)), KETTLE
    )
    for memory_id in (old, ended):
        await pin(services, memory_id)
    await services.memories.update(kettle, lambda text: text, actor=ACTOR, replaces=[old])

    found = await parts(services, ContextRequest("Deploy on Fridays? Renew the certificate?"))

    assert found == {Part.RECENT: [kettle]}


async def test_a_pack_of_a_workspace_knows_nothing_of_others(services: Services) -> None:
    await services.workspaces.create("Acme", actor=ACTOR)
    [kettle, _] = await store(services, KETTLE, RULE)
    await pin(services, kettle)
    own = await services.memories.create(TASK, actor=ACTOR, workspace="acme")
    scoped = await services.narrowed("acme")

    found = await parts(scoped, ContextRequest("Is the kettle broken?", session="s"))

    assert found == {Part.OPEN: [own.memory.id]}


@pytest.mark.parametrize("wrong", [{"budget": 1}, {"session": " "}, {"session": "x" * 201}])
def test_what_is_no_request_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidField):
        ContextRequest(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("# A heading\n\nThe text.", "A heading"),
        ("- [ ] buy milk\n- sleep", "[ ] buy milk"),
        ("\n\n  Version 3.11 is out! Use it.", "Version 3.11 is out!"),
        ("今日は雨です。明日は晴れ。", "今日は雨です。"),
        ("e.g. a word. More.", "e.g. a word."),
        ("no end\nbut a second line", "no end"),
        ("a\x00b\u202ec", "a b c"),
        ("---\n---", ""),
    ],
)
def test_the_first_sentence_is_one_line_without_marks(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_a_line_says_a_title_that_begins_the_text_once() -> None:
    memory = Memory("id", Content("Never deploy on Fridays.", title="Never deploy"), 1, 0, 0)
    assert line(memory) == "- [id] Never deploy on Fridays. (1970-01-01)"


async def test_an_export_takes_pins_along(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    [rule, _] = await store(services, RULE, KETTLE)
    pinned = await pin(services, rule)
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(tmp_path / "notes")))
    (tmp_path / "export.jsonl").write_bytes(await exported(services))
    for number, readings in enumerate(
        (
            memorizer_export.read(tmp_path / "export.jsonl", NOW),
            markdown_notes.read(tmp_path / "notes", NOW),
        )
    ):
        elsewhere = settings.model_copy(update={"data_dir": tmp_path / str(number)})
        async with open_services(elsewhere, embedder=WordEmbedder(), writer=FirstWords()) as other:
            assert (await imported(other.services, readings))[1] == []
            only, _ = await other.services.memories.page(Filter(pinned=True), before=None, limit=9)
            assert [(m.id, m.pinned_at) for m in only] == [(rule, pinned.pinned_at)]


async def test_agents_pin_and_unpin_and_get_the_pack(services: Services) -> None:
    await services.workspaces.create("Acme", actor=ACTOR)
    async with agent(services) as ours:
        stored = await ours.store(RULE.text)
        pinned = await ours.call("update_metadata", id=stored, pinned=True)
        again = await ours.call("update_metadata", id=stored, pinned=True)
        got = await ours.call("get", id=stored)
        pack = await ours.client.get_prompt("context", {"topic": "zebra quantum lasagne"})
        empty = await ours.client.read_resource("memory://context/acme")
        unpinned = await ours.call("update_metadata", id=stored, clear=["pinned"])
        said = await ours.refused("update_metadata", id=stored, pinned=False)

    assert (pinned["changed"], again["changed"], unpinned["changed"]) == (True, False, True)
    assert (got["memory"]["pinned"], got["memory"]["version"]) == (True, 1)
    assert isinstance(pack, GetPromptResult)
    [message] = pack.messages
    assert isinstance(message.content, TextContent)
    assert f"## Pinned\n\n- [{stored}] Never deploy on Fridays." in message.content.text
    [content] = empty.contents
    assert isinstance(content, TextResourceContents)
    assert "no memories for this yet" in content.text
    assert "Nothing to change" in said
