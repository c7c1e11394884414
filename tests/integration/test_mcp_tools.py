"""What each tool does at its edges, and what it says there."""

from itertools import count

import numpy as np

from memorizer.domain.memories import Content
from support.agents import NAME, agent
from support.embedders import vector_of
from support.memorizer import Memorizer

TEXTS = (
    "Our bread is baked with rye and a little honey.",
    "The release train leaves every second Tuesday.",
    "Swimming lessons are on Thursday afternoon.",
)
TEA = "Green tea wants water of 80 degrees."
NOWHERE = "0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f"


def cosine(one: str, other: str) -> float:
    a, b = (np.frombuffer(vector_of(text), dtype="<f4") for text in (one, other))
    return float(a @ b)


def a_word_near(text: str, low: float, high: float) -> str:
    """One that is not in the text, but whose vector is this near."""
    words = (f"word{n}" for n in count())
    return next(word for word in words if low < cosine(word, text) < high)


async def test_a_search_that_finds_nothing_tries_once_a_little_lower(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        await ours.store(TEA)
        query = a_word_near(TEA, 0.12, 0.18)
        found = await ours.call("search_memories", query=query, minSimilarity=0.2)
        none = await ours.call("search_memories", query=query, minSimilarity=0.5)

    assert found["message"].startswith("No results at 0.2, but found 1 at 0.1.")
    assert found["count"] == 1
    assert (none["message"], none["results"]) == ("No results at 0.5, nor at 0.4. ", [])


async def test_the_least_similarity_holds_for_what_words_found_too(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        await ours.store(TEA, tags=["kitchen"])
        [near] = (await ours.call("search_memories", query=TEA))["results"]
        by_word = await ours.call("search_memories", query="tea", minSimilarity=1)

    assert (near["match"], near["similarity"]) == ("strong", "100%")
    assert (near["title"], near["tags"]) == (TEA, ["kitchen"])
    assert by_word["results"] == []


async def test_a_search_leaves_out_what_hardly_matches_and_says_so(memorizer: Memorizer) -> None:
    answered = "which bread is baked with rye"
    async with agent(memorizer.services) as ours:
        for text in TEXTS:
            await ours.store(text)
        relevant = await ours.call("search_memories", query=answered)
        nothing = await ours.call("search_memories", query="zebra quantum lasagne")
        everything = await ours.call(
            "search_memories", query="zebra quantum lasagne", includeWeaker=True
        )

    assert [hit["title"] for hit in relevant["results"]] == [TEXTS[0]]
    assert (relevant["count"], relevant["weaker"]) == (1, len(TEXTS) - 1)
    assert "includeWeaker" in relevant["message"]
    assert (nothing["results"], nothing["weaker"]) == ([], len(TEXTS))
    assert nothing["message"].startswith("Nothing relevant is stored.")
    assert {hit["match"] for hit in everything["results"]} == {"weak"}
    assert everything["count"] == len(TEXTS)


async def test_a_hit_shows_the_part_of_the_text_that_matched(memorizer: Memorizer) -> None:
    text = "Words before it. " * 40 + "The kettle whistles at noon. " + "Words after it. " * 40
    async with agent(memorizer.services) as ours:
        await ours.store(text, title="Kitchen")
        await ours.store("Kettle", title="Kettle")
        by_title = {
            hit["title"]: hit.get("snippet")
            for hit in (await ours.call("search_memories", query="kettle"))["results"]
        }

    assert "The kettle whistles at noon." in by_title["Kitchen"]
    assert len(by_title["Kitchen"]) <= 160
    assert by_title["Kettle"] is None


async def test_tags_narrow_a_search(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        await ours.store(TEA, tags=["drink"])
        wanted = await ours.store(TEA, tags=["drink", "mine"])
        found = await ours.call("search_memories", query="tea", filterTags="drink, mine")

    assert [hit["id"] for hit in found["results"]] == [wanted]


async def test_without_vectors_a_search_says_so(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        await ours.store(TEA)
        memorizer.embedder.is_down = True
        found = await ours.call("search_memories", query="tea")

    assert found["count"] == 1
    assert "Only full text was searched" in found["degraded"]


async def test_a_memory_can_be_stored_with_its_relationship(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        tea = await ours.store(TEA, title="Tea")
        pot = await ours.store("A pot.", title="Pot", relatedTo=tea, relationshipType="brews")
        unrelated = await ours.store("A cup.", relatedTo="", relationshipType="holds")
        [link] = (await ours.call("get", id=pot))["relationships"]
        alone = await ours.call("get", id=unrelated)

    assert (link["type"], link["direction"], link["memoryId"]) == ("brews", "outgoing", tea)
    assert alone["relationships"] == []


async def test_nothing_is_stored_if_what_it_belongs_to_does_not_exist(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        arguments = {"type": "note", "text": TEA, "source": "s", "relatedTo": NOWHERE}
        said = await ours.refused("store", **arguments)
        found = await ours.call("search_memories", query="tea")

    assert NOWHERE in said
    assert found["count"] == 0


async def test_what_store_is_not_told_it_can_do_without(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        stored = await ours.call("store", text=TEA)
        memory = (await ours.call("get", id=stored["id"]))["memory"]

    assert (memory["type"], memory["source"]) == ("note", NAME)
    assert "titleJobId" in stored


async def test_an_edit_changes_the_first_place_and_warns_of_the_others(
    memorizer: Memorizer,
) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store("tea and tea and tea")
        one = await ours.call("edit", id=id_, old_text="tea", new_text="pot")
        rest = await ours.call("edit", id=id_, old_text="tea", new_text="cup", replace_all=True)
        text = (await ours.call("get", id=id_))["memory"]["text"]

    assert one["message"].startswith("Replaced 1 of 3; now version 2. Warning: old_text occurs 3")
    assert (rest["replaced"], rest["message"]) == (2, "Replaced 2 of 2; now version 3.")
    assert text == "pot and cup and cup"


async def test_line_feeds_edit_a_text_with_windows_line_ends(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store("Line one\r\nLine two\r\nLine three")
        done = await ours.call(
            "edit", id=id_, old_text="Line one\nLine two", new_text="Line 1\nLine 2"
        )

    text = (await memorizer.services.memories.get(id_)).content.text
    assert (done["replaced"], text) == (1, "Line 1\r\nLine 2\r\nLine three")


async def test_an_edit_that_changes_nothing_makes_no_version(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA)
        same = await ours.call("edit", id=id_, old_text="80", new_text="80")
        empty = await ours.refused("edit", id=id_, old_text="", new_text="x")
        gone = await ours.refused("edit", id=id_, old_text=TEA, new_text="")

    assert (same["version"], same["changed"], same["replaced"]) == (1, False, 0)
    assert "old_text is empty" in empty
    assert "text: must not be empty" in gone


async def test_metadata_changes_only_where_something_was_given(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA, title="Tea", tags=["a", "b"])
        await ours.call("update_metadata", id=id_, type="how-to", title="", confidence="0.5")
        cleared = await ours.call("update_metadata", id=id_, clear=["tags"])
        again = await ours.call("update_metadata", id=id_, tags=[], clear=["tags"])
        wrong = await ours.refused("update_metadata", id=id_, clear=["text"])
        memory = (await ours.call("get", id=id_))["memory"]
        nothing = await ours.refused("update_metadata", id=id_)

    assert (memory["title"], memory["type"]) == ("Tea", "how-to")
    assert (memory["tags"], memory["confidence"]) == ([], 0.5)
    assert (cleared["version"], again["version"], again["changed"]) == (3, 3, False)
    assert "give title, type, tags, confidence, metadata" in nothing
    assert "it cannot empty text" in wrong


async def test_going_back_to_the_present_changes_nothing(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA, title="Tea")
        present = await ours.call("revert_to_version", id=id_, versionNumber=1)
        await ours.call("edit", id=id_, old_text="80", new_text="70")
        await ours.call("edit", id=id_, old_text="70", new_text="80")
        equal = await ours.call("revert_to_version", id=id_, versionNumber=1)
        missing = await ours.refused("revert_to_version", id=id_, versionNumber=9)

    assert present["message"] == "Already at version 1. No changes made."
    assert (equal["version"], equal["changed"]) == (3, False)
    assert "its versions are 1 to 3" in missing


async def test_who_wanted_to_go_back_stands_in_the_history(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA, title="Tea")
        await ours.call("edit", id=id_, old_text="80", new_text="70")
        await ours.call("revert_to_version", id=id_, versionNumber=1, changedBy="a person")
        read = await ours.call("get", id=id_, includeVersionHistory=True, versionLimit=2)

    assert [each["actor"] for each in read["versions"]] == ["a person", NAME]


async def test_an_old_version_can_be_read_without_going_back(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA, title="Tea")
        await ours.call("edit", id=id_, old_text="80", new_text="70")
        old = await ours.call("get", id=id_, versionNumber=1)
        missing = await ours.refused("get", id=id_, versionNumber=3)

    assert (old["memory"]["text"], old["memory"]["version"]) == (TEA, 1)
    assert old["message"].startswith("Version 1 of 2.")
    assert "has no version 3" in missing


async def test_similar_memories_are_found_and_never_called_relationships(
    memorizer: Memorizer,
) -> None:
    async with agent(memorizer.services) as ours:
        one, other = await ours.store(TEA), await ours.store(f"{TEA} Always.")
        with_similar = await ours.call("get", id=one)
        without = await ours.call("get", id=one, includeSimilar=False)

    assert [each["id"] for each in with_similar["similar"]] == [other]
    assert with_similar["relationships"] == []
    assert "similar" not in without


async def test_memories_that_do_not_exist_are_named(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA)
        read = await ours.call("get_many", ids=[NOWHERE, id_, id_])
        empty = await ours.refused("get_many", ids=[])

    assert [memory["id"] for memory in read["memories"]] == [id_]
    assert read["missing"] == [NOWHERE]
    assert "search_memories finds ids" in empty


async def test_a_relationship_is_stated_once(memorizer: Memorizer) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        tea, pot = await ours.store(TEA), await ours.store("A pot.")
        link = {"fromId": pot, "toId": tea, "type": "brews"}
        first, again = [await ours.call("create_relationship", **link) for _ in range(2)]
        itself = await ours.refused("create_relationship", fromId=tea, toId=tea, type="is")
        await ours.call("remove_relationship", id=first["id"])
        gone = await ours.refused("remove_relationship", id=first["id"])

    assert (first["isNew"], again["isNew"], first["id"]) == (True, False, again["id"])
    assert "two memories" in itself
    assert "get shows a memory's relationships" in gone


async def test_an_archived_memory_is_not_found_until_it_is_restored(memorizer: Memorizer) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        id_ = await ours.store(TEA)
        await ours.call("archive", id=id_)
        hidden = await ours.call("search_memories", query="tea")
        await ours.call("restore", id=id_)
        shown = await ours.call("search_memories", query="tea")

    assert (hidden["count"], shown["count"]) == (0, 1)


async def test_jobs_are_started_and_followed(memorizer: Memorizer) -> None:
    await memorizer.start_worker()
    async with agent(memorizer.services, tools="all") as ours:
        nothing = await ours.call("start_job", queue="title-generation")
        id_ = await ours.store(TEA, title="Tea")
        started = await ours.call("start_job", queue="embedding-regeneration", ids=[id_])
        done = await ours.call("watch_job", jobId=started["jobIds"][0])
        unknown = await ours.refused("watch_job", jobId="no-such-job")

    assert nothing["count"] == 0
    assert (done["state"], done["progress"]) == ("completed", 100)
    assert "start_job" in unknown


async def test_a_job_that_takes_longer_is_told_as_it_stands(memorizer: Memorizer) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        stored = await ours.call("store", text=TEA)
        watched = await ours.call("watch_job", jobId=stored["titleJobId"], seconds=0)

    assert watched["state"] == "waiting"
    assert "Call watch_job again" in watched["message"]


async def test_statistics_count(memorizer: Memorizer) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        await ours.store(TEA, title="Tea", tags=["drink"])
        figures = await ours.call("statistics")

    assert (figures["memories"], figures["untitled"]) == (1, 0)
    assert figures["tags"] == [{"name": "drink", "count": 1}]


async def test_a_fault_of_ours_is_an_answer_and_not_a_crash(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        id_ = await ours.store(TEA)
        await memorizer.services.memories.create(Content("x" * 200_000), actor="test")
        memorizer.container.adapters.database.close()
        said = await ours.refused("get", id=id_)

    assert said
    assert "Traceback" not in said
