"""The single-page application built by web/build.py: its files and its routes.

Only these paths answer with the page; all others stay 404.
"""

from collections.abc import Callable, Mapping
from mimetypes import guess_type
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT: Final = Path(__file__).parent / "web"
PAGE_PATHS: Final = (
    "/",
    "/search",
    "/memories/{rest:path}",
    "/documents",
    "/documents/{rest:path}",
    "/transfer",
    "/trash",
    "/duplicates",
    "/review",
    "/recalls",
    "/stats",
    "/workspaces",
    "/workspaces/{rest:path}",
    "/admin",
    "/admin/{rest:path}",
    "/connect",
)
ROOT_FILES: Final = ("favicon.svg", "theme.js")
PRECOMPRESSED: Final = (("br", ".br"), ("gzip", ".gz"))
"""Content codings and the suffixes of the build's files, smallest first."""

HEADERS: Final[Mapping[str, str]] = {
    # Styles may stand inline, for the components place themselves with them; scripts may not.
    # No pictures from elsewhere: they would reveal when a memory is read.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",
}
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""

NOT_BUILT: Final = """\
Memorizer is running, but its web page has not been built.

From a checkout:  make web      (then reload this page)
The API:          /docs
"""


Show = Callable[[Request], Response]


def add_spa(app: FastAPI, built: Path = BUILT, root_path: str = "") -> None:
    """Serve the page with URLs below `root_path`, or a hint how to build it."""
    for address in PAGE_PATHS:
        _add(app, address, _page(built / "index.html", root_path))
    for name in ROOT_FILES:
        _add(app, f"/{name}", _file(built / name))
    app.mount("/assets", Assets(directory=built / "assets", check_dir=False), name="page-assets")


class Assets(StaticFiles):
    """Immutable files, precompressed by the build."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Send the file, compressed if the build did so and the client accepts it."""
        path = Path(full_path)
        coding, suffix = _best_coding(path, Headers(scope=scope).get("accept-encoding", ""))
        compressed = path.with_name(path.name + suffix)
        reply = super().file_response(compressed, compressed.stat(), scope, status_code)
        reply.headers["Cache-Control"] = IMMUTABLE
        reply.headers["Vary"] = "Accept-Encoding"
        if coding:
            reply.headers["Content-Encoding"] = coding
            reply.headers["Content-Type"] = guess_type(path.name)[0] or "text/plain"
        return reply


def _best_coding(path: Path, accepted: str) -> tuple[str, str]:
    """Return the best encoding that the client accepts and the build made, and its file suffix."""
    known = {part.partition(";")[0].strip() for part in accepted.split(",")}
    for coding, suffix in PRECOMPRESSED:
        if coding in known and path.with_name(path.name + suffix).is_file():
            return coding, suffix
    return "", ""


def _add(app: FastAPI, address: str, show: Show) -> None:
    app.add_api_route(address, show, methods=["GET", "HEAD"], include_in_schema=False)


def _page(index: Path, root_path: str) -> Show:
    def show_page(request: Request) -> Response:
        if not _wants_html(request):
            raise HTTPException(404)
        if not index.is_file():
            return PlainTextResponse(NOT_BUILT, headers={"Cache-Control": "no-store"})
        return HTMLResponse(_with_root_path(index.read_text("utf-8"), root_path), headers=HEADERS)

    return show_page


def _with_root_path(html: str, root_path: str) -> str:
    """Make the build's relative URLs absolute, below the root path."""
    html = html.replace('="./', f'="{root_path}/').replace(
        'href="/docs"', f'href="{root_path}/docs"'
    )
    return html.replace('name="root-path" content=""', f'name="root-path" content="{root_path}"')


def _file(path: Path) -> Show:
    def show_file(_: Request) -> Response:
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, headers={"Cache-Control": "no-cache"})

    return show_file


def _wants_html(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    return any(kind in accepted for kind in ("text/html", "text/*", "*/*"))
