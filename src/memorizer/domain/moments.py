"""Times as people and programs read them."""

from datetime import UTC, datetime


def iso(milliseconds: int) -> str:
    """A time as ISO 8601 in UTC with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
