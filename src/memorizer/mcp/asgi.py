"""Between the application and the SDK's: bodies read ahead, streams that end in time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def read(receive: Receive) -> bytes:
    """Read the whole body; the application limits its size."""
    body, message = b"", await receive()
    while message["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
        message = await receive()
    return body


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that delivers the body again, then what comes after it."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


def until(closing: asyncio.Event, receive: Receive) -> Receive:
    """Return a `receive` that reports a disconnect as soon as `closing` is set."""

    async def receive_or_close() -> Message:
        message = asyncio.ensure_future(receive())
        closed = asyncio.ensure_future(closing.wait())
        try:
            await asyncio.wait({message, closed}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            closed.cancel()

    return receive_or_close


async def completed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application; a reply that it breaks off ends properly."""
    is_open = False

    async def send_on(message: Message) -> None:
        nonlocal is_open
        is_open = message["type"] == "http.response.start" or message.get("more_body", False)
        await send(message)

    await app(scope, receive, send_on)
    if is_open:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
