"""The process that converts one document: reads a file, writes lines of JSON.

`python -m memorizer.adapters.documents.child`; its input is one line, the request. Whatever the
file does is done to this process alone, which may take little memory and processor time and write
no file. It ends when its input ends: a worker that was killed leaves none behind.
"""

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from memorizer.adapters.documents.blocks import Rejected, Source, within_limits
from memorizer.adapters.documents.kinds import kind_of
from memorizer.adapters.documents.parts import cut
from memorizer.domain.documents import short_name
from memorizer.domain.memories import MAX_TITLE

MAX_REASON = 300


def main() -> None:
    """Convert the file of the request; end at once when all is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    request = json.loads(sys.stdin.readline())
    replies = _own_output()
    _limit(int(request["memoryBytes"]), float(request["seconds"]))
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    try:
        _convert(request, replies)
    except Rejected as error:
        _write(replies, {"rejected": str(error)})
    except MemoryError:
        _write(replies, {"rejected": "It needs more memory than a document may have. Split it."})
    except RecursionError:
        _write(replies, {"rejected": "It is nested too deeply to be read."})
    except Exception as error:  # noqa: BLE001 - parsers of broken files raise anything
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_REASON]
        _write(replies, {"rejected": f"It is damaged, or not what its name says ({reason})."})
    os._exit(0)  # what the libraries would do at their end has no say any more


def _convert(request: dict[str, Any], replies: TextIO) -> None:
    source = Source(
        Path(request["file"]),
        short_name(request["name"].partition("?")[0]),
        int(request["maxPages"]),
        report=lambda done, total: _write(replies, {"progress": [done, total]}),
        url=request["name"] if request["isPage"] else None,
    )
    kind = kind_of(source, request["mediaType"])
    blocks = list(within_limits(kind.convert(source)))
    heading = next((b.text for b in blocks if b.level == 1 and b.page in {None, 1}), None)
    title = " ".join((source.title or heading or source.name).split())[:MAX_TITLE]
    parts = cut(blocks, title)
    if not parts:
        raise Rejected("It has no text.")
    for part in parts:
        shown = {"text": part.text, "title": part.title, "page": part.page, "line": part.line}
        _write(replies, {"part": shown})
    _write(
        replies,
        {"done": {"title": title, "mediaType": kind.media_type, "warnings": source.warnings}},
    )


def _limit(memory_bytes: int, seconds: float) -> None:
    """Limit memory, processor time and files, where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    limits = {
        "RLIMIT_AS": memory_bytes,
        "RLIMIT_CPU": int(seconds) + 1,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 64,
    }
    for name, value in limits.items():
        with suppress(AttributeError, ValueError, OSError):  # macOS knows no RLIMIT_AS
            resource.setrlimit(getattr(resource, name), (value, value))


def _exit_at_end_of_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _own_output() -> TextIO:
    """Return standard output for replies only; what libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _write(replies: TextIO, reply: dict[str, Any]) -> None:
    print(json.dumps(reply, ensure_ascii=True), file=replies, flush=True)


if __name__ == "__main__":
    main()
