"""Titles by a GGUF model on this machine, run by llama.cpp in a process of its own."""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from memorizer.adapters.titles import prompt
from memorizer.adapters.titles.llm_output import extract_title
from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import TextRejected, TitleWriterUnavailable
from memorizer.domain.memories import Content

_MAGIC: Final = b"GGUF"
_EXCERPT_CHARACTERS: Final = tuple(prompt.EXCERPT_CHARACTERS >> halvings for halvings in range(4))
"""Tried in this order: texts in some scripts have too many tokens for the model's context."""
_TOO_LONG: Final = "exceed_context_size_error"
_OPTIONS: Final = {
    "grammar": prompt.GRAMMAR,
    "temperature": 0.2,
    "max_tokens": 5
    * prompt.MAX_TITLE_CHARACTERS,  # a rare character takes four, and the grammar ends it
}


class LlamaTitleWriter:
    """Implements ports.titles.TitleWriter."""

    name = "gguf"

    def __init__(
        self, path: Path, *, remedy: str, timeout_seconds: float = 60.0, idle_seconds: float = 600.0
    ) -> None:
        """`remedy`: the hint where the file is missing. The process ends after `idle_seconds`."""
        self._path = path
        self._remedy = remedy
        self._timeout = timeout_seconds
        self._process = LlamaProcess(path, idle_seconds=idle_seconds)

    @property
    def model(self) -> str:
        return self._path.stem

    @property
    def is_loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._process.is_running

    async def check(self) -> str:
        size = await asyncio.to_thread(self._inspect)
        state = "loaded" if self.is_loaded else "loaded at its first use"
        return f"{self.name}, {self._path.name}, {size / 1e6:,.0f} MB, {state}"

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        await asyncio.to_thread(self._inspect)
        for excerpt in _EXCERPT_CHARACTERS:
            request = {"messages": prompt.messages(content, excerpt=excerpt), **_OPTIONS}
            reply = await self._process.ask(request, seconds=self._timeout)
            match reply:
                case {"choices": [{"message": {"content": str(answer)}}, *_]}:
                    return extract_title(answer)
                case {"error": {"type": str(kind)}} if kind == _TOO_LONG:
                    continue
                case _:
                    raise TitleWriterUnavailable(f"The title model fails: {_reason(reply)}.")
        raise TextRejected("The text has more tokens than the title model can read.")

    async def close(self) -> None:
        """End the process; waiting callers get TitleWriterUnavailable."""
        await self._process.close()

    def _inspect(self) -> int:
        """Return the file's size in bytes. Raises TitleWriterUnavailable if it is no GGUF file."""
        try:
            with self._path.open("rb") as file:
                is_model = file.read(len(_MAGIC)) == _MAGIC
            size = self._path.stat().st_size
        except OSError as error:
            raise TitleWriterUnavailable(
                f"The title model is not at {self._path} ({error.strerror}). {self._remedy}"
            ) from error
        if not is_model:
            raise TitleWriterUnavailable(f"{self._path} is no GGUF model. {self._remedy}")
        return size


class LlamaProcess:
    """One model in a process, which starts at the first request and takes one at a time."""

    def __init__(self, path: Path, *, idle_seconds: float) -> None:
        self._path = path
        self._idle_seconds = idle_seconds
        self._request_lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._ended: asyncio.subprocess.Process | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def is_running(self) -> bool:
        """Whether the process is running."""
        return self._process is not None

    async def ask(self, request: Mapping[str, object], *, seconds: float) -> Mapping[str, Any]:
        """Return the reply within `seconds`, loading included. Raises TitleWriterUnavailable."""
        async with self._request_lock:
            if self._idle is not None:
                self._idle.cancel()
            is_answered = False
            try:
                async with asyncio.timeout(seconds):
                    reply = await self._exchange(request)
                is_answered = True
            except TimeoutError as error:
                raise TitleWriterUnavailable(
                    f"The title model did not answer within {seconds:g} s."
                ) from error
            finally:
                # timed out or cancelled: the next request would read the reply to this one
                if not is_answered:
                    self._kill()
            self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._kill)
            return reply

    async def close(self) -> None:
        """End the process for good."""
        self._is_closed = True
        if self._idle is not None:
            self._idle.cancel()
        self._kill()
        async with self._request_lock:  # wait for the running request to fail
            if self._ended is not None:
                await self._ended.communicate()

    async def _exchange(self, request: Mapping[str, object]) -> Mapping[str, Any]:
        if self._process is not None and self._process.returncode is not None:
            self._kill()  # it ended by itself
        process = self._process or await self._start()
        await self._send(process, request)
        return await self._receive(process)

    async def _start(self) -> asyncio.subprocess.Process:
        if self._is_closed:
            raise TitleWriterUnavailable("The title model was closed.")
        self._folder = TemporaryDirectory(prefix="memorizer-")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "memorizer.adapters.titles.llama_process",
            str(self._path),
            f"{self._folder.name}/web.sock",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if not (await self._receive(self._process)).get("ready"):
            raise TitleWriterUnavailable(
                f"llama.cpp cannot load {self._path}. Is it a whole GGUF model, and new enough an "
                "xllamacpp for it? Try `pip install --upgrade xllamacpp`."
            )
        return self._process

    async def _send(
        self, process: asyncio.subprocess.Process, request: Mapping[str, object]
    ) -> None:
        assert process.stdin is not None  # noqa: S101 - it was started with a pipe
        with suppress(ConnectionError):  # the process ended: _receive raises
            process.stdin.write(json.dumps(request).encode() + b"\n")
            await process.stdin.drain()

    async def _receive(self, process: asyncio.subprocess.Process) -> Mapping[str, Any]:
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise TitleWriterUnavailable(
                f"The process of the title model ended (status {await process.wait()}). "
                "The machine may be short of memory for it."
            )
        reply: Mapping[str, Any] = json.loads(line)
        return reply

    def _kill(self) -> None:
        """End the process; the next request starts another."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has ended already
                self._process.kill()
            self._ended = self._process
        if self._folder is not None:
            self._folder.cleanup()
        self._process = self._folder = None


def _reason(reply: Mapping[str, Any]) -> str:
    match reply:
        case {"error": {"message": str(message)}}:
            return message.rstrip(".")
        case _:
            return "it answers without a message"
