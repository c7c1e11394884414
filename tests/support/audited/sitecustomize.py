"""Python reads this at every start: it writes down what leads to another machine.

The folder stands first in PYTHONPATH of the processes that are watched; MEMORIZER_TEST_AUDIT names
the file. Native code is not seen here: support/isolated_network.py sees it.
"""

import ipaddress
import os
import sys

LOG = os.environ.get("MEMORIZER_TEST_AUDIT")
NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
PLACES = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Add a line for a name or an address beyond loopback."""
    place: object = None
    if event in NAMES:
        place = arguments[0]
    elif event in PLACES:
        # an address of a Unix socket is no tuple: it stays on this machine
        place = next((part[0] for part in arguments[1:] if isinstance(part, tuple)), None)
    if place is not None and not is_here(place):
        with open(str(LOG), "a", encoding="utf-8") as log:  # noqa: PTH123 - before pathlib is there
            print(event, place, file=log)


def is_here(place: object) -> bool:
    """Whether a name or an address is this machine's own."""
    name = place.decode() if isinstance(place, bytes) else str(place)
    if name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


if LOG:
    sys.addaudithook(watch)
