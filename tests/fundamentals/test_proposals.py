"""Proposals change nothing; accepting is one change set, and undoing it restores every byte."""

import io
import json
from typing import Any

import pytest

from memorizer.bootstrap.file_formats import export_jsonl
from memorizer.domain.errors import (
    ChangeSetMoved,
    InvalidField,
    NotFound,
    ProposalDecided,
    ProposalStale,
)
from memorizer.domain.memories import Content, Memory
from memorizer.domain.proposals import NewProposal, ProposalEdit, ProposalKind, ProposalState
from memorizer.domain.validity import Times
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.services import Services
from support.proposals import named, of_one, propose, replacing

ME = "test"
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(services: Services, text: str, **fields: Any) -> Memory:
    content = Content(text, title=fields.pop("title", text), **fields)
    return (await services.memories.create(content, actor=ME)).memory


async def exported(services: Services) -> list[str]:
    """Every line of an export but those of events, and their count and checksum."""
    out = io.BytesIO()
    await export_jsonl(services.export, out, lambda *_: None)
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    for record in records:
        for part in ("counts", "sha256"):
            record.get(part, {}).pop("events", None)
        record.pop("exportedAt", None)
    return [json.dumps(each) for each in records if each["kind"] != "event"]


async def test_accepting_replaces_and_undoing_restores_every_byte(services: Services) -> None:
    old = await store(services, "Tea wants 80 degrees.")
    newer = await store(services, "Tea wants 80 degrees!")
    await services.memories.update(old.id, lambda content: content, actor=ME, pinned=True)
    before = await exported(services)
    [proposal_id] = await propose(services, replacing(newer, old))
    assert await exported(services) == before

    done = await services.proposals.accept([proposal_id], actor=ME)
    assert done.proposals[0].state is ProposalState.ACCEPTED
    replaced = await services.memories.get(old.id)
    assert replaced.supersession is not None
    assert replaced.supersession.by == newer.id
    assert (await services.memories.get(newer.id)).is_pinned

    undone = await services.proposals.undo(done.id, actor=ME)
    assert undone.proposals[0].state is ProposalState.OPEN
    assert await exported(services) == before


