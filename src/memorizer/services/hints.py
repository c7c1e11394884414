"""What to do about a part that is down, for the errors that bring no hint of their own."""

from collections.abc import Mapping
from typing import Final

from memorizer.domain.errors import OutcomeUnknown, Unavailable

DOCTOR: Final = "Run `memorizer doctor`; it names the part and the remedy."

_HINTS: Final[Mapping[type[Unavailable], str]] = {
    OutcomeUnknown: (
        "Look whether the change is there before you send it again. "
        "A request with an Idempotency-Key can be sent again as it was."
    ),
}


def hint_of(error: Unavailable) -> str:
    """The error's own hint, else that of its type, else to run `memorizer doctor`."""
    return error.hint or _HINTS.get(type(error), DOCTOR)
