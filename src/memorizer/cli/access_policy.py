"""Which host names a server answers to and when it requires a token, checked before it listens."""

import shlex
from dataclasses import dataclass

from memorizer.domain.errors import Misconfigured
from memorizer.http.app import LOOPBACK
from memorizer.http.auth.authenticator import AuthPolicy
from memorizer.http.middleware import root_path
from memorizer.http.oauth.addresses import PublicAddress, public_address
from memorizer.http.server import listen_socket
from memorizer.services import Services
from memorizer.settings import Settings, variable


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Which hosts a server answers to, and when it requires a token."""

    auth_policy: AuthPolicy
    hosts: frozenset[str]
    any_address: bool
    public_address: PublicAddress | None


def from_settings(settings: Settings, local_key: str) -> AccessPolicy:
    """Derive the policy from the settings; a server that is exposed requires a token."""
    any_address = listen_socket.is_wildcard(settings.host)
    own = () if any_address else (listen_socket.as_host(settings.host),)
    auth = "required" if settings.auth == "auto" and is_exposed(settings) else settings.auth
    public = _public_address(settings)
    resource = None if public is None else settings.oidc_audience or public.resource
    public_hosts = () if public is None else (public.host,)
    return AccessPolicy(
        AuthPolicy(auth, local_key, settings.requests_per_minute, resource),
        LOOPBACK.union(settings.allowed_hosts, own, public_hosts),
        any_address=any_address,
        public_address=public,
    )


def _public_address(settings: Settings) -> PublicAddress | None:
    root = root_path.validated(settings.root_path)
    return public_address(settings.public_url, root, settings.oidc_issuer)


def is_exposed(settings: Settings) -> bool:
    """Whether the server is meant to be reached from beyond this machine."""
    is_named = bool(settings.allowed_hosts or settings.public_url)
    return is_named or not listen_socket.is_loopback(settings.host)


async def require_token(settings: Settings, services: Services) -> None:
    """Raise Misconfigured if the server is exposed and no usable token exists."""
    if not is_exposed(settings) or settings.auth == "off":
        return
    if not await services.auth.has_usable_token():
        raise Misconfigured(_refusal(settings))


def refuse_open_server(settings: Settings) -> None:
    """Raise Misconfigured for an exposed server without authentication, or a bad public address."""
    _public_address(settings)
    if settings.auth == "off" and settings.public_url is not None:
        raise Misconfigured(
            f"{variable('auth')} is off, which is not possible with {variable('public_url')}: "
            "anyone who reaches it could read and change everything."
        )
    if settings.auth == "off" and not listen_socket.is_loopback(settings.host):
        raise Misconfigured(
            f"{variable('auth')} is off, which is only possible on this machine's own addresses, "
            f"not on {settings.host!r}: anyone who reaches it could read and change everything."
        )


def _refusal(settings: Settings) -> str:
    names = [*settings.allowed_hosts, *filter(None, [settings.public_url])]
    why = (
        f"Others can reach this server as {', '.join(names)}"
        if listen_socket.is_loopback(settings.host)
        else f"Other machines can reach this server at {settings.host!r}"
    )
    is_usual = settings.data_dir == Settings().data_dir
    option = "" if is_usual else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f"{why}, and without a token they could read and change everything. "
        f"Create one first: memorizer token create --name me --scope admin{option}"
    )
