"""Access: who may come in, and what a token is."""

import pytest

from memorizer.domain.auth import Identity, Kind, Scope, Secret
from memorizer.domain.errors import AccessDenied, NameTaken, ScopeTooSmall
from memorizer.services import Services


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    """Tokens are kept beside the memories, whichever database that is."""
    return str(request.param)


async def test_a_new_store_asks_nobody(services: Services) -> None:
    assert not await services.auth.requires_token()


async def test_from_the_first_token_on_everybody_needs_one(services: Services) -> None:
    await services.auth.create("laptop", Scope.ADMIN)

    assert await services.auth.requires_token()


async def test_a_token_says_who_it_is_and_what_it_permits(services: Services) -> None:
    token, text = await services.auth.create("laptop", Scope.WRITE)

    identity = await services.auth.identify(text, Kind.TOKEN)

    assert identity == Identity(token.id, "laptop", Scope.WRITE)


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        (Scope.READ, [Scope.READ]),
        (Scope.WRITE, [Scope.READ, Scope.WRITE]),
        (Scope.ADMIN, [Scope.READ, Scope.WRITE, Scope.ADMIN]),
    ],
)
def test_each_scope_includes_those_before_it(scope: Scope, may: list[Scope]) -> None:
    assert [needed for needed in Scope if scope.covers(needed)] == may


def test_a_scope_that_is_too_small_is_told_with_the_one_that_is_needed() -> None:
    with pytest.raises(ScopeTooSmall, match=r"needs the scope `write`; the token “tv” has `read`"):
        Identity("1", "tv", Scope.READ).require(Scope.WRITE)


async def test_what_opens_is_shown_once_and_kept_nowhere(services: Services) -> None:
    token, text = await services.auth.create("laptop", Scope.READ)
    secret = Secret.parse(text)

    assert secret is not None
    assert secret.key not in repr(await services.auth.tokens())
    assert secret.key not in repr(secret)
    assert secret.verify(token.digest)


async def test_a_revoked_token_opens_nothing_at_once(services: Services) -> None:
    _, text = await services.auth.create("laptop", Scope.READ)
    await services.auth.identify(text, Kind.TOKEN)

    await services.auth.revoke("laptop")

    with pytest.raises(AccessDenied, match=r"“laptop” was revoked"):
        await services.auth.identify(text, Kind.TOKEN)


async def test_revoking_the_last_token_does_not_open_the_door_again(services: Services) -> None:
    await services.auth.create("laptop", Scope.ADMIN)
    await services.auth.revoke("laptop")

    assert await services.auth.tokens() == []
    assert await services.auth.requires_token()


async def test_a_name_belongs_to_one_token_until_that_is_revoked(services: Services) -> None:
    first, _ = await services.auth.create("laptop", Scope.READ)
    with pytest.raises(NameTaken):
        await services.auth.create("laptop", Scope.READ)

    await services.auth.revoke(first.id)

    second, _ = await services.auth.create("laptop", Scope.READ)
    assert second.id != first.id


async def test_a_browser_gets_a_session_instead_of_keeping_the_token(services: Services) -> None:
    token, text = await services.auth.create("me", Scope.ADMIN)

    _, session = await services.auth.log_in(text)

    assert text not in session
    identity = await services.auth.identify(session, Kind.SESSION)
    assert identity.id == token.id


async def test_a_session_ends_with_logging_out_and_with_its_token(services: Services) -> None:
    _, text = await services.auth.create("me", Scope.ADMIN)
    (_, one), (_, two) = await services.auth.log_in(text), await services.auth.log_in(text)

    await services.auth.log_out(one)
    with pytest.raises(AccessDenied, match="not logged in"):
        await services.auth.identify(one, Kind.SESSION)

    await services.auth.identify(two, Kind.SESSION)
    await services.auth.revoke("me")
    with pytest.raises(AccessDenied, match="not logged in"):
        await services.auth.identify(two, Kind.SESSION)
