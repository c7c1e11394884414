"""What every store of tokens and sessions must do, said to ports.auth.Tokens alone."""

import asyncio

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.auth import Kind, Scope, Secret, Session, Token, TokenSnapshot
from memorizer.domain.errors import NameTaken
from memorizer.ports.transactions import Transaction
from support.databases import Another

NOW = 1_700_000_000_000
LATER = NOW + 1_000


def token(name: str = "laptop", *, created_at: int = NOW, expires_at: int | None = None) -> Token:
    secret = Secret.new(Kind.TOKEN)
    return Token(secret.id, name, Scope.WRITE, secret.digest, created_at, expires_at)


def session(of: Token, at: int = NOW, lasts: int = 10_000) -> Session:
    secret = Secret.new(Kind.SESSION)
    return Session(secret.id, of.id, secret.digest, at, at + lasts)


async def add(database: OpenDatabase, *tokens: Token) -> None:
    """All in one transaction."""

    def work(tx: Transaction) -> None:
        for each in tokens:
            tx.tokens.add(each)

    await database.write(work)


async def register(database: OpenDatabase, at: int = NOW) -> TokenSnapshot:
    return await database.read(lambda tx: tx.tokens.snapshot(at))


async def test_a_token_comes_back_as_it_was_added(database: OpenDatabase) -> None:
    added = [token("Büro: 東京 🎌"), token("phone", expires_at=LATER, created_at=LATER)]
    await add(database, *added)
    kept = await register(database)
    assert list(kept.tokens.values()) == added
    assert kept.read_at == NOW


async def test_a_name_is_taken_until_its_token_is_revoked(database: OpenDatabase) -> None:
    first, second = token(), token()
    await database.write(lambda tx: tx.tokens.add(first))
    with pytest.raises(NameTaken, match="laptop"):
        await database.write(lambda tx: tx.tokens.add(second))
    await database.write(lambda tx: tx.tokens.revoke(first.id, LATER))
    await database.write(lambda tx: tx.tokens.add(second))
    kept = await register(database)
    assert kept.tokens[first.id].revoked_at == LATER
    assert kept.tokens[second.id].revoked_at is None


async def test_of_two_processes_that_take_one_name_one_gets_it(
    database: OpenDatabase, another: Another
) -> None:
    other = await another()
    tokens = [token() for _ in range(10)]
    outcomes = await asyncio.gather(
        *(
            place.write(lambda tx, each=each: tx.tokens.add(each))  # type: ignore[misc]
            for place, each in zip([database, other] * 5, tokens, strict=True)
        ),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NameTaken) for outcome in outcomes) == 9
    assert len((await register(database)).tokens) == 1


async def test_a_revoked_token_stays_revoked_and_loses_its_sessions(database: OpenDatabase) -> None:
    mine, others = token("mine"), token("others")
    ended, stays = session(mine), session(others)

    def work(tx: Transaction) -> None:
        for each, of in ((ended, mine), (stays, others)):
            tx.tokens.add(of)
            tx.tokens.add_session(each, most=5)
        tx.tokens.revoke(mine.id, LATER)
        tx.tokens.revoke(mine.id, LATER + 1)

    await database.write(work)
    kept = await register(database)
    assert kept.tokens[mine.id].revoked_at == LATER
    assert list(kept.sessions) == [stays.id]


async def test_its_last_use_is_noted(database: OpenDatabase) -> None:
    used, unused = token("used"), token("unused")

    def work(tx: Transaction) -> None:
        tx.tokens.add(used)
        tx.tokens.add(unused)
        tx.tokens.record_use(used.id, LATER)

    await database.write(work)
    kept = (await register(database)).tokens
    assert (kept[used.id].last_used_at, kept[unused.id].last_used_at) == (LATER, None)


async def test_only_so_many_of_the_newest_sessions_of_a_token_stay(database: OpenDatabase) -> None:
    mine, others = token("mine"), token("others")
    sessions = [session(mine, NOW + n) for n in range(5)]
    foreign = session(others)

    def work(tx: Transaction) -> None:
        tx.tokens.add(mine)
        tx.tokens.add(others)
        tx.tokens.add_session(foreign, most=3)
        for each in sessions:
            tx.tokens.add_session(each, most=3)

    await database.write(work)
    kept = (await register(database)).sessions
    assert kept == {each.id: each for each in (foreign, *sessions[2:])}


async def test_a_session_ends_by_itself_or_when_it_is_told(database: OpenDatabase) -> None:
    mine = token()
    short, long, told = (session(mine, lasts=n) for n in (100, 10_000, 10_000))

    def work(tx: Transaction) -> None:
        tx.tokens.add(mine)
        for each in (short, long, told):
            tx.tokens.add_session(each, most=9)
        tx.tokens.remove_session(told.id)
        tx.tokens.remove_session("none")

    await database.write(work)
    assert set((await register(database, NOW + 99)).sessions) == {short.id, long.id}
    assert set((await register(database, NOW + 100)).sessions) == {long.id}


async def test_what_fails_half_way_leaves_nothing(database: OpenDatabase) -> None:
    first = token("first")
    await database.write(lambda tx: tx.tokens.add(first))

    def half(tx: Transaction) -> None:
        tx.tokens.add(token("second"))
        tx.tokens.revoke(first.id, LATER)
        tx.tokens.add(token("second"))

    with pytest.raises(NameTaken):
        await database.write(half)
    assert (await register(database)).tokens == {first.id: first}


async def test_thousands_are_added_in_one_transaction(database: OpenDatabase) -> None:
    many = [token(f"robot {n}", created_at=NOW + n) for n in range(3_000)]
    await add(database, *many)
    assert list((await register(database)).tokens.values()) == many
