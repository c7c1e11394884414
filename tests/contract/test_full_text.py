"""What every index of words must do, said to ports.full_text.FullText alone."""

import asyncio

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Filter, Memory
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import terms
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.databases import Another
from support.stored_memories import Filing, ids

EVERYTHING = Filter(archived=None)


@pytest.fixture
def filing(clock: ManualClock) -> Filing:
    return Filing(clock)


async def search(
    database: OpenDatabase, query: str, filter_: Filter = EVERYTHING, *, limit: int = 10
) -> list[Candidate]:
    found = await database.read(lambda tx: tx.full_text.search(terms(query), filter_, limit=limit))
    assert len({candidate.memory_id for candidate in found}) == len(found) <= limit
    return found


async def found_ids(
    database: OpenDatabase, query: str, filter_: Filter = EVERYTHING, *, limit: int = 10
) -> list[str]:
    return [each.memory_id for each in await search(database, query, filter_, limit=limit)]


async def test_a_title_weighs_more_than_tags_and_these_more_than_text(
    database: OpenDatabase, filing: Filing
) -> None:
    contents = (
        Content("kettle and something else", title="About other things", tags=("house",)),
        Content("something and something else", title="About other things", tags=("kettle",)),
        Content("something and something else", title="About a kettle", tags=("house",)),
    )
    memories = await database.write(lambda tx: filing.add(tx, *contents))
    assert await found_ids(database, "kettle") == ids(memories)[::-1]


async def test_who_has_all_words_comes_before_who_has_some(
    database: OpenDatabase, filing: Filing
) -> None:
    contents = (
        Content("kettle " * 20),
        Content("A long text in which the kettle is named once, and that it is blue, too."),
        Content("nothing of it"),
    )
    some, all_, _ = ids(await database.write(lambda tx: filing.add(tx, *contents)))
    found = await search(database, "blue kettle")
    assert [each.memory_id for each in found] == [all_, some]
    assert [each.share for each in found] == [1.0, 0.5]
    assert found[0].score > 0


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Der Schlüssel hängt im Büro.", "schlüssel büro"),
        ("Ключ висит в прихожей.", "ключ"),
        ("Το κλειδί είναι στο γραφείο.", "κλειδί"),
        ("東京の天気は晴れです。", "天気"),
        ("서울의 날씨", "날씨"),
        ("המפתח תלוי במסדרון", "המפתח"),
        ("المفتاح في الممر", "المفتاح"),
        ("function getUserName() {}", "user name"),
        ("on 12 March 2026", "2026-03-12"),
        ("party 🎉 tonight", "🎉"),
        ("rated⭐⭐⭐", "⭐"),
        ("A→B", "→"),
        ("मेरी किताब मेज़ पर है", "किताब"),
        ("আমার বইটি টেবিলে", "বইটি"),
        ("புத்தகம் மேசையில்", "புத்தகம்"),
        ("పుస్తకం బల్ల మీద", "పుస్తకం"),
        ("សៀវភៅនៅលើតុ", "សៀវភៅ"),
        ("ປຶ້ມຢູ່ເທິງໂຕະ", "ປຶ້ມ"),
        ("စာအုပ်က စားပွဲပေါ်မှာ", "စာအုပ်"),
        ("مُحَمَّد يكتب", "محمد"),
        ("שָׁלוֹם עולם", "שלום"),
        ("می\u200cخواهم", "میخواهم"),
        ("Ελλάδα νίκησε", "ΕΛΛΑΔΑ"),
        ("Новогодняя ёлка", "елка"),
        ("Đà Nẵng", "da nang"),
        ("Straße", "STRASSE"),
        ("data\xadbase plan", "database"),
        ("call user_profile", "userProfile"),
        ("class UserProfile", "user-profile"),
    ],
)
async def test_words_of_every_script_are_found(
    database: OpenDatabase, filing: Filing, text: str, query: str
) -> None:
    contents = (Content(text), Content("Nothing like it at all."))
    memory, _ = ids(await database.write(lambda tx: filing.add(tx, *contents)))
    assert await found_ids(database, query) == [memory]


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("1.2.3", "release v1.2.3 of it", "release v1.3.2 of it"),
        ("10.1.0.2", "host 10.1.0.2", "host 10.2.0.1"),
        ("src/auth/login.py", "see src/auth/login.py", "see src/login/auth.py"),
        ("PR #34", "of repo 12, PR #34", "of repo 34, PR #12"),
        ('"off switch"', "has an off switch", "please switch off"),
        ("東京都", "東京都の", "京都と東京の"),
        ("C++", "written in C++", "written in C#"),
    ],
)
async def test_what_is_asked_for_as_written_comes_before_its_pieces(
    database: OpenDatabase, filing: Filing, query: str, right: str, wrong: str
) -> None:
    contents = (Content(right), Content(wrong), Content("nothing of it"), Content("or of that"))
    memories = ids(await database.write(lambda tx: filing.add(tx, *contents)))
    found = await search(database, query)
    assert found[0].memory_id == memories[0]
    assert [each.share < 1 for each in found] == [False, True][: len(found)]


