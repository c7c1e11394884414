"""MemorizerStore behaves as LangGraph's own stores do: what their tests ask for, and more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
    TTLConfig,
)

from memorizer.domain.keys import parse_key
from memorizer.services import Services
from memorizer_client._langgraph_items import label_of, memory_of, path_segment
from memorizer_client.langgraph import MemorizerStore

MINUTE = 60_000


@pytest.fixture
async def store(server: str) -> AsyncIterator[MemorizerStore]:
    store = MemorizerStore(server, ttl=TTLConfig(default_ttl=None))
    yield store
    await store.aclose()


async def in_thread(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """The synchronous methods would block the loop in which the server of this test runs."""
    return await asyncio.to_thread(call, *args, **more)


class TestItems:
    async def test_an_item_is_put_read_replaced_and_deleted(self, store: MemorizerStore) -> None:
        namespace, value = ("users", "123"), {"theme": "dark", "n": 1, "nested": {"a": [1, None]}}
        await store.aput(namespace, "prefs", value)
        item = await store.aget(namespace, "prefs")
        assert item is not None
        assert (item.namespace, item.key, item.value) == (namespace, "prefs", value)
        assert item.created_at.tzinfo is not None
        await store.aput(namespace, "prefs", {"theme": "light"})
        again = await store.aget(namespace, "prefs")
        assert again is not None
        assert again.value == {"theme": "light"}
        assert again.created_at == item.created_at
        assert again.updated_at >= item.updated_at
        assert await store.aget(("users", "124"), "prefs") is None
        assert await store.aget(("users",), "123/prefs") is None
        await store.adelete(namespace, "prefs")
        await store.adelete(namespace, "prefs")
        assert await store.aget(namespace, "prefs") is None

    async def test_the_synchronous_methods_do_the_same(self, store: MemorizerStore) -> None:
        await in_thread(store.put, ("a", "b"), "k", {"text": "Green tea."})
        item = await in_thread(store.get, ("a", "b"), "k")
        assert item.value == {"text": "Green tea."}
        [found] = await in_thread(store.search, ("a",), query="tea")
        assert (found.key, found.score > 0) == ("k", True)
        assert await in_thread(store.list_namespaces) == [("a", "b")]
        await in_thread(store.delete, ("a", "b"), "k")
        assert await in_thread(store.search, ("a",)) == []

    async def test_namespaces_that_are_none_are_refused(self, store: MemorizerStore) -> None:
        for namespace in ((), ("the", "thing.about"), ("some", ""), ("langgraph", "foo")):
            with pytest.raises(InvalidNamespaceError):
                await store.aput(namespace, "k", {"a": 1})
        await store.aput(("foo", "langgraph"), "k", {"a": 1})
        await store.abatch([PutOp(("langgraph", "foo"), "k", {"a": 2})])  # its own are its own
        item = await store.aget(("langgraph", "foo"), "k")
        assert item is not None
        assert item.value == {"a": 2}
        with pytest.raises(InvalidNamespaceError):
            await store.abatch([GetOp(("foo.bar",), "k")])

    async def test_any_text_is_a_key(self, store: MemorizerStore) -> None:
        keys = ["a/b", "..", ".", "", "%2F", "ä ö", "\u00e4", "a\u0308", "😀"]
        await store.abatch([PutOp(("n", "a/b"), key, {"v": key}) for key in keys])
        found = await store.asearch(("n", "a/b"), limit=20)
        assert {item.key: item.value for item in found} == {key: {"v": key} for key in keys}
        for key in keys:
            item = await store.aget(("n", "a/b"), key)
            assert item is not None
            assert (item.key, item.value) == (key, {"v": key})
        assert await store.alist_namespaces() == [("n", "a/b")]

    async def test_what_is_written_last_counts(self, store: MemorizerStore) -> None:
        puts = [PutOp(("n",), "k", {"n": n}) for n in range(3)]
        assert await store.abatch([*puts, PutOp(("n",), "gone", None)]) == [None] * 4
        assert [item.value for item in await store.asearch(("n",))] == [{"n": 2}]

    async def test_values_that_are_no_json_are_refused(self, store: MemorizerStore) -> None:
        with pytest.raises(TypeError, match="JSON"):
            await store.aput(("n",), "k", {"at": datetime.now(UTC)})

    async def test_an_item_is_a_memory_with_versions(
        self, store: MemorizerStore, services: Services
    ) -> None:
        await store.aput(("users", "1"), "tea", {"text": "Likes green tea.", "cups": 2})
        await store.aput(("users", "1"), "tea", {"text": "Likes black tea.", "cups": 2})
        memory = await services.keyed.get("langgraph/users/1/tea")
        assert (memory.content.text, memory.version) == ("Likes black tea.", 2)
        assert memory.content.metadata["cups"] == 2
        await store.adelete(("users", "1"), "tea")
        assert [each.memory.id for each in (await services.trash.page(before=None, limit=9))[0]]


class TestBatches:
    async def test_results_come_in_order_and_reads_come_first(self, store: MemorizerStore) -> None:
        await store.aput(("test", "foo"), "key1", {"data": "value1"})
        await store.aput(("test", "bar"), "key2", {"data": "value2"})
        results = await store.abatch(
            [
                SearchOp(("test",), filter={"data": "value1"}),
                PutOp(("test",), "key3", {"data": "value3"}),
                GetOp(("test",), "key3"),
                GetOp(("test", "bar"), "key2"),
                ListNamespacesOp(None, None, 10, 0),
            ]
        )
        found, put, not_yet, got, listed = results
        assert [item.key for item in found] == ["key1"]  # type: ignore[union-attr]
        assert (put, not_yet) == (None, None)
        assert got.value == {"data": "value2"}  # type: ignore[union-attr]
        assert listed == [("test", "bar"), ("test", "foo")]
        assert await store.aget(("test",), "key3") is not None

    async def test_many_are_put_and_deleted_at_once(self, store: MemorizerStore) -> None:
        await store.abatch([PutOp(("n", str(i % 2)), f"k{i}", {"i": i}) for i in range(120)])
        assert len(await store.asearch(("n",), limit=200)) == 120
        assert len(await store.asearch(("n", "1"), limit=200)) == 60
        pages = [await store.asearch(("n",), limit=50, offset=at) for at in (0, 50, 100)]
        assert [len(page) for page in pages] == [50, 50, 20]
        assert len({item.value["i"] for page in pages for item in page}) == 120
        await store.abatch([PutOp(("n", "0"), f"k{i}", None) for i in range(0, 120, 2)])
        assert await store.alist_namespaces() == [("n", "1")]


class TestNamespaces:
    async def test_they_are_listed_by_beginning_end_and_depth(self, store: MemorizerStore) -> None:
        given = [
            ("a", "b", "c"),
            ("a", "b", "d", "e"),
            ("a", "b", "d", "i"),
            ("a", "c", "f"),
            ("b", "a", "f"),
            ("users", "1", "settings"),
        ]
        await store.abatch([PutOp(each, "k", {"n": 1}) for each in given])
        assert await store.alist_namespaces() == sorted(given)
        assert await store.alist_namespaces(prefix=("a", "b")) == given[:3]
        assert await store.alist_namespaces(suffix=("f",)) == [given[3], given[4]]
        assert await store.alist_namespaces(prefix=("a",), suffix=("f",)) == [given[3]]
        assert await store.alist_namespaces(prefix=("a", "*", "f")) == [given[3]]
        assert await store.alist_namespaces(suffix=("*", "settings")) == [given[5]]
        assert await store.alist_namespaces(prefix=("a", "b"), max_depth=3) == [
            ("a", "b", "c"),
            ("a", "b", "d"),
        ]
        assert await store.alist_namespaces(limit=2, offset=1) == sorted(given)[1:3]
        assert await store.alist_namespaces(prefix=("nowhere",)) == []
        both = (MatchCondition("prefix", ("a",)), MatchCondition("suffix", ("e",)))
        assert await store.abatch([ListNamespacesOp(both, None, 10, 0)]) == [[given[1]]]


class TestSearch:
    @pytest.fixture
    async def filled(self, store: MemorizerStore) -> MemorizerStore:
        docs: list[dict[str, Any]] = [
            {"text": "red apple", "color": "red", "score": 4.5},
            {"text": "red car", "color": "red", "score": 3.0},
            {"text": "green apple", "color": "green", "score": 4, "at": {"city": "Ulm"}},
            {"body": "blue car", "color": "blue", "score": 3.5, "tags": ["a", "b"]},
        ]
        for number, doc in enumerate(docs, start=1):
            await store.aput(("docs",), f"doc{number}", doc)
        return store

    async def test_filters(self, filled: MemorizerStore) -> None:
        cases: list[tuple[dict[str, Any], set[str]]] = [
            ({"color": "red"}, {"doc1", "doc2"}),
            ({"color": {"$ne": "red"}}, {"doc3", "doc4"}),
            ({"color": {"$eq": "blue"}}, {"doc4"}),
            ({"score": {"$gt": 3.5}}, {"doc1", "doc3"}),
            ({"score": {"$gte": 3.5, "$lt": 4.5}}, {"doc3", "doc4"}),
            ({"score": {"$lte": 3}, "color": "red"}, {"doc2"}),
            ({"score": 4.0}, {"doc3"}),
            ({"score": "4"}, set()),
            ({"at": {"city": "Ulm"}}, {"doc3"}),
            ({"tags": ["a", "b"]}, {"doc4"}),
            ({"tags": ["a"]}, set()),
            ({"text": "red car"}, {"doc2"}),
            ({"color": {"$gt": "green"}}, {"doc1", "doc2"}),
            ({"missing": None}, {"doc1", "doc2", "doc3", "doc4"}),
            ({"missing": 1}, set()),
        ]
        for wanted, keys in cases:
            listed = await filled.asearch(("docs",), filter=wanted)
            assert {item.key for item in listed} == keys, wanted
            by_query = await filled.asearch(("docs",), query="apple car", filter=wanted)
            assert {item.key for item in by_query} == keys, wanted

    async def test_an_operator_that_there_is_not(self, filled: MemorizerStore) -> None:
        with pytest.raises(ValueError, match=r"\$like"):
            await filled.asearch(("docs",), filter={"color": {"$like": "r"}})

    async def test_queries_rank_by_meaning(self, filled: MemorizerStore) -> None:
        found = await filled.asearch(("docs",), query="green apple", limit=4)
        assert (found[0].key, len(found)) == ("doc3", 4)
        scores = [item.score for item in found if item.score is not None]
        assert scores == sorted(scores, reverse=True)
        page = await filled.asearch(("docs",), query="green apple", limit=2, offset=2)
        assert [item.key for item in page] == [item.key for item in found[2:]]
        assert await filled.asearch(("docs", "deeper"), query="apple") == []
        assert await filled.asearch(("doc",), query="apple") == []

    async def test_what_is_not_indexed_comes_last(self, filled: MemorizerStore) -> None:
        await filled.aput(("docs",), "doc5", {"text": "green apple pie"}, index=False)
        found = await filled.asearch(("docs",), query="green apple pie", limit=5)
        assert (found[-1].key, found[-1].score) == ("doc5", None)

    async def test_items_of_one_value_are_all_found(self, store: MemorizerStore) -> None:
        for key in ("a", "b", "c"):
            await store.aput(("n", key), key, {"text": "Green tea."})
        found = await store.asearch(("n",), query="green tea")
        assert [item.score for item in found] == [found[0].score] * 3
        assert {item.key for item in found} == {"a", "b", "c"}

    async def test_a_field_without_room_is_filtered_too(self, store: MemorizerStore) -> None:
        long = {f"field{n}": "x" * 500 for n in range(20)}
        await store.aput(("n",), "long", long | {"z": "y" * 600})
        await store.aput(("n",), "short", {"z": "y" * 600})
        found = await store.asearch(("n",), filter={"z": "y" * 600})
        assert {item.key for item in found} == {"long", "short"}


class TestTimeToLive:
    async def test_an_expired_item_is_not_returned_and_is_swept(
        self, store: MemorizerStore, services: Services
    ) -> None:
        await store.aput(("n",), "short", {"text": "Soon over."}, ttl=1e-6)
        await store.aput(("n",), "long", {"text": "Stays."}, ttl=60)
        await store.aput(("n",), "ever", {"text": "Ever."}, ttl=None)
        assert await store.aget(("n",), "short") is None
        assert {item.key for item in await store.asearch(("n",))} == {"long", "ever"}
        assert len(await store.asearch(("n",), query="soon over")) == 2
        assert await store.asweep_ttl() == 1
        assert await in_thread(store.sweep_ttl) == 0

    async def test_reading_prolongs_unless_that_is_not_wanted(
        self, store: MemorizerStore, services: Services
    ) -> None:
        await store.aput(("n",), "k", {"text": "Tea."}, ttl=60)
        memory = await services.keyed.get("langgraph/n/k")
        await store.aget(("n",), "k")
        assert (await services.keyed.get("langgraph/n/k")).version == memory.version
        soon = datetime.now(UTC) + timedelta(minutes=10)
        await store._async.memories.update(memory.id, valid_until=soon)
        await store.aget(("n",), "k", refresh_ttl=False)
        assert (await services.keyed.get("langgraph/n/k")).version == 2
        await store.aget(("n",), "k")
        prolonged = (await services.keyed.get("langgraph/n/k")).content.times.valid_until
        assert prolonged is not None
        assert prolonged > soon.timestamp() * 1000 + 40 * MINUTE

    async def test_the_default_is_that_of_the_store(self, server: str, services: Services) -> None:
        store = MemorizerStore(server, prefix="other", ttl=TTLConfig(default_ttl=5))
        await store.aput(("n",), "k", {"a": 1})
        memory = await services.keyed.get("other/n/k")
        assert memory.content.times.valid_until is not None
        await store.aput(("n",), "k", {"a": 1}, ttl=None)
        assert (await services.keyed.get("other/n/k")).content.times.valid_until is None
        await store.aclose()


class TestNames:
    @hypothesis.given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
    def test_each_label_has_a_segment_of_its_own(self, labels: list[str]) -> None:
        segments = [path_segment(label) for label in labels]
        assert len(set(segments)) == 2
        assert [label_of(segment) for segment in segments] == labels
        assert [parse_key(f"x/{segment}") for segment in segments] == [f"x/{s}" for s in segments]

    @hypothesis.given(
        st.dictionaries(
            st.text(max_size=5),
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
            max_size=4,
        )
    )
    def test_flat_values_are_metadata(self, value: dict[str, Any]) -> None:
        memory = memory_of(value, is_indexed=True, ttl=None)
        assert memory["text"].strip()
        for name, each in memory["metadata"].items():
            assert name.startswith("langgraph.") or value[name] == each
