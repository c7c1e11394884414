"""Which host names a server answers to and when it requires a token, checked before it listens."""

import shlex
from dataclasses import dataclass

from memorizer.domain.errors import Misconfigured
from memorizer.http.app import LOOPBACK
from memorizer.http.auth.authenticator import AuthPolicy
from memorizer.http.middleware import root_path
from memorizer.http.server import listen_socket
from memorizer.services import Services
from memorizer.settings import Settings, variable


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Which hosts a server answers to, and when it requires a token."""

    auth_policy: AuthPolicy
    hosts: frozenset[str]
    any_address: bool


def from_settings(settings: Settings, local_key: str) -> AccessPolicy:
    """Derive the policy from the settings; a server that is exposed requires a token."""
    any_address = listen_socket.is_wildcard(settings.host)
    own = () if any_address else (listen_socket.as_host(settings.host),)
    auth = "required" if settings.auth == "auto" and is_exposed(settings) else settings.auth
    return AccessPolicy(
        AuthPolicy(auth, local_key, settings.requests_per_minute),
        LOOPBACK.union(settings.allowed_hosts, own),
        any_address=any_address,
    )


def is_exposed(settings: Settings) -> bool:
    """Whether the server is meant to be reached from beyond this machine."""
    return not listen_socket.is_loopback(settings.host) or bool(settings.allowed_hosts)


async def require_token(settings: Settings, services: Services) -> None:
    """Raise Misconfigured if the server is exposed and no usable token exists."""
    if not is_exposed(settings) or settings.auth == "off":
        return
    if not await services.auth.has_usable_token():
        raise Misconfigured(_refusal(settings))


def refuse_open_server(settings: Settings) -> None:
    """Raise Misconfigured for an exposed server without authentication, or a bad root path."""
    root_path.validated(settings.root_path)
    if settings.auth == "off" and not listen_socket.is_loopback(settings.host):
        raise Misconfigured(
            f"{variable('auth')} is off, which is only possible on this machine's own addresses, "
            f"not on {settings.host!r}: anyone who reaches it could read and change everything."
        )


def _refusal(settings: Settings) -> str:
    why = (
        f"Others can reach this server as {', '.join(settings.allowed_hosts)}"
        if listen_socket.is_loopback(settings.host)
        else f"Other machines can reach this server at {settings.host!r}"
    )
    is_usual = settings.data_dir == Settings().data_dir
    option = "" if is_usual else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f"{why}, and without a token they could read and change everything. "
        f"Create one first: memorizer token create --name me --scope admin{option}"
    )
