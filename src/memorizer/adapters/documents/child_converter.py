"""Starts a process for each document, reads what it writes, and ends it if it takes too long."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memorizer.domain.documents import ConvertedDocument, ConvertedPart
from memorizer.domain.errors import DocumentRejected
from memorizer.ports.documents import ConversionProgress

MAX_LINE_BYTES: Final = 8_000_000
"""Of one reply: a part is at most 500,000 characters, each at most twelve bytes as JSON."""
PASSED_ON: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "TEMP")
"""What of the environment a converter gets: no keys, no passwords."""


@dataclass(frozen=True, slots=True)
class ChildConverter:
    """Implements ports.documents.DocumentConverter."""

    seconds: float
    memory_bytes: int
    max_pages: int

    async def convert(
        self, file: Path, name: str, media_type: str | None, progress: ConversionProgress
    ) -> ConvertedDocument:
        request = {
            "file": str(file),
            "name": name,
            "mediaType": media_type,
            "isPage": name.startswith("https://"),
            "memoryBytes": self.memory_bytes,
            "seconds": self.seconds,
            "maxPages": self.max_pages,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-P", "-m", "memorizer.adapters.documents.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=MAX_LINE_BYTES,
            cwd=file.parent,
            env={key: os.environ[key] for key in PASSED_ON if key in os.environ},
        )
        try:
            async with asyncio.timeout(self.seconds):
                return await _Conversation(process, progress).run(request)
        except TimeoutError:
            raise DocumentRejected(
                f"Reading it took longer than {self.seconds:g} s (MEMORIZER_DOCUMENT_SECONDS). "
                "Split it."
            ) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    # not Process.kill, which would take the exit code away from the loop
                    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            await process.wait()


@dataclass(slots=True)
class _Conversation:
    """What is said to the process and what it replies."""

    process: asyncio.subprocess.Process
    progress: ConversionProgress
    percent: int = 0

    async def run(self, request: Mapping[str, object]) -> ConvertedDocument:
        """Return the document. Raises DocumentRejected."""
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("both are pipes")
        with suppress(ConnectionError):
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            await self.process.stdin.drain()
        parts: list[ConvertedPart] = []
        while line := await self._line(self.process.stdout):
            match json.loads(line):
                case {"progress": [int(done), int(total)]}:
                    await self._report(done, total)
                case {"part": {"text": text, "title": title, "page": page, "line": number}}:
                    parts.append(ConvertedPart(text, title, page, number))
                case {"done": {"title": title, "mediaType": media_type, "warnings": warnings}}:
                    return ConvertedDocument(title, media_type, tuple(parts), tuple(warnings))
                case {"rejected": str(reason)}:
                    raise DocumentRejected(reason)
        raise DocumentRejected(_reason_of_end(await self.process.wait()))

    async def _line(self, stream: asyncio.StreamReader) -> bytes:
        try:
            return await stream.readline()
        except ValueError as error:  # longer than the limit
            raise DocumentRejected("A part of it is too long to be stored. Split it.") from error

    async def _report(self, done: int, total: int) -> None:
        """Pass on what changes the percentage: every report is a write."""
        percent = done * 100 // max(total, 1)
        if percent != self.percent:
            self.percent = percent
            await self.progress(done, total)


def _reason_of_end(code: int) -> str:
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    return (
        f"The process that read it ended {how}: the document is damaged, or needs more memory or "
        "time than a document may have. Save it again with its program, or split it."
    )
