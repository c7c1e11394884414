"""To whom a server is open, and whether it may be: settled before it listens."""

import shlex
from dataclasses import dataclass

from memorizer.cli import address
from memorizer.domain.errors import Misconfigured
from memorizer.http.app import LOOPBACK
from memorizer.http.authentication import AuthPolicy
from memorizer.http.middleware import root_path
from memorizer.services import Services
from memorizer.settings import Settings, variable


@dataclass(frozen=True, slots=True)
class Openness:
    """Under which names a server answers, and on which terms."""

    terms: AuthPolicy
    hosts: frozenset[str]
    any_address: bool


def of(settings: Settings, local_key: str) -> Openness:
    """As the settings have it."""
    own = () if address.is_every(settings.host) else (address.as_host(settings.host),)
    auth = "required" if settings.auth == "auto" and is_reached(settings) else settings.auth
    return Openness(
        AuthPolicy(auth, local_key, settings.requests_per_minute),
        LOOPBACK.union(settings.allowed_hosts, own),
        any_address=address.is_every(settings.host),
    )


def is_reached(settings: Settings) -> bool:
    """Whether others than the users of this machine can come, or are meant to."""
    return not address.is_loopback(settings.host) or bool(settings.allowed_hosts)


async def require_token(settings: Settings, services: Services) -> None:
    """Raise Misconfigured unless there is a token where others can come."""
    if not is_reached(settings) or settings.auth == "off":
        return
    if not await services.auth.has_usable_token():
        raise Misconfigured(_refusal(settings))


def require_sense(settings: Settings) -> None:
    """Raise Misconfigured where everything would be open to everybody, or nothing be found."""
    root_path.checked(settings.root_path)
    if settings.auth == "off" and not address.is_loopback(settings.host):
        raise Misconfigured(
            f"{variable('auth')} is off, which is only possible on this machine's own addresses, "
            f"not on {settings.host!r}: everybody who reaches it could read and change everything."
        )


def _refusal(settings: Settings) -> str:
    why = (
        f"Others can come through {', '.join(settings.allowed_hosts)}"
        if address.is_loopback(settings.host)
        else f"Others can come to {settings.host!r}"
    )
    is_usual = settings.data_dir == Settings().data_dir
    option = "" if is_usual else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f"{why}, and without a token everybody could read and change everything. "
        f"Make one first: memorizer token create --name me --scope admin{option}"
    )
