"""Tokens and sessions in time, on a clock of the test's own, and in a real file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.domain.auth import Kind, Scope, Secret, check_name
from memorizer.domain.errors import AccessDenied, InvalidField, StorageUnavailable
from memorizer.services.auth import (
    LAST_USE_PRECISION_MS,
    MAX_SESSIONS_PER_TOKEN,
    SESSION_MS,
    TOKEN_CACHE_MS,
    AuthService,
)
from support.clock import ManualClock

DAY = 24 * 3_600


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "memorizer.db", clock)
    yield database
    database.close()


@pytest.fixture
def access(database: SqliteDatabase, clock: ManualClock) -> AuthService:
    return AuthService(database, clock)


@given(st.text(max_size=100))
def test_no_text_is_a_secret_by_accident(text: str) -> None:
    assert Secret.parse(text) is None


@given(st.sampled_from(Kind), st.integers(0, 80), st.characters())
def test_a_secret_is_read_as_it_was_written_and_any_change_makes_it_another(
    kind: Kind, place: int, letter: str
) -> None:
    secret = Secret.new(kind)
    assert Secret.parse(secret.text) == secret

    changed = secret.text[:place] + letter + secret.text[place + 1 :]
    other = Secret.parse(changed)
    assert changed == secret.text or other is None or other != secret
    if other is not None and other.key != secret.key:
        assert not other.verify(secret.digest)


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 61, "a\nb", "\x1b[31m", "a\u202eb", "a\u200bb", "\0"]
)
def test_a_name_that_a_list_cannot_show_is_refused(name: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("name", ["laptop", " trimmed ", "Jürgens Rechner", "手机", "x" * 60])
def test_names_of_people_and_things_are_kept(name: str) -> None:
    assert check_name(name) == name.strip()


async def test_a_token_expires_when_its_days_are_over(
    access: AuthService, clock: ManualClock
) -> None:
    _, text = await access.create("guest", Scope.READ, days=2)
    clock.advance(seconds=2 * DAY - 1)
    await access.identify(text, Kind.TOKEN)

    clock.advance(seconds=1)

    with pytest.raises(AccessDenied, match="“guest” has expired"):
        await access.identify(text, Kind.TOKEN)
    assert [token.name for token in await access.tokens()] == ["guest"]
    assert not await access.has_usable_token()


@pytest.mark.parametrize("days", [0, -1, 3_651])
async def test_an_expiry_out_of_reason_is_refused(access: AuthService, days: int) -> None:
    with pytest.raises(InvalidField):
        await access.create("guest", Scope.READ, days=days)


async def test_the_last_use_is_noted_once_a_minute(access: AuthService, clock: ManualClock) -> None:
    _, text = await access.create("me", Scope.READ)

    async def use() -> int | None:
        await access.identify(text, Kind.TOKEN)
        [token] = await access.tokens()
        return token.last_used_at

    first = await use()
    assert first == clock.now()
    clock.advance(seconds=LAST_USE_PRECISION_MS / 1_000 - 1)
    assert await use() == first
    clock.advance(seconds=1)
    assert await use() == clock.now()


async def test_a_use_that_cannot_be_noted_is_still_let_in(
    access: AuthService, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = await access.create("me", Scope.READ)

    async def full(*_: object) -> None:
        raise StorageUnavailable("The disk is full.")

    monkeypatch.setattr(database, "write", full)

    assert (await access.identify(text, Kind.TOKEN)).name == "me"


async def test_a_session_ends_after_a_week_or_with_the_token(
    access: AuthService, clock: ManualClock
) -> None:
    _, lasting = await access.create("me", Scope.ADMIN)
    _, brief = await access.create("guest", Scope.READ, days=1)
    (_, mine), (_, theirs) = await access.log_in(lasting), await access.log_in(brief)

    clock.advance(seconds=DAY)
    with pytest.raises(AccessDenied):
        await access.identify(theirs, Kind.SESSION)
    clock.advance(seconds=SESSION_MS / 1_000 - DAY - 1)
    await access.identify(mine, Kind.SESSION)
    clock.advance(seconds=1)
    with pytest.raises(AccessDenied):
        await access.identify(mine, Kind.SESSION)


async def test_the_oldest_of_too_many_sessions_gives_way(
    access: AuthService, clock: ManualClock
) -> None:
    _, text = await access.create("me", Scope.ADMIN)
    sessions = []
    for _ in range(MAX_SESSIONS_PER_TOKEN + 1):
        clock.advance(seconds=1)
        sessions.append((await access.log_in(text))[1])

    with pytest.raises(AccessDenied):
        await access.identify(sessions[0], Kind.SESSION)
    for session in sessions[1:]:
        await access.identify(session, Kind.SESSION)


async def test_what_another_process_revokes_works_a_second_longer_at_most(
    access: AuthService, database: SqliteDatabase, clock: ManualClock
) -> None:
    _, text = await access.create("me", Scope.ADMIN)
    await access.identify(text, Kind.TOKEN)
    elsewhere = AuthService(database, clock)

    await elsewhere.revoke("me")
    clock.advance(seconds=TOKEN_CACHE_MS / 1_000)

    with pytest.raises(AccessDenied, match="was revoked"):
        await access.identify(text, Kind.TOKEN)


async def test_what_another_process_makes_works_at_once(
    access: AuthService, database: SqliteDatabase, clock: ManualClock
) -> None:
    await access.create("me", Scope.ADMIN)
    await access.has_usable_token()

    _, text = await AuthService(database, clock).create("you", Scope.READ)

    assert (await access.identify(text, Kind.TOKEN)).name == "you"


async def test_a_clock_that_jumps_back_makes_nobody_trust_an_old_list(
    access: AuthService, database: SqliteDatabase, clock: ManualClock
) -> None:
    _, text = await access.create("me", Scope.ADMIN)
    await access.identify(text, Kind.TOKEN)
    await AuthService(database, clock).revoke("me")

    clock.advance(seconds=-3_600)

    with pytest.raises(AccessDenied):
        await access.identify(text, Kind.TOKEN)


async def test_without_the_database_those_who_are_known_stay_known(
    access: AuthService,
    database: SqliteDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, text = await access.create("me", Scope.READ)
    await access.identify(text, Kind.TOKEN)

    async def away(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(database, "read", away)
    clock.advance(seconds=10)

    assert await access.requires_token()
    assert (await access.identify(text, Kind.TOKEN)).name == "me"
    with pytest.raises(StorageUnavailable):
        await access.identify(Secret.new(Kind.TOKEN).text, Kind.TOKEN)
    with pytest.raises(StorageUnavailable):
        await AuthService(database, clock).requires_token()
