"""One request a line in, one answer a line out, all JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TextIO

Answer = Callable[..., Awaitable[Any]]


def serve(**answers: Answer) -> None:
    """Answer until nobody asks any more."""
    asyncio.run(_serve(answers, _own_stdout()))
    os._exit(0)  # threads of a library may never end


def _own_stdout() -> TextIO:
    """The pipe to who asks; what a library prints goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return pipe


async def _serve(answers: dict[str, Answer], pipe: TextIO) -> None:
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        request = json.loads(line)
        try:
            reply = {"answer": await answers[request.pop("do")](**request)}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is told to who asked
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=pipe, flush=True)