async def test_a_long_query_is_searched_by_its_telling_words(
    database: OpenDatabase, filing: Filing
) -> None:
    frequent = [f"prose{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)]
    noise = [Content(" ".join(frequent))] * 40
    wanted = Content("the quagga broke the gate")
    *_, memory = ids(await database.write(lambda tx: filing.add(tx, *noise, wanted)))
    for at in (0, 100, 199):
        asked = " ".join([*frequent[:at], "quagga", *frequent[at:], "unknown"])
        assert memory in await found_ids(database, asked, limit=100), at


async def test_a_traceback_finds_what_is_known_of_its_exception(
    database: OpenDatabase, filing: Filing
) -> None:
    known = (
        "DeadlockDetected in the billing worker: sort the ids of accounts before the update.",
        "The server logs are rotated every night, also those of errors in the engine.",
        "Requests of the checkout service are tried three times.",
        "The line length of the code is 100 characters; files end with a line feed.",
        "Packages in site-packages are cached between runs of the protocols suite.",
    )
    contents = [Content(text) for text in known]
    memory, *_ = ids(await database.write(lambda tx: filing.add(tx, *contents)))
    frames = "".join(
        f'  File "/usr/lib/site-packages/{module}/engine{n}.py", line {n}, in run_{module}{n}\n'
        f"    response = await self.{module}_{n}(request, *args, **options)\n"
        for n in range(15)
        for module in ("protocols", "routing", "dialect")
    )
    error = "psycopg.errors.DeadlockDetected: deadlock detected\n"
    for query in (frames + error, error + frames, f"{frames}{error}\nDuring handling:\n{frames}"):
        found = await search(database, query)
        best = max(found, key=lambda each: each.score * each.share**2)
        assert best.memory_id == memory


async def test_only_the_present_version_is_found(database: OpenDatabase, filing: Filing) -> None:
    [memory] = await database.write(lambda tx: filing.add(tx, Content("a kettle", tags=("old",))))
    changed = Content("an urn", title="Samovar")
    await database.write(lambda tx: filing.revise(tx, memory, changed))
    for query, count in (("kettle", 0), ("old", 0), ("urn", 1), ("samovar", 1)):
        assert len(await search(database, query)) == count, query


async def test_what_is_removed_is_not_found(database: OpenDatabase, filing: Filing) -> None:
    [memory] = await database.write(lambda tx: filing.add(tx, Content("a kettle")))
    await database.write(lambda tx: tx.full_text.remove(memory.id))
    assert await search(database, "kettle") == []
    await database.write(lambda tx: tx.full_text.put(memory))
    assert await found_ids(database, "kettle") == [memory.id]


async def test_filters_come_before_the_limit(database: OpenDatabase, filing: Filing) -> None:
    rare = Content("of a kettle, late in a longer text", type="recipe", tags=("Büro", "東京"))

    def work(tx: Transaction) -> list[Memory]:
        memory, old, gone = filing.add(tx, rare, Content("old kettle"), Content("kettle gone"))
        filing.archive(tx, old)
        filing.delete(tx, gone)
        filing.add(tx, *[Content("kettle kettle", title="kettle")] * 150)
        return [memory, old]

    memory, old = await database.write(work)
    for filter_, only in (
        (Filter(types=("recipe",)), memory),
        (Filter(tags=("Büro",)), memory),
        (Filter(tags=("東京", "Büro")), memory),
        (Filter(created_before=memory.created_at + 1, archived=None), memory),
        (Filter(archived=True), old),
    ):
        assert await found_ids(database, "kettle", filter_) == [only.id], filter_
    assert len(await search(database, "kettle", limit=200)) == 152


async def test_a_limit_is_kept(database: OpenDatabase, filing: Filing) -> None:
    await database.write(lambda tx: filing.add(tx, *[Content("blue kettle")] * 9))
    await database.write(lambda tx: filing.add(tx, *[Content("green kettle")] * 9))
    assert len(await search(database, "blue kettle", limit=12)) == 12


async def test_as_many_are_found_as_are_wanted(database: OpenDatabase, filing: Filing) -> None:
    await database.write(lambda tx: filing.add(tx, *[Content("blue kettle")] * 400))
    assert len(await search(database, "kettle", limit=400)) == 400


@pytest.mark.parametrize(
    "query", ["", "   ", "?!", '"', "AND", "NEAR(", "a OR", "*", "''", "\\", ":"]
)
async def test_no_query_is_an_error(database: OpenDatabase, filing: Filing, query: str) -> None:
    await database.write(lambda tx: filing.add(tx, Content("and near or")))
    if terms(query):
        await search(database, query)


async def test_what_fails_half_way_leaves_what_was_there(
    database: OpenDatabase, filing: Filing
) -> None:
    [memory] = await database.write(lambda tx: filing.add(tx, Content("a kettle")))

    def half(tx: Transaction) -> None:
        filing.revise(tx, memory, Content("an urn"))
        filing.add(tx, Content("another urn"))
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        await database.write(half)
    assert await found_ids(database, "kettle") == [memory.id]
    assert await search(database, "urn") == []


async def test_thousands_are_put_in_one_transaction_and_each_is_found(
    database: OpenDatabase, filing: Filing
) -> None:
    contents = [Content(f"fact{n} of the blue house") for n in range(3_000)]
    memories = await database.write(lambda tx: filing.add(tx, *contents))
    for n in (0, 1_499, 2_999):
        assert await found_ids(database, f"fact{n} house", limit=1) == [memories[n].id]
    assert len(await search(database, "house", limit=50)) == 50


async def test_what_two_processes_put_is_found_by_both(
    database: OpenDatabase, another: Another, filing: Filing
) -> None:
    other = await another()
    words = [f"word{n:02}" for n in range(40)]
    memories = await asyncio.gather(
        *(
            place.insert(lambda tx, w=word: filing.add(tx, Content(w)))  # type: ignore[misc]
            for place, word in zip([database, other] * 20, words, strict=True)
        )
    )
    for place in (database, other):
        for [memory], word in zip(memories, words, strict=True):
            assert memory.id in await found_ids(place, word)
