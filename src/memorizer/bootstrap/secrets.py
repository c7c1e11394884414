"""Keys of other servers."""

from pydantic import SecretStr

from memorizer.domain.errors import Misconfigured
from memorizer.settings import variable


def key_of(setting: str, secret: SecretStr | None) -> str | None:
    """What a server can be sent. Raises Misconfigured, without showing it."""
    key = secret.get_secret_value().strip() if secret else ""
    if not (key.isascii() and key.isprintable()):
        raise Misconfigured(f"{variable(setting)} has characters that no key has. Copy it anew.")
    return key or None
