"""MCP: what agents can do, and what they are told."""

from memorizer.services import Services
from support.agents import NAME, agent

TEA = "Green tea wants water of 80 degrees."


async def test_an_agent_stores_finds_and_reads_a_memory(services: Services) -> None:
    async with agent(services) as ours:
        stored = await ours.call("store", type="fact", text=TEA, source="chat", tags=["tea"])
        found = await ours.call("search_memories", query="tea water")
        read = await ours.call("get_many", ids=[hit["id"] for hit in found["results"]])

    assert [memory["id"] for memory in read["memories"]] == [stored["id"]]
    assert read["memories"][0]["text"] == TEA
    assert read["memories"][0]["tags"] == ["tea"]


async def test_a_search_ends_with_the_next_call_ready_to_be_copied(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA)
        found = await ours.call("search_memories", query="tea")

    assert found["message"].endswith(f'use get_many with IDs: ["{id_}"]')


async def test_an_edit_replaces_exact_text_as_a_new_version(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA)
        edited = await ours.call("edit", id=id_, old_text="80", new_text="70")
        read = await ours.call("get", id=id_)

    assert edited["version"] == 2
    assert read["memory"]["text"] == "Green tea wants water of 70 degrees."


async def test_an_edit_that_finds_no_place_says_what_is_there_and_what_to_do(
    services: Services,
) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA)
        said = await ours.refused("edit", id=id_, old_text="green TEA", new_text="x")

    assert "old_text (9 characters): green TEA" in said
    assert TEA in said
    assert "Use get first" in said


async def test_going_back_makes_the_old_text_the_newest_version(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA, title="Tea")
        await ours.call("edit", id=id_, old_text="80", new_text="70")
        back = await ours.call("revert_to_version", id=id_, versionNumber=1)
        read = await ours.call("get", id=id_, includeVersionHistory=True)

    assert back["version"] == 3
    assert read["memory"]["text"] == TEA
    assert [each["version"] for each in read["versions"]] == [3, 2, 1]


async def test_a_relationship_is_seen_from_both_ends(services: Services) -> None:
    async with agent(services) as ours:
        tea, pot = await ours.store(TEA, title="Tea"), await ours.store("A pot.", title="Pot")
        await ours.call("create_relationship", fromId=pot, toId=tea, type="brews")
        [from_tea] = (await ours.call("get", id=tea))["relationships"]
        [from_pot] = (await ours.call("get", id=pot))["relationships"]

    assert (from_tea["direction"], from_tea["title"]) == ("incoming", "Pot")
    assert (from_pot["direction"], from_pot["title"]) == ("outgoing", "Tea")


async def test_what_an_agent_did_stands_under_its_name_in_the_history(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA)
        await ours.call("delete", id=id_)

    events = await services.history.events(id_)
    assert {event.actor for event in events} == {NAME}


async def test_a_deleted_memory_is_gone_and_the_refusal_says_how_to_go_on(
    services: Services,
) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA)
        await ours.call("delete", id=id_)
        said = await ours.refused("get", id=id_)

    assert "It may have been deleted" in said
    assert "search_memories" in said


async def test_a_memory_is_a_resource_and_its_address_is_completed(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(TEA, title="Tea")
        templates = (await ours.client.list_resource_templates()).resource_templates
        [content] = (await ours.client.read_resource(f"memory://{id_}")).contents

    assert "memory://{id}" in {each.uri_template for each in templates}
    assert TEA in content.model_dump_json()
    assert await services.search.complete_ids("te", limit=5) == [id_]
    assert await services.search.complete_ids(id_[:9], limit=5) == [id_]
    assert await services.search.complete_ids(id_.upper(), limit=5) == [id_], "typed whole"


async def test_standing_instructions_come_with_the_handshake_and_as_a_prompt(
    services: Services,
) -> None:
    async with agent(services, mode="legacy") as ours:
        told = ours.client.instructions
        prompt = await ours.client.get_prompt("instructions")

    assert told is not None
    assert "search it before you answer" in told[:200]
    assert prompt.messages[0].content.model_dump()["text"] == told
