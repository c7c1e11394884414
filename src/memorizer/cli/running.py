"""Whether a server runs on a data directory."""

from memorizer.domain.errors import Misconfigured
from memorizer.mcp.stdio import server_discovery
from memorizer.settings import Settings


def require_none(settings: Settings) -> None:
    """Raises Misconfigured while one does."""
    line = server_discovery.connect(settings.data_dir)
    if line is None:
        return
    line.connection.close()
    there = server_discovery.read(settings.data_dir)
    process = f" (process {there.pid})" if there else ""
    raise Misconfigured(
        f"A server runs on {settings.data_dir}{process}. Stop it first: Ctrl-C where it runs, "
        "or `kill` with the number of its process."
    )
