"""Fetching models: goes on after a break, keeps only what is right, says what to do otherwise."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from memorizer.adapters.model_files.download import (
    MAX_REDIRECTS,
    MAX_TRIES,
    MIN_FREE_BYTES,
    Download,
)
from memorizer.adapters.model_files.store import ModelStore, partial
from memorizer.domain.errors import DownloadFailed, Misconfigured
from memorizer.domain.model_catalogue import (
    CATALOGUE,
    TINYLLAMA,
    CatalogueModel,
    ModelFile,
    Purpose,
    find,
)
from support.web import Answer, Asked, Web, serving

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(75_000))
SMALL = b'{"tokens": []}'


def file_of(path: str, content: bytes) -> ModelFile:
    return ModelFile(path, len(content), hashlib.sha256(content).hexdigest())


MODEL = CatalogueModel(
    name="small",
    purpose=Purpose.TITLES,
    description="A model of a test",
    repository="someone/small-GGUF",
    revision="0123abc",
    licence="MIT",
    files=(file_of("small.gguf", CONTENT), file_of("config/tokens.json", SMALL)),
)
GGUF = MODEL.files[0]


@dataclass
class Hub:
    """Serves MODEL as a hub does; each break ends one connection after so many bytes."""

    contents: dict[str, bytes] = field(
        default_factory=lambda: {"small.gguf": CONTENT, "config/tokens.json": SMALL}
    )
    etag: str | None = '"one"'
    breaks: list[int] = field(default_factory=list)
    failures: list[Answer] = field(default_factory=list)
    knows_ranges: bool = True

    def __call__(self, asked: Asked) -> Answer:
        if self.failures:
            return self.failures.pop(0)
        path = asked.path.partition("/resolve/0123abc/")[2]
        content = self.contents[path]
        headers = {"ETag": self.etag} if self.etag else {}
        breaks = self.breaks.pop(0) if self.breaks else None
        start = self._start(asked)
        if not start:
            return Answer(200, content, headers, breaks)
        if start >= len(content):
            return Answer(416)
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Answer(206, content[start:], headers, breaks)

    def _start(self, asked: Asked) -> int:
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("Range", ""))
        is_same = asked.headers.get("If-Range") in (None, self.etag)
        return int(wanted[1]) if wanted and self.knows_ranges and is_same else 0


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def web(hub: Hub) -> Iterator[Web]:
    with serving(hub) as web:
        yield web


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@dataclass
class Fetched:
    """What a download told about itself."""

    progress: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


Fetch = Callable[..., Fetched]


@pytest.fixture
def fetch(store: ModelStore, web: Web) -> Fetch:
    """Fetches MODEL without ever sleeping."""

    def run(model: CatalogueModel = MODEL, hub: str = web.url, free: int = 10**12) -> Fetched:
        fetched = Fetched()
        Download(
            store, model, fetched.progress.append, hub, fetched.waits.append, lambda _: free
        ).run()
        return fetched

    return run


def test_all_files_of_a_model_are_fetched(fetch: Fetch, store: ModelStore, web: Web) -> None:
    progress = fetch().progress

    assert [store.path(MODEL, file).read_bytes() for file in MODEL.files] == [CONTENT, SMALL]
    assert web.asked[0].path == "/someone/small-GGUF/resolve/0123abc/small.gguf"
    assert progress == sorted(progress)
    assert progress[-1] == MODEL.size
    assert sorted(p.name for p in store.folder(MODEL).rglob("*.*")) == ["small.gguf", "tokens.json"]


def test_what_is_here_is_not_fetched_again(fetch: Fetch, web: Web) -> None:
    fetch()
    web.asked.clear()

    assert fetch().progress[-1] == MODEL.size
    assert not web.asked


def test_a_broken_connection_goes_on_where_it_broke(fetch: Fetch, hub: Hub, web: Web) -> None:
    hub.breaks = [100_000, 50_000]

    assert fetch().waits == [1.0, 1.0]
    ranges = [asked.headers.get("Range") for asked in web.asked[:3]]
    assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert web.asked[1].headers["If-Range"] == '"one"'


def test_the_next_run_goes_on_where_the_last_gave_up(
    fetch: Fetch, hub: Hub, web: Web, store: ModelStore
) -> None:
    hub.breaks = [100_000] + [0] * MAX_TRIES
    with pytest.raises(DownloadFailed) as failed:
        fetch()
    assert "To go on from 33 %, run the same command" in failed.value.hint
    assert not store.has(MODEL)
    assert store.fetched(MODEL) == 100_000
    web.asked.clear()

    progress = fetch().progress

    assert web.asked[0].headers["Range"] == "bytes=100000-"
    assert progress[0] > 100_000
    assert store.has(MODEL)


def test_it_gives_up_after_some_tries_that_brought_nothing(fetch: Fetch, hub: Hub) -> None:
    hub.breaks = [0] * MAX_TRIES
    with pytest.raises(DownloadFailed, match="Cannot fetch from"):
        fetch()
    assert not hub.breaks


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    fetch: Fetch, hub: Hub, store: ModelStore
) -> None:
    hub.contents["small.gguf"] = bytes(len(CONTENT))
    hub.breaks = [100_000] + [0] * MAX_TRIES
    with pytest.raises(DownloadFailed):
        fetch()
    hub.contents["small.gguf"], hub.etag = CONTENT, '"two"'

    fetch()

    assert store.path(MODEL, GGUF).read_bytes() == CONTENT


def test_a_server_that_knows_no_ranges_starts_anew(
    fetch: Fetch, hub: Hub, store: ModelStore
) -> None:
    hub.knows_ranges = False
    hub.breaks = [100_000]

    fetch()

    assert store.path(MODEL, GGUF).read_bytes() == CONTENT


@pytest.mark.parametrize(("matches_etag", "asked_for"), [(True, "bytes=100000-"), (False, None)])
def test_without_an_etag_only_a_checksum_allows_to_go_on(
    fetch: Fetch, hub: Hub, web: Web, matches_etag: bool, asked_for: str | None
) -> None:
    hub.etag, hub.breaks = None, [100_000]
    file = GGUF if matches_etag else replace(GGUF, sha256=None)

    fetch(replace(MODEL, files=(file,)))

    assert web.asked[1].headers.get("Range") == asked_for


def test_a_wrong_checksum_is_found_and_nothing_is_kept(
    fetch: Fetch, hub: Hub, store: ModelStore
) -> None:
    hub.contents["small.gguf"] = bytes(len(CONTENT))
    with pytest.raises(DownloadFailed, match=r"has the SHA-256 \w{64} instead of \w{64}.*deleted"):
        fetch()
    assert store.fetched(MODEL) == 0


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"more"])
def test_a_wrong_size_is_found(fetch: Fetch, hub: Hub, store: ModelStore, content: bytes) -> None:
    hub.contents["small.gguf"] = content
    with pytest.raises(DownloadFailed, match=r"has [\d,]+ bytes instead of 300,000"):
        fetch()
    assert store.fetched(MODEL) == 0


def test_a_file_put_there_by_hand_is_checked_but_not_deleted(
    fetch: Fetch, store: ModelStore
) -> None:
    path = store.path(MODEL, GGUF)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    with pytest.raises(DownloadFailed, match="has 14 bytes instead of 300,000") as failed:
        fetch()
    assert "memorizer models remove small" in failed.value.hint
    assert path.read_bytes() == b"something else"


def test_without_space_nothing_is_begun(fetch: Fetch, web: Web, store: ModelStore) -> None:
    with pytest.raises(DownloadFailed, match="MB free; small needs") as failed:
        fetch(free=MIN_FREE_BYTES)
    assert "Make room" in failed.value.hint
    assert not web.asked
    assert not store.folder(MODEL).exists()


def test_offline_says_at_once_where_to_get_the_file_and_where_to_put_it(
    fetch: Fetch, store: ModelStore
) -> None:
    with pytest.raises(DownloadFailed, match=r"Cannot fetch from hub\.invalid") as failed:
        fetch(hub="http://hub.invalid")
    assert "http://hub.invalid/someone/small-GGUF/resolve/0123abc/small.gguf" in failed.value.hint
    assert str(store.path(MODEL, GGUF)) in failed.value.hint
    assert not store.folder(MODEL).exists()


def test_a_mirror_that_lacks_the_file_is_named(fetch: Fetch, hub: Hub) -> None:
    hub.failures = [Answer(404)]
    with pytest.raises(DownloadFailed, match=r"127\.0\.0\.1 answers 404 Not Found"):
        fetch()


def test_an_overloaded_server_is_asked_again(fetch: Fetch, hub: Hub, store: ModelStore) -> None:
    hub.failures = [Answer(429), Answer(503)]

    assert fetch().waits == [1.0, 2.0]
    assert store.has(MODEL)


def test_a_redirect_is_followed(fetch: Fetch, hub: Hub, web: Web, store: ModelStore) -> None:
    elsewhere = f"{web.url}/cdn/resolve/0123abc/small.gguf"
    hub.failures = [Answer(302, headers={"Location": elsewhere})]

    fetch()

    assert web.asked[1].path == "/cdn/resolve/0123abc/small.gguf"
    assert store.has(MODEL)


def test_a_proxy_is_used(
    fetch: Fetch, web: Web, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", web.url)

    fetch(hub="http://hub.invalid")

    assert web.asked[0].path.startswith("http://hub.invalid/someone/small-GGUF/")
    assert store.has(MODEL)


def test_a_proxy_that_cannot_be_used_is_named(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://somewhere")
    with pytest.raises(DownloadFailed, match="proxy settings cannot be used"):
        fetch()


def test_an_endpoint_that_is_no_address_is_named(fetch: Fetch) -> None:
    with pytest.raises(DownloadFailed, match=r"not an address/someone/.* Check HF_ENDPOINT"):
        fetch(hub="not an address")


def test_redirects_are_followed_without_reading_them_and_not_for_ever(fetch: Fetch) -> None:
    """The text of a redirect may be endless: that of this one breaks off, which nobody notices."""

    def leading_on(_: Asked) -> Answer:
        headers = {"Location": "/on"}
        return Answer(302, bytes(100_000), headers, breaks_after=10)

    with serving(leading_on) as web:
        with pytest.raises(DownloadFailed, match=r"is redirected without end\. Check HF_ENDPOINT"):
            fetch(hub=web.url)
        assert len(web.asked) == MAX_REDIRECTS + 1


def test_removing_takes_unfinished_files_too(store: ModelStore) -> None:
    unfinished = partial(store.path(MODEL, GGUF))
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"half")

    assert store.remove(MODEL)
    assert store.fetched(MODEL) == 0
    assert not store.remove(MODEL)


def test_the_catalogue_begins_with_tinyllama() -> None:
    assert CATALOGUE[0] is TINYLLAMA
    assert TINYLLAMA.url(TINYLLAMA.files[0]).startswith(
        "https://huggingface.co/TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF/resolve/"
    )


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_every_file_of_the_catalogue_can_be_checked(model: CatalogueModel) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", model.revision)
    for file in model.files:
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert not Path(file.path).is_absolute()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match=r"'tinylama'.*tinyllama"):
        find("tinylama")
    with pytest.raises(Misconfigured):
        find("tinyllama", Purpose.EMBEDDINGS)
