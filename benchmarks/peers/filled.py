"""A store with given documents in it. What peers took in once is kept for the next run."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.peers.drivers.stores import Document
from benchmarks.peers.process import OURS, Peer, running
from benchmarks.peers.venvs import KEPT, requirements
from benchmarks.processes import PATIENCE_SECONDS
from memorizer.adapters.embeddings.bundled import MODEL, VOCABULARY
from memorizer.adapters.embeddings.local import usable_cores


@contextmanager
def opened(
    name: str, folder: Path, kept: Path, *, fresh_queries: bool = False, as_installed: bool = False
) -> Iterator[Peer]:
    """The store in this folder, which may be empty. `kept`: ready vectors of its documents."""
    with closing(sqlite3.connect(kept, timeout=PATIENCE_SECONDS)) as file, file:
        file.execute("CREATE TABLE IF NOT EXISTS kept (text TEXT PRIMARY KEY, vector BLOB)")
    with running(name, folder / "home") as peer:
        peer.ask(
            "open",
            folder=str(folder),
            model=str(MODEL.verified()),
            vocabulary=str(VOCABULARY.verified()),
            kept=str(kept),
            threads=usable_cores(),
            fresh_queries=fresh_queries,
            as_installed=as_installed,
        )
        yield peer


@contextmanager
def filled(
    name: str,
    documents: Sequence[Document],
    kept: Path,
    *,
    fresh_queries: bool = False,
    as_installed: bool = False,
) -> Iterator[Peer]:
    """A store that holds exactly these."""
    asked = [asdict(document) for document in documents]
    folder = _folder(name, asked, as_installed=as_installed)
    loaded = folder / "loaded"
    is_kept = name != OURS  # ours is filled again: what we changed since lies in its index
    if not (is_kept and loaded.exists()):
        shutil.rmtree(folder, ignore_errors=True)
    with opened(name, folder, kept, fresh_queries=fresh_queries, as_installed=as_installed) as peer:
        if not loaded.exists():
            peer.ask("load", documents=asked)
            loaded.touch()
        yield peer
    if not is_kept:
        shutil.rmtree(folder)


def _folder(name: str, asked: Sequence[object], *, as_installed: bool) -> Path:
    """A program that may write while it searches has its own."""
    version = "" if name == OURS else requirements(name)
    content = json.dumps([version, as_installed, asked], sort_keys=True).encode()
    return KEPT / "stores" / name / hashlib.sha256(content).hexdigest()[:12]
