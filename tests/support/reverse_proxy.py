"""Reverse proxies that put a server below a path: nginx where it is installed, and one of ours."""

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from support.waiting import HANG_SECONDS

NGINX: Final = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "date"})


@contextmanager
def nginx(folder: Path, url: str, root: str, *, strips: bool) -> Iterator[str]:
    """The address of an nginx before the server; with `strips` it takes the path away."""
    assert NGINX is not None
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(_configuration(folder, port, url, root, strips=strips))
    process = subprocess.Popen([NGINX, "-c", config, "-p", folder, "-e", folder / "error.log"])
    try:
        _await_port(port)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def _configuration(folder: Path, port: int, url: str, root: str, *, strips: bool) -> str:
    slash = "/" if strips else ""  # nginx replaces the location by it
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid;
        events {{}}
        http {{
            access_log off;
            {temporary}
            server {{
                listen 127.0.0.1:{port};
                location {root}/ {{
                    proxy_pass {url}{slash};
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_set_header Connection "";
                    proxy_buffering off;
                }}
            }}
        }}
    """


@contextmanager
def plain(url: str, root: str, *, strips: bool) -> Iterator[str]:
    """The same with a proxy of our own, where there is no nginx."""

    async def forward(request: Request) -> Response:
        client: httpx.AsyncClient = request.app.state.client
        path = request.url.path
        if not path.startswith(f"{root}/"):
            return PlainTextResponse("Something else lives here.", 404)
        asked = client.build_request(
            request.method,
            (path.removeprefix(root) if strips else path) + f"?{request.url.query}",
            headers=request.headers.raw,
            content=await request.body(),
        )
        reply = await client.send(asked, stream=True)
        answer = StreamingResponse(reply.aiter_raw(), reply.status_code)
        answer.raw_headers = [
            (name.lower(), value)
            for name, value in reply.headers.raw
            if name.lower().decode() not in HOP_BY_HOP
        ]
        return answer

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as app.state.client:
            yield

    app = Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)], lifespan=lifespan)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, ws="none", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        yield f"http://localhost:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _await_port(port: int) -> None:
    deadline = monotonic() + HANG_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert monotonic() < deadline, "nginx did not start"
            sleep(0.02)
        else:
            return
