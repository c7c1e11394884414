"""Keeps a folder of notes as the memories are: one way, whatever happens to the folder."""

import asyncio
import json
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Final

import structlog

from memorizer.domain.errors import MirrorFailed
from memorizer.domain.records import MemorySummary
from memorizer.domain.timestamps import HOUR_MS, to_iso
from memorizer.ports.clock import Clock
from memorizer.ports.mirror import MirrorContents, MirrorFolder, MirrorState
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction

log = structlog.get_logger()

PAGE: Final = 1_000
MAX_LOAD: Final = 20
"""A run is followed by a pause of as many times its length: the rest of the time is others'."""
SETTLED_MS: Final = 60_000
"""Changes are looked for once more after so long: they need not commit in their order."""
VERIFY_MS: Final = HOUR_MS
"""How often all files are compared with what was written."""
FAILED_PAUSE_SECONDS: Final = 10.0
LATE_MS: Final = 600_000
"""A mirror that is older than the memories for so long has no worker."""


@dataclass(slots=True)
class Mirror:
    """Writes the mirror of a store; several processes may share the folder, one of them writes."""

    database: Database
    folder: MirrorFolder
    clock: Clock
    signals: Signals
    started_at: int
    _marker: str = field(init=False, default="")
    _problem: MirrorFailed | None = field(init=False, default=None)
    _rest_until: float = field(init=False, default=0.0)
    _look_at: int = field(init=False, default=0)
    """When to look for changes although none is seen, UTC ms."""
    _verify_at: int = field(init=False, default=0)

    async def update(self) -> bool:
        """Write what changed, if anything did; return whether it was written.

        What the folder does is no error here: the check says it. Raises StorageUnavailable.
        """
        if monotonic() < self._rest_until:
            return False
        now, began = self.clock.now(), monotonic()
        marker = await self.database.read(_marker)
        verify = now >= self._verify_at
        if marker == self._marker and not verify and now < self._look_at:
            return False
        try:
            state = await self.database.read_long(lambda tx: self._write(tx, now, verify=verify))
        except MirrorFailed as error:
            self._fail(error)
            return False
        self._rest_until = monotonic() + MAX_LOAD * (monotonic() - began)
        if state is None:
            return False
        self._succeed(state, now, verify=verify)
        return True

    async def check(self) -> str:
        """Say how current the folder is. Raises MirrorFailed."""
        state = await asyncio.to_thread(self.folder.state)
        if self._problem is not None:
            raise self._problem
        marker = await self.database.read(_marker)
        is_current = state is not None and state.marker == marker
        since = self.started_at if state is None else max(state.at, self.started_at)
        if not is_current and self.clock.now() > since + LATE_MS:
            raise MirrorFailed(
                f"The mirror is not current since {to_iso(since)}.",
                hint="Start `memorizer worker`, or a server with MEMORIZER_WORKER=true, with the "
                "same MEMORIZER_MIRROR_DIR.",
            )
        if state is None:
            return "not written yet"
        if state.problems:
            raise MirrorFailed(
                f"Notes that cannot be written: {state.problems:,}. {state.problem}",
                hint="Move what is in the way; the rest is current.",
            )
        return f"{state.notes:,} notes, {'current' if is_current else 'of ' + to_iso(state.at)}"

    def _write(self, tx: Transaction, now: int, *, verify: bool) -> MirrorState | None:
        return self.folder.write(
            _contents(tx, now), verify=verify, is_stopped=lambda: self.signals.closed
        )

    def _fail(self, error: MirrorFailed) -> None:
        if str(error) != str(self._problem):  # once, not at each turn
            log.warning("the mirror cannot be written", error=str(error))
        self._problem, self._verify_at = error, 0
        self._rest_until = monotonic() + FAILED_PAUSE_SECONDS

    def _succeed(self, state: MirrorState, now: int, *, verify: bool) -> None:
        if self._problem is not None:
            log.info("the mirror is written again", notes=state.notes)
        self._problem = None
        is_new, self._marker = state.marker != self._marker, state.marker
        self._look_at = now + (SETTLED_MS if is_new else VERIFY_MS)
        if verify:
            self._verify_at = now + VERIFY_MS


def _marker(tx: Transaction) -> str:
    """Name the present state: every change of a memory has an event; workspaces are few."""
    workspaces = [(each.id, each.path) for each in tx.workspaces.list_all()]
    digest = sha256(json.dumps(workspaces).encode()).hexdigest()[:16]
    return f"{tx.events.newest_seq()} {digest}"


def _contents(tx: Transaction, now: int) -> MirrorContents:
    return MirrorContents(
        tx.outbox.store_id(),
        now,
        _marker(tx),
        {each.id: each.path for each in tx.workspaces.list_all()},
        _summaries(tx),
        _links(tx),
        tx.memories.get_many,
    )


def _summaries(tx: Transaction) -> list[MemorySummary]:
    found: list[MemorySummary] = []
    while page := tx.records.summaries(after=found[-1].id if found else "", limit=PAGE):
        found += page
    return found


def _links(tx: Transaction) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    after = ""
    while page := tx.records.relationships(after=after, limit=PAGE):
        for link in page:
            found.setdefault(link.from_id, []).append((link.type, link.to_id))
        after = page[-1].id
    return found
