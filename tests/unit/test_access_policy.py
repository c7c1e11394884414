"""To whom a server is open, by its settings."""

from pathlib import Path
from typing import Any

import pytest

from memorizer.cli import access_policy
from memorizer.domain.auth import Scope
from memorizer.domain.errors import Misconfigured
from memorizer.services import Services
from memorizer.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104


def settings(**given: Any) -> Settings:
    return Settings(data_dir=Path("/nowhere/in particular"), **given)


@pytest.mark.parametrize(
    ("given", "auth"),
    [
        ({}, "auto"),
        ({"host": "::1"}, "auto"),
        ({"host": EVERYWHERE}, "required"),
        ({"host": "192.0.2.7"}, "required"),
        ({"allowed_hosts": ("memory.example",)}, "required"),
        ({"public_url": "https://memory.example"}, "required"),
        ({"auth": "required"}, "required"),
        ({"auth": "off"}, "off"),
        ({"auth": "off", "allowed_hosts": ("memory.example",)}, "off"),
    ],
)
def test_where_others_can_come_tokens_are_needed_unless_that_is_switched_off(
    given: dict[str, Any], auth: str
) -> None:
    assert access_policy.from_settings(settings(**given), "key").auth_policy.auth == auth


@pytest.mark.parametrize(
    ("host", "answers_to", "any_address"),
    [
        ("127.0.0.1", "localhost", False),
        ("192.0.2.7", "192.0.2.7", False),
        ("2001:db8::7", "[2001:db8::7]", False),
        (EVERYWHERE, "127.0.0.1", True),
        ("::", "[::1]", True),
    ],
)
def test_a_server_answers_to_the_address_it_listens_on(
    host: str, answers_to: str, any_address: bool
) -> None:
    openly = access_policy.from_settings(settings(host=host), "key")
    assert answers_to in openly.hosts
    assert openly.any_address is any_address


@pytest.mark.parametrize(
    "given", [{"host": EVERYWHERE}, {"allowed_hosts": ("memory.example",)}], ids=str
)
async def test_without_a_token_others_are_not_let_near_and_the_command_is_told(
    services: Services, given: dict[str, Any]
) -> None:
    with pytest.raises(Misconfigured, match="memorizer token create") as caught:
        await access_policy.require_token(settings(**given), services)
    assert str(caught.value).endswith(
        "memorizer token create --name me --scope admin --data-dir '/nowhere/in particular'"
    )

    await services.auth.create("me", Scope.ADMIN)
    await access_policy.require_token(settings(**given), services)

    await services.auth.revoke("me")
    with pytest.raises(Misconfigured):
        await access_policy.require_token(settings(**given), services)


async def test_this_machine_alone_needs_no_token(services: Services) -> None:
    await access_policy.require_token(settings(), services)
    await access_policy.require_token(settings(auth="off", allowed_hosts=("a.example",)), services)


def test_everything_for_everybody_is_refused() -> None:
    with pytest.raises(Misconfigured, match="MEMORIZER_AUTH is off"):
        access_policy.refuse_open_server(settings(host=EVERYWHERE, auth="off"))
    access_policy.refuse_open_server(settings(auth="off"))


def test_a_public_address_is_answered_to_and_turns_oauth_on() -> None:
    given = settings(public_url="https://Memory.example:8443/mem/", root_path="/mem")
    policy = access_policy.from_settings(given, "key")
    assert policy.public_address is not None
    assert policy.public_address.url == "https://memory.example:8443/mem"
    assert policy.public_address.resource == "https://memory.example:8443/mem/mcp"
    assert policy.auth_policy.resource == policy.public_address.resource
    assert "memory.example" in policy.hosts
    assert access_policy.from_settings(settings(), "key").public_address is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"public_url": "http://memory.example"}, "https://"),
        ({"public_url": "https://memory.example/mem"}, "MEMORIZER_ROOT_PATH"),
        ({"public_url": "https://memory.example", "root_path": "/mem"}, "MEMORIZER_ROOT_PATH"),
        ({"public_url": "https://me@memory.example"}, "without user"),
        ({"public_url": "https://memory.example/?a=1"}, "query"),
        ({"public_url": "https://memory.example", "auth": "off"}, "MEMORIZER_AUTH"),
        ({"oidc_issuer": "https://login.example"}, "MEMORIZER_PUBLIC_URL"),
    ],
)
def test_a_public_address_that_cannot_be_one_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        access_policy.refuse_open_server(settings(**given))


def test_a_public_address_on_this_machine_is_for_a_try() -> None:
    access_policy.refuse_open_server(settings(public_url="http://localhost:5000"))