CHANGES: dict[str, tuple[ProposalKind, dict[str, Any]]] = {
    "a title": (ProposalKind.RETITLE, {"title": "Green tea"}),
    "tags": (ProposalKind.RETAG, {"tags": ["tea", "kitchen"]}),
    "a review": (ProposalKind.REVIEW, {"reviewAt": None}),
    "what has expired": (ProposalKind.REVIEW, {"archive": True}),
    "secrets": (ProposalKind.SECRETS, {"mask": True}),
    "a merged text": (ProposalKind.MERGE, {"text": "One text for both."}),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_each_kind_is_carried_out_and_undone(services: Services, kind: str) -> None:
    memory = await store(
        services, f"The key is {KEY}.", title="Key", tags=("a",), times=Times(review_at=1)
    )
    before = await exported(services)
    [proposal_id] = await propose(services, of_one(CHANGES[kind][0], memory, **CHANGES[kind][1]))

    done = await services.proposals.accept([proposal_id], actor=ME)
    assert await exported(services) != before
    now = await services.memories.get(memory.id)
    match CHANGES[kind]:
        case (ProposalKind.RETITLE, _):
            assert now.content.title == "Green tea"
        case (ProposalKind.RETAG, _):
            assert now.content.tags == ("tea", "kitchen")
        case (ProposalKind.REVIEW, {"archive": True}):
            assert now.archived_at is not None
        case (ProposalKind.REVIEW, _):
            assert now.content.times.review_at is None
        case (ProposalKind.SECRETS, _):
            assert now.content.text == "The key is [secret removed]."
        case _:
            merged = await services.memories.get(done.proposals[0].created_memory_id or "")
            assert merged.content.text == "One text for both."
            assert now.supersession is not None

    await services.proposals.undo(done.id, actor=ME)
    assert await exported(services) == before
    again = await services.proposals.accept([proposal_id], actor=ME)
    assert again.proposals[0].state is ProposalState.ACCEPTED


async def test_a_new_memory_goes_to_the_trash_when_it_is_undone(services: Services) -> None:
    suggestion = {"text": "We deploy on Tuesdays.", "tags": ["captured"]}
    new = NewProposal(ProposalKind.NEW, (), suggestion, "It was decided.", 0.6, subject="deploy")
    [proposal_id] = await propose(services, new)
    done = await services.proposals.accept(
        [proposal_id], actor=ME, edit=ProposalEdit(text="We deploy on Mondays.")
    )
    created = done.proposals[0].created_memory_id or ""
    assert (await services.memories.get(created)).content.text == "We deploy on Mondays."
    await services.proposals.undo(done.id, actor=ME)
    trashed, _ = await services.trash.page(before=None, limit=10)
    assert [each.memory.id for each in trashed] == [created]


async def test_a_moved_version_makes_it_stale_and_nothing_is_done(services: Services) -> None:
    old, newer = await store(services, "Tea wants 80."), await store(services, "Tea wants 80!")
    [proposal_id] = await propose(services, replacing(newer, old))
    await services.memories.update(
        old.id, lambda content: Content("Tea wants 90.", title=content.title), actor=ME
    )
    assert (await services.proposals.get(proposal_id)).state is ProposalState.STALE
    with pytest.raises(ProposalStale) as refused:
        await services.proposals.accept([proposal_id], actor=ME)
    assert refused.value.details == {"state": "stale", "memoryIds": [old.id]}
    assert (await services.memories.get(old.id)).supersession is None

    old = await services.memories.get(old.id)
    [anew] = await propose(services, replacing(newer, old))
    with pytest.raises(NotFound):  # the stale one gave way
        await services.proposals.get(proposal_id)
    await services.proposals.accept([anew], actor=ME)


async def test_what_was_declined_is_never_proposed_again(services: Services) -> None:
    old, newer = await store(services, "Tea wants 80."), await store(services, "Tea wants 80!")
    [proposal_id] = await propose(services, replacing(newer, old))
    await services.proposals.decline(proposal_id, actor=ME)
    assert await propose(services, replacing(old, newer)) == []
    with pytest.raises(ProposalDecided):
        await services.proposals.accept([proposal_id], actor=ME)
    await services.proposals.reopen(proposal_id)
    await services.proposals.accept([proposal_id], actor=ME)


async def test_what_was_put_off_comes_back(services: Services) -> None:
    memory = await store(services, "Tea.")
    new = of_one(ProposalKind.RETITLE, memory, title="Green tea")
    [proposal_id] = await propose(services, new)
    await services.proposals.put_off(proposal_id, actor=ME)
    counts = await services.proposals.counts()
    assert (counts[ProposalState.OPEN], counts[ProposalState.LATER]) == (0, 1)
    assert await propose(services, new) == []
    assert (await services.proposals.get(proposal_id)).state is ProposalState.OPEN


async def test_a_cluster_is_accepted_and_undone_as_one(services: Services) -> None:
    one, two, three = [await store(services, f"Tea wants 80 degrees{end}") for end in ".!?"]
    before = await exported(services)
    ids = await propose(
        services,
        replacing(three, one, cluster=three.id),
        replacing(three, two, cluster=three.id),
    )
    done = await services.proposals.accept_cluster(ids[0], actor=ME)
    assert [each.id for each in done.proposals] == ids
    for each in (one, two):
        assert (await services.memories.get(each.id)).supersession is not None
    again = await services.proposals.accept(ids, actor=ME)
    assert again.id == done.id, "accepting twice does it once"
    await services.proposals.undo(done.id, actor=ME)
    assert await exported(services) == before


async def test_one_that_is_stale_stops_all(services: Services) -> None:
    one, two, three = [await store(services, f"Tea wants 80 degrees{end}") for end in ".!?"]
    ids = await propose(services, replacing(three, one), replacing(three, two))
    await services.memories.delete(two.id, actor=ME)
    with pytest.raises(ProposalStale):
        await services.proposals.accept(ids, actor=ME)
    assert (await services.memories.get(one.id)).supersession is None


async def test_what_was_changed_since_is_not_undone(services: Services) -> None:
    memory = await store(services, "Tea.")
    [proposal_id] = await propose(services, of_one(ProposalKind.RETITLE, memory, title="Green"))
    done = await services.proposals.accept([proposal_id], actor=ME)
    await services.memories.update(
        memory.id, lambda content: Content("Coffee.", title=content.title), actor=ME
    )
    with pytest.raises(ChangeSetMoved):
        await services.proposals.undo(done.id, actor=ME)
    assert (await services.memories.get(memory.id)).content.text == "Coffee."


async def test_a_person_chooses_another_one_to_keep_or_writes_the_text(services: Services) -> None:
    old, newer = await store(services, "Tea wants 80."), await store(services, "Tea wants 80!")
    [proposal_id] = await propose(services, replacing(newer, old))
    with pytest.raises(InvalidField):
        await services.proposals.accept([proposal_id], actor=ME, edit=ProposalEdit(keep="x"))
    with pytest.raises(InvalidField):
        await services.proposals.accept([proposal_id], actor=ME, edit=ProposalEdit(archive=True))
    done = await services.proposals.accept([proposal_id], actor=ME, edit=ProposalEdit(keep=old.id))
    assert (await services.memories.get(newer.id)).supersession is not None
    await services.proposals.undo(done.id, actor=ME)
    done = await services.proposals.accept(
        [proposal_id], actor=ME, edit=ProposalEdit(text="Tea: 80 degrees.")
    )
    merged = await services.memories.get(done.proposals[0].created_memory_id or "")
    assert merged.content.text == "Tea: 80 degrees."
    for each in (old, newer):
        now = await services.memories.get(each.id)
        assert now.supersession is not None
        assert now.supersession.by == merged.id
        assert await services.history.versions(each.id), "the histories are kept"


async def test_purging_a_memory_takes_what_quotes_it(services: Services) -> None:
    memory = await store(services, "Tea.")
    [proposal_id] = await propose(services, of_one(ProposalKind.RETITLE, memory, title="Green"))
    await services.memories.delete(memory.id, actor=ME)
    await services.trash.purge(memory.id)
    with pytest.raises(NotFound):
        await services.proposals.get(proposal_id)


async def test_a_scope_sees_what_is_all_in_it(services: Services) -> None:
    for name in ("Here", "There"):
        await services.workspaces.create(name, actor=ME)
    made = [
        (
            await services.memories.create(Content("Tea.", title=t), actor=ME, workspace="here")
        ).memory
        for t in "ab"
    ]
    [proposal_id] = await propose(services, replacing(made[1], made[0]))
    here = (await services.workspaces.get("here")).workspace.id
    scope = WorkspaceScope(frozenset([here]), frozenset([here]))
    bound = services.within(scope)
    assert (await bound.proposals.get(proposal_id)).memories == named(made[1], made[0])
    await services.workspaces.move_memories([made[0].id], "there", actor=ME)
    with pytest.raises(NotFound):
        await bound.proposals.get(proposal_id)
    with pytest.raises(NotFound):
        await bound.proposals.accept([proposal_id], actor=ME)
    assert (await bound.proposals.counts())[ProposalState.OPEN] == 0
