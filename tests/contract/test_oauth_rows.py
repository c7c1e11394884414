"""What every store of OAuth clients, codes and connections must do, on both databases."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.auth import AccessToken, Kind, Scope, Secret, Token, WorkspaceGrant
from memorizer.domain.oauth import (
    GRACE_MS,
    AuthorizationCode,
    Connection,
    Consent,
    OAuthClient,
    RefreshToken,
)
from memorizer.ports.transactions import Transaction

NOW = 1_700_000_000_000
CLIENT = OAuthClient("c1", {"redirect_uris": ["https://a.example/ü"]}, "s", "r", NOW)
DOCUMENT = "https://claude.ai/oauth/claude-code-client-metadata"


def token(name: str) -> Token:
    secret = Secret.new(Kind.TOKEN)
    return Token(secret.id, name, Scope.WRITE, secret.digest, NOW)


def code(granter: Token, *, grants: tuple[WorkspaceGrant, ...] | None = None) -> AuthorizationCode:
    consent = Consent(Scope.WRITE, grants, granter.id)
    ends = NOW + 60_000
    return AuthorizationCode(
        "code", "digest", CLIENT.id, "Claude", "https://a.example/", "x", "r", consent, NOW, ends
    )


def refresh_token(of: Token, id_: str = "r1", at: int = NOW) -> RefreshToken:
    return RefreshToken(id_, of.id, "digest", Scope.READ, at, at + 1_000)


def access_token(of: Token, id_: str = "a1", at: int = NOW) -> AccessToken:
    return AccessToken(id_, of.id, "digest", Scope.READ, "r", at, at + 1_000)


async def connected(database: OpenDatabase) -> tuple[Token, Token]:
    """A person's token, and one that was made for a client with it."""
    mine, made = token("mine"), token("Claude")

    def work(tx: Transaction) -> None:
        tx.tokens.add(mine)
        tx.tokens.add(made)
        tx.oauth.add_client(CLIENT, "192.0.2.1")
        tx.oauth.add_code(code(mine))
        tx.oauth.connect(Connection(made.id, CLIENT.id, mine.id, "r"), "code", NOW)
        tx.oauth.add_access_token(access_token(made), most=3)
        tx.oauth.add_refresh_token(refresh_token(made), most=3)

    await database.write(work)
    return mine, made


async def test_what_is_stored_comes_back(database: OpenDatabase) -> None:
    _, made = await connected(database)
    used = replace(
        refresh_token(made), used_at=NOW, nonce="n", next_refresh_id="r2", next_access_id="a2"
    )

    def read(tx: Transaction) -> None:
        assert tx.oauth.get_client(CLIENT.id) == CLIENT
        assert tx.oauth.get_client("c2") is None
        assert tx.oauth.get_access_token("a1") == access_token(made)
        assert tx.oauth.get_refresh_token("r1") == used
        assert tx.tokens.snapshot(NOW).access_tokens == {"a1": access_token(made)}
        assert tx.tokens.snapshot(NOW + 1_000).access_tokens == {}

    await database.write(lambda tx: tx.oauth.use_refresh_token(used))
    await database.read(read)


async def test_a_code_keeps_what_was_allowed(database: OpenDatabase) -> None:
    mine = token("mine")
    grants = WorkspaceGrant("w1", Scope.READ), WorkspaceGrant("w2", Scope.WRITE)
    kept = code(mine, grants=grants)

    def work(tx: Transaction) -> None:
        tx.tokens.add(mine)
        tx.oauth.add_code(kept)

    await database.write(work)
    assert await database.read(lambda tx: tx.oauth.get_code("code")) == kept


async def test_only_the_newest_secrets_of_a_connection_are_kept(database: OpenDatabase) -> None:
    _, made = await connected(database)

    def work(tx: Transaction) -> None:
        for number in range(2, 6):
            tx.oauth.add_access_token(access_token(made, f"a{number}", NOW + number), most=3)
            tx.oauth.add_refresh_token(refresh_token(made, f"r{number}", NOW + number), most=3)

    await database.write(work)

    def read(tx: Transaction) -> tuple[list[bool], list[bool]]:
        ids = range(1, 6)
        access = [tx.oauth.get_access_token(f"a{each}") is not None for each in ids]
        return access, [tx.oauth.get_refresh_token(f"r{each}") is not None for each in ids]

    assert await database.read(read) == ([False, False, True, True, True],) * 2


