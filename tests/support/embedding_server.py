"""A server of embeddings as Ollama, LM Studio, vLLM and OpenAI are, whose answers can be spoilt."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from support.embedders import vector_of
from support.waiting import wait_until

Reply = Callable[[list[str]], Awaitable[Response]]


@dataclass
class EmbeddingServer:
    """Answers `POST /v1/embeddings`; each entry of `replies` spoils one answer, in their order.

    `rule` spoils all those for whose texts it names a reply.
    """

    url: str
    replies: list[Reply] = field(default_factory=list)
    rule: Callable[[Sequence[str]], Reply | None] = lambda _: None
    inputs: list[list[str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        texts = json.loads(await request.body())["input"]
        self.inputs.append(texts)
        self.keys.append(request.headers.get("Authorization", ""))
        reply = self.replies.pop(0) if self.replies else self.rule(texts)
        return await (reply or well)(texts)


async def well(texts: Sequence[str]) -> Response:
    """As it should be."""
    return JSONResponse({"object": "list", "data": entries(texts)})


def entries(texts: Sequence[str]) -> list[dict[str, Any]]:
    """One embedding for each text; not of length one."""
    vectors = [struct.unpack("<64f", vector_of(text)) for text in texts]
    return [{"index": i, "embedding": [2 * x for x in v]} for i, v in enumerate(vectors)]


def refusing(status: int, message: str = "no", **headers: str) -> Reply:
    """An error as these servers put it."""

    async def reply(_: Sequence[str]) -> Response:
        content = {"error": {"message": message, "type": "invalid_request_error"}}
        return JSONResponse(content, status, headers)

    return reply


def saying(change: Callable[[list[dict[str, Any]]], Any]) -> Reply:
    """The right answer, changed."""

    async def reply(texts: Sequence[str]) -> Response:
        return Response(json.dumps({"data": change(entries(texts))}), media_type="application/json")

    return reply


def for_texts_with(word: str, reply: Reply) -> Callable[[Sequence[str]], Reply | None]:
    """A rule: this reply as soon as one of the texts has the word."""
    return lambda texts: reply if any(word in text for text in texts) else None


@asynccontextmanager
async def embedding_server() -> AsyncIterator[EmbeddingServer]:
    """A real one, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = EmbeddingServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        app = FastAPI()
        app.add_api_route("/v1/embeddings", ours.answer, methods=["POST"], response_model=None)
        server = uvicorn.Server(
            uvicorn.Config(
                app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1
            )
        )
        running = asyncio.create_task(server.serve(sockets=[listener]))

        async def started() -> bool:
            return server.started

        await wait_until(started, description="the server of embeddings listens")
        yield ours
        server.should_exit = True
        await running
