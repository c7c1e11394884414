"""What `memorizer hook pre-compact` and `session-end` do: hand over the new part of a transcript.

The position up to which a session was handed over is kept in the data directory, and moves only
when the server has taken the part. Imports the standard library alone; whoever calls it is silent
about what goes wrong.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from memorizer.cli.hook import Options

MAX_PART_BYTES: Final = 1_000_000
"""Of a longer part its end is handed over."""
KEPT_SECONDS: Final = 30 * 86_400
"""How long positions are kept."""
FOLDER: Final = "hooks"


@dataclass(frozen=True, slots=True)
class Part:
    """The new part of a transcript, and where it ends in the file (bytes)."""

    text: str
    end: int


def hand_over(options: "Options", given: Mapping[str, Any], until: float) -> None:
    """Send the new part of the session's transcript to the running server.

    Raises OSError, ValueError, HTTPException where it is not taken in time.
    """
    from memorizer.cli import config, hook
    from memorizer.mcp.stdio import server_discovery

    session = given.get("session_id") or given.get("conversation_id")
    transcript = given.get("transcript_path")
    if not session or not transcript:
        return
    data_dir = config.data_dir_of(options.data_dir)
    kept = _position_file(data_dir, options.client, str(session))
    part = read_part(Path(str(transcript)).expanduser(), _position(kept))
    if part is None or (found := server_discovery.connect(data_dir)) is None:
        return
    body = {"session": str(session)[:200], "client": options.client, "transcript": part.text}
    if workspace := hook.workspace_of(options.workspace, options.data_dir, given):
        body["workspace"] = workspace
    connection = found.connection
    connection.sock.settimeout(max(0.01, until - monotonic()))
    headers = {"Authorization": f"Bearer {found.key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/captures", json.dumps(body).encode(), headers)
    reply = connection.getresponse()
    reply.read()
    if reply.status != HTTPStatus.ACCEPTED:
        raise HTTPException(str(reply.status))
    _keep(kept, part.end)


def read_part(file: Path, start: int) -> Part | None:
    """Return the whole lines behind `start` (bytes); None for nothing new.

    A file that is shorter by now was written anew, and is read from its beginning, as is one that
    is a single JSON document.
    """
    with file.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        if start == size:
            return None
        if start > size or file.suffix == ".json":
            start = 0
        begin = max(start, size - MAX_PART_BYTES)
        opened.seek(begin)
        data = opened.read(MAX_PART_BYTES)
    if not data.rstrip().endswith((b"}", b"]")):  # the last line is still being written
        data = data[: data.rfind(b"\n") + 1]
    end = begin + len(data)
    if begin > start:  # the first line is a piece of one
        data = data.partition(b"\n")[2]
    text = data.decode("utf-8", "replace").strip()
    return Part(text, end) if text else None


def _position_file(data_dir: Path, client: str, session: str) -> Path:
    name = hashlib.sha256(f"{client}:{session}".encode()).hexdigest()[:32]
    return data_dir / FOLDER / f"{name}.json"


def _position(kept: Path) -> int:
    try:
        found = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        return 0
    end = found.get("end") if isinstance(found, dict) else None
    return end if isinstance(end, int) and end >= 0 else 0


def _keep(kept: Path, end: int) -> None:
    """Write the position, whole or not at all; forget those of old sessions."""
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    for old in kept.parent.glob("*.json"):
        if old.stat().st_mtime < time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    part = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    part.write_text(json.dumps({"end": end}), encoding="utf-8")
    part.replace(kept)