async def test_revoking_the_granter_ends_its_connections(database: OpenDatabase) -> None:
    mine, made = await connected(database)
    assert await database.read(lambda tx: tx.oauth.list_connections(mine.id)) == [made.id]
    await database.write(lambda tx: tx.tokens.revoke(mine.id, NOW + 1))

    def read(tx: Transaction) -> None:
        assert tx.tokens.snapshot(NOW).tokens[made.id].revoked_at == NOW + 1
        assert tx.oauth.get_access_token("a1") is None
        assert tx.oauth.get_refresh_token("r1") is None
        assert tx.oauth.list_connections(mine.id) == []

    await database.read(read)


async def test_unfinished_clients_are_counted_by_address_and_dropped(
    database: OpenDatabase,
) -> None:
    await connected(database)  # finished: neither counted nor dropped
    await database.write(lambda tx: tx.oauth.add_client(replace(CLIENT, id="c2"), "192.0.2.2"))

    def count(tx: Transaction) -> list[int]:
        since = NOW - 1
        addresses = (None, "192.0.2.2", "192.0.2.3")
        return [tx.oauth.count_unfinished(since, each) for each in addresses]

    assert await database.read(count) == [1, 1, 0]
    assert await database.read(lambda tx: tx.oauth.count_unfinished(NOW)) == 0
    await database.write(lambda tx: tx.oauth.remove_unfinished(NOW + 1))
    assert await database.read(lambda tx: tx.oauth.get_client("c2")) is None
    assert await database.read(lambda tx: tx.oauth.get_client(CLIENT.id)) == CLIENT


async def test_pruning_deletes_what_is_over_and_nothing_else(database: OpenDatabase) -> None:
    mine, made = await connected(database)
    used = replace(refresh_token(made), used_at=NOW, nonce="n")
    at = NOW + GRACE_MS + 1

    def prune(tx: Transaction, at: int, tokens_before: int) -> None:
        tx.oauth.prune(at, codes_before=at, tokens_before=tokens_before, clients_before=at)

    def work(tx: Transaction) -> None:
        tx.oauth.add_refresh_token(refresh_token(made, "r2", at), most=3)
        tx.oauth.use_refresh_token(replace(used, id="r2"))
        tx.oauth.extend(made.id, at)
        prune(tx, at, at)

    await database.write(work)
    assert await database.read(lambda tx: tx.oauth.get_code("code")) is None
    assert await database.read(lambda tx: tx.oauth.get_access_token("a1")) is None
    assert await database.read(lambda tx: tx.oauth.get_refresh_token("r1")) is None
    kept = await database.read(lambda tx: tx.oauth.get_refresh_token("r2"))
    assert kept is not None
    assert kept.nonce is None
    assert set((await database.read(lambda tx: tx.tokens.snapshot(NOW))).tokens) == {
        mine.id,
        made.id,
    }
    await database.write(lambda tx: prune(tx, at + 1, at + 1))
    assert list((await database.read(lambda tx: tx.tokens.snapshot(NOW))).tokens) == [mine.id]


async def test_of_two_that_use_a_code_at_once_the_second_sees_it_used(
    database: OpenDatabase,
) -> None:
    mine = token("mine")
    made = [token("one"), token("two")]

    def prepare(tx: Transaction) -> None:
        tx.tokens.add(mine)
        tx.oauth.add_code(code(mine))

    await database.write(prepare)

    def use(new: Token) -> Callable[[Transaction], bool]:
        def work(tx: Transaction) -> bool:
            found = tx.oauth.get_code("code")
            if found is None or found.token_id is not None:
                return False
            tx.tokens.add(new)
            tx.oauth.connect(Connection(new.id, DOCUMENT, mine.id, "r"), "code", NOW)
            return True

        return work

    done = await asyncio.gather(*(database.write(use(each)) for each in made))
    assert sorted(done) == [False, True]
