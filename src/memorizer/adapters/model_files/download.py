"""Downloads a model's files: resumes after a break, and keeps only verified files.

Proxies are taken from the environment (HTTPS_PROXY, NO_PROXY, …) by httpx.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from memorizer.adapters.model_files.store import ModelStore, partial
from memorizer.domain.errors import DownloadFailed
from memorizer.domain.model_catalogue import HUB, CatalogueModel, ModelFile

MAX_TRIES: Final = 5
"""In a row without a single byte; then the download fails."""
FIRST_WAIT_SECONDS: Final = 1.0
"""Doubles with each try."""
READ_TIMEOUT_SECONDS: Final = 30.0
MIN_FREE_BYTES: Final = 100_000_000
"""Of the disk, after the download: the database is on it, too."""
MAX_REDIRECTS: Final = 10
_RANGE: Final = re.compile(r"bytes (\d+)-")


@dataclass(slots=True)
class Download:
    """Downloads one model into the store."""

    store: ModelStore
    model: CatalogueModel
    on_progress: Callable[[int], None]
    """Called with the number of bytes of this model fetched so far."""
    hub: str = HUB
    sleep: Callable[[float], None] = time.sleep
    free_space: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free

    def run(self) -> None:
        """Download the missing files. Raises DownloadFailed."""
        self.store.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._require_space()
        with self._client() as client:
            done = 0
            for file in self.model.files:
                _FileDownload(self, file, client, done).run()
                done += file.size

    def fail(self, problem: str, file: ModelFile) -> DownloadFailed:
        """Return an error with how to resume, or to install the file by hand."""
        come = self.store.fetched(self.model) * 100 // self.model.size
        again = f"To go on from {come} %, run" if come else "To try again, run"
        return DownloadFailed(
            problem,
            f"{again} the same command. Without a network here, fetch\n"
            f"  {self.model.url(file, self.hub)}\nelsewhere and put it at\n"
            f"  {self.store.path(self.model, file)}",
        )

    def _require_space(self) -> None:
        folder = self.store.directory
        needed = self.model.size - self.store.fetched(self.model)
        free = self.free_space(folder)
        if needed > 0 and free < needed + MIN_FREE_BYTES:
            raise DownloadFailed(
                f"The disk of {folder} has {free / 1e6:,.0f} MB free; {self.model.name} needs "
                f"{needed / 1e6:,.0f} MB more, and {MIN_FREE_BYTES / 1e6:,.0f} MB should stay "
                "free.",
                "Make room, or name another data directory with --data-dir.",
            )

    def _client(self) -> httpx.Client:
        try:
            return httpx.Client(timeout=READ_TIMEOUT_SECONDS)
        except (ValueError, ImportError) as error:  # what httpx makes of a proxy it cannot use
            raise self.fail(
                f"The proxy settings cannot be used: {error}.", self.model.files[0]
            ) from (error)


class _Interrupted(Exception):
    """The connection broke or the server is overloaded: another try may succeed."""


class _NotReached(_Interrupted):
    """There was no connection at all."""


class _FileDownload:
    """Downloads one file."""

    def __init__(
        self, download: Download, file: ModelFile, client: httpx.Client, before: int
    ) -> None:
        """`before`: the size in bytes of the model's files before this one."""
        self._download = download
        self._file = file
        self._client = client
        self._before = before
        self._url = download.model.url(file, download.hub)
        self._target = download.store.path(download.model, file)
        self._partial = partial(self._target)
        self._etag = self._partial.with_name(self._partial.name + ".etag")

    def run(self) -> None:
        if self._target.exists():  # perhaps put there by hand
            self._verify_present()
        else:
            self._fetch_with_retries()
            self._verify_fetched()
            os.replace(self._partial, self._target)  # noqa: PTH105 - says that it is atomic
            self._etag.unlink(missing_ok=True)
        self._report(self._file.size)

    def _fetch_with_retries(self) -> None:
        """Resume until the file is complete, or MAX_TRIES in a row brought nothing."""
        tries, first = 0, self._received_bytes()
        while self._received_bytes() < self._file.size:
            have = self._received_bytes()
            try:
                self._receive()
            except _Interrupted as error:
                tries = 1 if self._received_bytes() > have else tries + 1
                is_offline = isinstance(error, _NotReached) and self._received_bytes() == first
                if is_offline or tries == MAX_TRIES:
                    raise self._fail(str(error)) from error
                self._download.sleep(FIRST_WAIT_SECONDS * 2 ** (tries - 1))
            else:
                break

    def _receive(self) -> None:
        """Receive what one connection brings, appended to the partial file."""
        try:
            with ExitStack() as stack:
                reply = self._open(stack)
                self._target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                start = self._accept(reply)
                out = stack.enter_context(self._partial.open("r+b" if start else "wb"))
                out.truncate(start)
                out.seek(start)
                for block in reply.iter_raw():
                    out.write(block)
                    self._report(out.tell())
                    if out.tell() > self._file.size:
                        return
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._fail(f"{self._url} is no web address. Check HF_ENDPOINT.") from error
        except httpx.TransportError as error:
            kind = _NotReached if isinstance(error, httpx.ConnectError) else _Interrupted
            reason = str(error) or type(error).__name__
            raise kind(f"Cannot fetch from {httpx.URL(self._url).host} ({reason}).") from error
        except OSError as error:
            raise self._fail(f"Cannot write {self._partial} ({error.strerror}).") from error

    def _open(self, stack: ExitStack) -> httpx.Response:
        """Follow redirects without reading their bodies, which httpx would read whole."""
        request = self._client.build_request("GET", self._url, headers=self._request_headers())
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._client.send(request, stream=True)
            stack.callback(reply.close)
            if reply.next_request is None:
                return reply
            reply.close()
            request = reply.next_request
        raise self._fail(f"{self._url} is redirected without end. Check HF_ENDPOINT.")

    def _request_headers(self) -> dict[str, str]:
        """Return headers; for the rest only where ETag or checksum prove the same file."""
        headers = {"Accept-Encoding": "identity"}
        have, etag = self._received_bytes(), self._etag.read_text() if self._etag.exists() else None
        if have and (etag or self._file.sha256):
            headers["Range"] = f"bytes={have}-"
        if have and etag:
            headers["If-Range"] = etag
        return headers

    def _accept(self, reply: httpx.Response) -> int:
        """Return the offset at which the reply's bytes belong. Raises DownloadFailed."""
        if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS or reply.is_server_error:
            raise _Interrupted(f"{reply.url.host} answers {reply.status_code}: it is overloaded.")
        if not reply.is_success:
            raise self._fail(f"{reply.url.host} answers {reply.status_code} {reply.reason_phrase}.")
        if reply.status_code == HTTPStatus.PARTIAL_CONTENT:
            begin = _RANGE.match(reply.headers.get("Content-Range", ""))
            if begin and int(begin[1]) <= self._received_bytes():
                return int(begin[1])
            raise self._fail(f"{reply.url.host} sends another part of the file than was asked for.")
        etag = reply.headers.get("ETag", "")
        if etag and not etag.startswith("W/"):  # a weak one does not promise equal bytes
            self._etag.write_text(etag)
        else:
            self._etag.unlink(missing_ok=True)
        return 0

    def _verify_present(self) -> None:
        if problem := _mismatch(self._target, self._file):
            raise DownloadFailed(
                f"{self._target} {problem}.",
                f"`memorizer models remove {self._download.model.name}` deletes it.",
            )

    def _verify_fetched(self) -> None:
        """Delete a partial file that does not match, and raise DownloadFailed."""
        if problem := _mismatch(self._partial, self._file):
            self._partial.unlink()
            self._etag.unlink(missing_ok=True)
            raise DownloadFailed(
                f"What came from {httpx.URL(self._url).host} {problem}. It was deleted.",
                "It was damaged on its way, or it is another file. Try again; if that does not "
                "help, try without HF_ENDPOINT and proxy.",
            )

    def _received_bytes(self) -> int:
        return self._partial.stat().st_size if self._partial.exists() else 0

    def _report(self, have: int) -> None:
        self._download.on_progress(self._before + have)

    def _fail(self, problem: str) -> DownloadFailed:
        return self._download.fail(problem, self._file)


def _mismatch(path: Path, wanted: ModelFile) -> str | None:
    """Return how a file differs from its catalogue entry, or None."""
    if (size := path.stat().st_size) != wanted.size:
        return f"has {size:,} bytes instead of {wanted.size:,}"
    if wanted.sha256 and (found := _sha256(path)) != wanted.sha256:
        return f"has the SHA-256 {found} instead of {wanted.sha256}"
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
