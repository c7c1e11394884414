"""Search: by meaning and by words, in any language, with hard filters."""

from dataclasses import replace

import pytest

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, Filter
from memorizer.domain.search import (
    MAX_PROSE,
    PROSE_WEIGHTS,
    WEIGHTS,
    Candidate,
    Leg,
    Query,
    fuse,
    weights_for,
)
from memorizer.services import Services

ACTOR = "test"

TEXTS = {
    "chinese": "机器学习是人工智能的一个分支，数据库索引很重要",
    "japanese": "東京で美味しいラーメンを食べました",
    "korean": "서울의 데이터베이스 서버를 재시작했다",
    "thai": "ฐานข้อมูลของเราอยู่ในกรุงเทพ",
    "russian": "Сервер базы данных перезапущен ночью",
    "arabic": "قاعدة البيانات تعمل على الخادم الجديد",
    "code": "def getUserName(user_id): return HTTPServer.parse_config_file(user_id)",
    "emoji": "Deploy went fine 🚀 and the cake was good 🎂",
    "quotes": """He said "it's 100% done" and left a_b* NEAR(the door""",
    "accents": "Le café est près de l'école où naïveté règne",
    "version": "We pinned postgresql 16.2 because of CVE-2024-0985",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    """All of this holds wherever the memories are."""
    return str(request.param)


@pytest.fixture
async def ids(services: Services) -> dict[str, str]:
    """Names of the texts to the ids of their memories."""
    return {
        name: (
            await services.memories.create(Content(text, title=name.upper()), actor=ACTOR)
        ).memory.id
        for name, text in TEXTS.items()
    }


async def by_words(services: Services, query: str) -> list[str]:
    """Ids that the full-text leg found, best first."""
    hits = (await services.search.search(Query(query, limit=50))).hits
    ranks = {
        leg.rank: hit.memory.id for hit in hits for leg in hit.legs if leg.leg is Leg.FULL_TEXT
    }
    return [ranks[rank] for rank in sorted(ranks)]


FOUND = (
    ("人工智能", "chinese"),
    ("索引", "chinese"),
    ("机", "chinese"),
    ("要", "chinese"),
    ("ラーメン", "japanese"),
    ("데이터베이스", "korean"),
    ("ฐานข้อมูล", "thai"),
    ("базы", "russian"),
    ("البيانات", "arabic"),
    ("getUserName", "code"),
    ("user name", "code"),
    ("parse_config_file", "code"),
    ("httpserver", "code"),
    ("🚀", "emoji"),
    ("\"it's", "quotes"),
    ("100%", "quotes"),
    ("NEAR(", "quotes"),
    ("a_b*", "quotes"),
    ("cafe ecole", "accents"),
    ("naïveté", "accents"),
    ("postgres", "version"),
    ("CVE-2024-0985", "version"),
    ("16.2", "version"),
)
ODD = (
    "?", "…!?", "a", "%", "_", "*", '"', "''", "NEAR(", "AND OR NOT", "col:", "{}", "^x", "-", "(",
     "\\", "🫠", "x" * 4_000, "a " * 2_000, "title:x text:y", "\u202eabc", "ﬁ", "１２３",
)  # fmt: skip


async def test_words_are_found_in_any_language(services: Services, ids: dict[str, str]) -> None:
    for query, name in FOUND:
        assert (await by_words(services, query))[:1] == [ids[name]], query


@pytest.mark.usefixtures("ids")
async def test_no_query_is_an_error(services: Services) -> None:
    for query in ODD:
        answer = await services.search.search(Query(query))
        assert len(answer.hits) <= 10, query


async def test_a_long_memory_is_searched_to_its_end(services: Services) -> None:
    filler = "nothing of interest here. " * 2_000
    long = Content(f"{filler} The zebra lives in the attic.", title="Long")
    memory = (await services.memories.create(long, actor=ACTOR)).memory
    assert len(memory.content.text) > 50_000
    assert await by_words(services, "zebra attic") == [memory.id]


async def test_meaning_counts_as_well_as_words(services: Services, ids: dict[str, str]) -> None:
    answer = await services.search.search(Query("the cake was good"))
    best = answer.hits[0]
    assert best.memory.id == ids["emoji"]
    assert {leg.leg for leg in best.legs} >= {Leg.FULL_TEXT, Leg.CONTENT}


@pytest.mark.usefixtures("ids")
async def test_a_score_is_the_sum_of_what_its_legs_brought(services: Services) -> None:
    for hit in (await services.search.search(Query("database server"))).hits:
        assert hit.score == pytest.approx(sum(leg.contribution for leg in hit.legs))


async def test_filters_are_hard(services: Services) -> None:
    tea = Content("Tea from Assam", type="fact", tags=("Tea", "India"), title="1")
    both = (await services.memories.create(tea, actor=ACTOR)).memory
    await services.memories.create(replace(tea, tags=("tea",), title="2"), actor=ACTOR)
    await services.memories.create(replace(tea, type="note", title="3"), actor=ACTOR)
    wanted = Filter(types=("fact",), tags=("tea", "india"))
    hits = (await services.search.search(Query("tea", filter=wanted))).hits
    assert [hit.memory.id for hit in hits] == [both.id]
    page, _ = await services.memories.page(wanted, before=None, limit=10)
    assert [memory.id for memory in page] == [both.id]


async def test_a_tag_is_no_pattern(services: Services) -> None:
    await services.memories.create(Content("x", title="x", tags=("abc",)), actor=ACTOR)
    for tag in ("a", "ab%", "a_c", "*", "' OR '1'='1"):
        page, _ = await services.memories.page(Filter(tags=(tag,)), before=None, limit=10)
        assert page == []


async def test_dates_bound_the_search(services: Services) -> None:
    memory = (await services.memories.create(Content("now", title="now"), actor=ACTOR)).memory
    for filter_, found in [
        (Filter(created_after=memory.created_at - 1), 1),
        (Filter(created_after=memory.created_at), 0),
        (Filter(created_before=memory.created_at + 1), 1),
        (Filter(created_before=memory.created_at), 0),
    ]:
        assert len((await services.search.search(Query("now", filter=filter_))).hits) == found


async def test_archived_and_deleted_memories_are_not_found(services: Services) -> None:
    for forget in (services.memories.archive, services.memories.delete):
        stored = await services.memories.create(Content("ghost", title="ghost"), actor=ACTOR)
        await forget(stored.memory.id, actor=ACTOR)
    assert (await services.search.search(Query("ghost"))).hits == ()


@pytest.mark.usefixtures("ids")
async def test_a_threshold_is_real_and_zero_is_one(services: Services) -> None:
    strict = await services.search.search(Query("xylophone quartz", threshold=0.99))
    lenient = await services.search.search(Query("xylophone quartz", threshold=-1.0))
    assert strict.hits == ()
    assert len(lenient.hits) == 10


async def test_an_edit_is_found_by_its_new_words_only(services: Services) -> None:
    stored = await services.memories.create(Content("walrus", title="t"), actor=ACTOR)
    await services.memories.update(
        stored.memory.id, lambda c: replace(c, text="otter"), actor=ACTOR
    )
    assert await by_words(services, "walrus") == []
    assert await by_words(services, "otter") == [stored.memory.id]


async def test_copies_of_a_text_are_one_hit_and_leave_room_for_others(services: Services) -> None:
    text = "The staging database password is rotated\nevery Monday."
    variants = (text, text.replace("\n", "\r\n"), text.replace("\n", "   ") + "\n")
    for number in range(36):
        await services.memories.create(Content(variants[number % 3], title="t"), actor=ACTOR)
    others = {f"The {name} database password is in the vault." for name in ("backup", "old", "x")}
    for other in others:
        await services.memories.create(Content(other, title="t"), actor=ACTOR)
    hits = (await services.search.search(Query("staging database password", limit=5))).hits
    assert [hit.copies for hit in hits] == [36, 1, 1, 1]
    assert hits[0].memory.content.text in variants
    assert {hit.memory.content.text for hit in hits[1:]} == others
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    [first] = (await services.search.search(Query("staging database password", limit=1))).hits
    assert first.copies >= 12


async def test_near_duplicates_of_a_better_hit_do_not_fill_the_list(services: Services) -> None:
    for number in range(60):
        text = f"Deploy {number} of the web shop to production went through without any problems."
        await services.memories.create(Content(text, title="t"), actor=ACTOR)
    others = {
        "A deploy of the web shop to production is taken back with make rollback.",
        "No deploy of the web shop to production is allowed on Fridays after noon.",
    }
    for other in others:
        await services.memories.create(Content(other, title="t"), actor=ACTOR)
    query = "deploy of the web shop to production"
    hits = (await services.search.search(Query(query, limit=5))).hits
    first = [hit for hit in hits if hit.near_duplicate_of is None]
    assert {hit.memory.content.text for hit in first} > others
    assert [hit.near_duplicate_of is None for hit in hits] == [True] * 3 + [False] * 2
    assert {hit.near_duplicate_of for hit in hits[3:]} <= {hit.memory.id for hit in hits}


async def test_copies_are_counted_within_the_filter(services: Services) -> None:
    for tag in ("tea", "tea", "coffee"):
        await services.memories.create(Content("Same", title="t", tags=(tag,)), actor=ACTOR)
    archived = await services.memories.create(Content("Same", title="t"), actor=ACTOR)
    await services.memories.archive(archived.memory.id, actor=ACTOR)
    for filter_, copies in (
        (Filter(), 3),
        (Filter(tags=("tea",)), 2),
        (Filter(archived=True), 1),
        (Filter(archived=None), 4),
    ):
        [hit] = (await services.search.search(Query("same", filter=filter_))).hits
        assert hit.copies == copies, filter_


async def test_similar_memories_are_near_and_not_oneself(services: Services) -> None:
    texts = ["red apples and pears", "green apples and pears", "a diesel engine"]
    stored = [
        (await services.memories.create(Content(t, title="t"), actor=ACTOR)).memory for t in texts
    ]
    similar = await services.search.similar(stored[0].id, limit=5)
    assert [s.memory.id for s in similar] == [stored[1].id, stored[2].id]
    assert similar[0].similarity > similar[1].similarity


@pytest.mark.parametrize("query", ["", "   ", "\0", "\ud800"])
def test_a_query_that_cannot_be_searched_is_refused(query: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Query(query)
    assert refused.value.field == "query"


def test_fusion_prefers_what_several_legs_found() -> None:
    fused = fuse(
        {
            Leg.FULL_TEXT: [Candidate("a", 9), Candidate("b", 5)],
            Leg.CONTENT: [Candidate("b", 0.9), Candidate("c", 0.8)],
        },
        depth=10,
    )
    assert [hit.memory_id for hit in fused] == ["b", "a", "c"]


def test_a_memory_that_lacks_words_of_the_query_gets_less_for_those_it_has() -> None:
    fused = fuse({Leg.FULL_TEXT: [Candidate("a", 9, share=0.25), Candidate("b", 5)]}, depth=10)
    assert [hit.memory_id for hit in fused] == ["b", "a"]


def test_the_last_of_a_leg_that_was_cut_off_gets_nothing_like_those_after_it() -> None:
    found = {Leg.CONTENT: [Candidate("a", 0.9), Candidate("b", 0.6)]}
    best, last = fuse(found, depth=2)
    assert best.score > last.score == 0
    assert fuse(found, depth=3)[1].score > 0


def test_a_leg_that_equals_fill_gives_each_of_them_all_it_has() -> None:
    found = {Leg.FULL_TEXT: [Candidate("a", 9), Candidate("b", 9)]}
    assert [hit.score for hit in fuse(found, depth=2)] == [0.5, 0.5]


def test_fusion_bears_scores_below_zero_and_scores_of_zero() -> None:
    fused = fuse(
        {
            Leg.CONTENT: [Candidate("a", -0.1), Candidate("b", -0.2)],
            Leg.METADATA: [Candidate("b", 0.0)],
            Leg.FULL_TEXT: [],
        },
        depth=10,
    )
    assert [hit.memory_id for hit in fused] == ["a", "b"]
    assert all(0 <= hit.score <= 1 for hit in fused)


@pytest.mark.parametrize(
    ("query", "is_prose"),
    [
        ("How do we bring out a version so that visitors notice nothing of the change?", True),
        ("blue green deployment", False),
        ("error 1042 in src/api/v2/orders.py, PR #34, on 12 March 2026", False),
        ("the is a of and to in that which how do we " * 20 + "green tea", False),
    ],
)
def test_titles_count_for_less_when_a_question_is_asked_in_prose(
    query: str, is_prose: bool
) -> None:
    weights = weights_for(query)
    assert weights is (PROSE_WEIGHTS if is_prose else WEIGHTS)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights_for(query + " " * MAX_PROSE) is WEIGHTS
    found = {
        Leg.CONTENT: [Candidate("answer", 0.5), Candidate("title", 0.4)],
        Leg.METADATA: [Candidate("title", 0.3), Candidate("answer", 0.15)],
    }
    best = fuse(found, depth=10, weights=weights)[0]
    assert best.memory_id == ("answer" if is_prose else "title")
