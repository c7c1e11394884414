"""Writes memories as notes into a folder, and only what changed; the format is the export's.

A file is replaced as a whole or not at all. Before it is written, the ledger says so: whatever
interrupts the writing, each file of the mirror is known as one. Files that are not are never
changed or deleted, and nothing is written through a link.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from memorizer.adapters.formats.mirror import ledger
from memorizer.adapters.formats.mirror.files import MirrorFiles
from memorizer.adapters.formats.mirror.ledger import Ledger
from memorizer.adapters.formats.mirror.plan import ABOUT, BATCH, Plan, PlannedNote
from memorizer.adapters.formats.output_files import PRIVATE_FOLDER
from memorizer.domain.errors import MirrorFailed
from memorizer.ports.mirror import MirrorContents, MirrorState

OWN_FOLDER: Final = ".memorizer"
_ABOUT_TEXT: Final = b"""---
memorizer: mirror
---
# This folder is a mirror

Memorizer writes these notes, one for each memory, and keeps them as the memories are. It never
reads them: what you change here comes into no memory, and is overwritten. Change memories on
the page, with `memorizer edit`, or let an agent do it.

Other files in this folder are left alone. `.memorizer` holds what was written; without it all notes
are compared and, where they differ, written anew. Git needs to know nothing of it.
"""


class NotesFolder:
    """Implements ports.mirror.MirrorFolder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._was_there = False

    def state(self) -> MirrorState | None:
        with self._explained():
            own = self._prepare()
            probe = own / "probe"
            probe.write_bytes(bytes(4_096))
            probe.unlink()
            if not (own / ledger.FILE).exists():
                return None
            with ledger.opened(own) as files:
                return files.state()

    def write(
        self, contents: MirrorContents, *, verify: bool, is_stopped: Callable[[], bool]
    ) -> MirrorState | None:
        with self._explained():
            own = self._prepare()
            with ledger.locked(own) as is_ours:
                if not is_ours:
                    return None
                with ledger.opened(own) as entries:
                    return self._write(contents, entries, verify=verify, is_stopped=is_stopped)

    def _write(
        self,
        contents: MirrorContents,
        entries: Ledger,
        *,
        verify: bool,
        is_stopped: Callable[[], bool],
    ) -> MirrorState | None:
        if entries.store_id() not in (None, contents.store_id):
            raise MirrorFailed(
                f"{self._root} is the mirror of another store.",
                hint="Name another folder in MEMORIZER_MIRROR_DIR, or delete the `.memorizer` in "
                "it, after which this store's notes come beside the other's.",
            )
        files = MirrorFiles(self._root, self._root / OWN_FOLDER / "part")
        files.write_text(ABOUT, _ABOUT_TEXT)
        files.write_text(f"{OWN_FOLDER}/.gitignore", b"*\n")
        unfinished = MirrorState(contents.at, "", 0)
        entries.set_state(contents.store_id, entries.state() or unfinished)
        plan = Plan(contents, entries.entries(), files, verify=verify)
        self._remove(plan.renamed_in_place, entries, files)
        for batch in plan.batches():
            if is_stopped():
                return None
            self._put(batch, plan, entries, files)
        self._remove(plan.gone, entries, files)
        problems = files.problems
        notes = len(contents.summaries) - len(problems)
        state = MirrorState(
            contents.at, contents.marker, notes, len(problems), problems[0] if problems else ""
        )
        entries.set_state(contents.store_id, state)
        return state

    @staticmethod
    def _put(batch: list[PlannedNote], plan: Plan, entries: Ledger, files: MirrorFiles) -> None:
        entries.put(note.intent(plan.digests(note.path)) for note in batch)
        entries.put(
            [
                note.entry(*written)
                for note in batch
                if (written := files.write(note, plan.known(note.path))) is not None
            ]
        )

    @staticmethod
    def _remove(paths: list[str], entries: Ledger, files: MirrorFiles) -> None:
        known = entries.entries()
        for first in range(0, len(paths), BATCH):
            some = paths[first : first + BATCH]
            for path in some:
                files.remove(known[path])
            entries.put([], some)

    def _prepare(self) -> Path:
        """Return the folder of what was written. Raises MirrorFailed, OSError."""
        if self._was_there and not self._root.is_dir():
            raise MirrorFailed(
                f"The mirror {self._root} vanished.",
                hint="Bring it back, or make an empty folder there, and all is written anew. It is "
                "not made here, as another disk may belong there.",
            )
        self._root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._was_there = True
        own = self._root / OWN_FOLDER
        if own.is_symlink():
            raise MirrorFailed(f"{own} is a link. Delete it.")
        own.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        return own

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise MirrorFailed in the place of what files and SQLite raise."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise ledger.explained(error, self._root) from error
