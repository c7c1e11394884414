"""Which memories the records of a source are: by their own ids, names or texts.

All records are matched at once, so that a note that was copied, or that has the old name of another
one, does not take its memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from memorizer.domain.records import (
    UNKNOWN_TIME_MS,
    ExternalId,
    SourceEntry,
    SourceListing,
    derived_id,
)
from memorizer.ports.transactions import CopyTransaction

ID, PERMALINK, PATH, TEXT = "id:", "permalink:", "path:", "text:"
_COMMON_NAMES: Final = frozenset({"readme", "index", "_index", "untitled"})
"""Files of these names are in many folders: one elsewhere is another one."""


@dataclass(slots=True)
class Identities:
    """The memories of a source's records, and what has to be written of their names."""

    source: str
    collection: str
    ids: dict[str, str] = field(default_factory=dict)
    """By the id of the record as it was read."""
    _entries: dict[str, SourceEntry] = field(default_factory=dict)
    _present: set[tuple[str, str]] = field(default_factory=set)
    """Keys and memories that are known as the last ones of their kind."""

    def memory_id(self, parsed_id: str) -> str:
        """Return the memory's id, or the id as it is for a record of no listing."""
        return self.ids.get(parsed_id, parsed_id)

    def new_names(self, parsed_id: str, at: int) -> list[ExternalId]:
        """Return names of a memory that are not stored, or not as its present ones."""
        entry = self._entries.get(parsed_id)
        if entry is None:
            return []
        memory_id = self.ids[parsed_id]
        if all((key, memory_id) in self._present for key in entry.keys):
            return []
        return [ExternalId(key, memory_id, self.collection, at) for key in entry.keys]


def resolve(tx: CopyTransaction, listing: SourceListing) -> Identities:
    """Find the memories of all records; those that are new get ids that nothing has."""
    entries = listing.entries
    keys = [key for entry in entries for key in entry.keys]
    collections = [
        name
        for name, (known, total) in tx.external_ids.collections(listing.source, keys).items()
        if known * 2 >= min(total, len(entries))
    ]
    names = tx.external_ids.of_collections(listing.source, collections)
    matcher = _Matcher(entries, names)
    matcher.by_names()
    older = [id_ for entry in entries for id_ in (entry.memory_id, *entry.older_ids)]
    matcher.by_ids(tx.external_ids.unclaimed(older))
    matcher.by_text(_texts(names))
    matcher.by_path_end()
    digests = [key.removeprefix(TEXT) for key in keys if key.startswith(TEXT)]
    matcher.by_text(tx.external_ids.unclaimed_with_text(listing.source, digests))
    collection = _collection(listing, names, matcher.found)
    matcher.give_new_ids(listing.source, collection, tx.external_ids.taken)
    last = _last(names)
    present = {(name.key, name.memory_id) for name in names if name.at == last[name.memory_id]}
    known = {entry.memory_id: entry for entry in entries}
    return Identities(listing.source, collection, matcher.found, known, present)


def _texts(names: list[ExternalId]) -> list[tuple[str, str]]:
    last = _last(names)
    return [
        (name.key.removeprefix(TEXT), name.memory_id)
        for name in names
        if name.key.startswith(TEXT) and name.at == last[name.memory_id]
    ]


def _last(names: list[ExternalId]) -> dict[str, int]:
    """Return when each memory was seen last; names of that time are its present ones."""
    return {name.memory_id: name.at for name in names}  # they come in the order of time


def _collection(listing: SourceListing, names: list[ExternalId], found: dict[str, str]) -> str:
    """Return the collection that most of the memories are in, or a new one."""
    ids = set(found.values())
    counts: dict[str, int] = {}
    for name in names:
        if name.memory_id in ids:
            counts[name.collection] = counts.get(name.collection, 0) + 1
    if counts:
        return max(counts, key=lambda name: (counts[name], name))
    keys = sorted(key for entry in listing.entries for key in entry.keys)
    return derived_id(UNKNOWN_TIME_MS, listing.source, "collection", *keys)


class _Matcher:
    """Gives each record one memory, and each memory to one record."""

    def __init__(self, entries: tuple[SourceEntry, ...], names: list[ExternalId]) -> None:
        self._left = {entry.memory_id: entry for entry in entries}
        self._names = names
        self._last = _last(names)
        self._taken: set[str] = set()
        self.found: dict[str, str] = {}
        for entry in entries:
            if entry.is_ours:
                self._match(entry, entry.memory_id)

    def by_names(self) -> None:
        """Match by ids, then by present and by former permalinks and paths, the surest first."""
        now: dict[str, list[str]] = {}
        ever: dict[str, list[str]] = {}
        for name in reversed(self._names):
            ever.setdefault(name.key, []).append(name.memory_id)
            if name.at == self._last[name.memory_id]:
                now.setdefault(name.key, []).append(name.memory_id)
        self._by_keys(ever, (ID,))
        self._by_both(now)
        for known in (now, ever):
            self._by_keys(known, (PERMALINK,))
            self._by_keys(known, (PATH,))

    def by_ids(self, unclaimed: set[str]) -> None:
        """Match what earlier releases imported, which wrote no names."""
        for entry in self._remaining():
            for id_ in (entry.memory_id, *entry.older_ids):
                if id_ in unclaimed and self._match(entry, id_):
                    break

    def by_text(self, texts: list[tuple[str, str]]) -> None:
        """Match by equal text, given as digests and ids."""
        ids: dict[str, list[str]] = {}
        for digest, memory_id in texts:
            ids.setdefault(TEXT + digest, []).append(memory_id)
        self._by_keys(ids, (TEXT,))

    def by_path_end(self) -> None:
        """Match paths of which one is the end of the other, or files of a name of their own."""
        homeless: dict[str, list[tuple[str, str]]] = {}
        for name in self._names:
            is_present = name.at == self._last[name.memory_id]
            if name.key.startswith(PATH) and is_present and name.memory_id not in self._taken:
                path = name.key.removeprefix(PATH)
                homeless.setdefault(_name(path), []).append((path, name.memory_id))
        seeking: dict[str, list[SourceEntry]] = {}
        for entry in self._remaining():
            for key in entry.keys:
                if key.startswith(PATH):
                    seeking.setdefault(_name(key.removeprefix(PATH)), []).append(entry)
        for name_, entries in seeking.items():
            candidates = homeless.get(name_, [])
            if len(entries) == len(candidates) == 1 and _stem(name_) not in _COMMON_NAMES:
                self._match(entries[0], candidates[0][1])
                continue
            for entry in entries:
                paths = {key.removeprefix(PATH) for key in entry.keys if key.startswith(PATH)}
                ends = [id_ for path, id_ in candidates if any(_is_end(path, p) for p in paths)]
                if len(ends) == 1:
                    self._match(entry, ends[0])

    def give_new_ids(
        self, source: str, collection: str, taken: Callable[[list[str]], set[str]]
    ) -> None:
        """Give the rest their own ids, or others where a memory has them already."""
        left = self._remaining()
        not_free = taken([entry.memory_id for entry in left])
        for entry in left:
            id_, number = entry.memory_id, 0
            while id_ in not_free or not self._match(entry, id_):
                number += 1
                parts = (source, "memory", collection, entry.memory_id, str(number))
                id_ = derived_id(UNKNOWN_TIME_MS, *parts)
                not_free |= taken([id_])

    def _remaining(self) -> list[SourceEntry]:
        return list(self._left.values())

    def _by_keys(self, known: dict[str, list[str]], kinds: tuple[str, ...]) -> None:
        for entry in self._remaining():
            for key in entry.keys:
                ids = known.get(key, ()) if key.startswith(kinds) else ()
                if any(self._match(entry, id_) for id_ in ids if id_ not in self._taken):
                    break

    def _by_both(self, now: dict[str, list[str]]) -> None:
        """Match by permalink and path together: a copy of a file has only the first."""
        for entry in self._remaining():
            names = [key for key in entry.keys if key.startswith((PERMALINK, PATH))]
            found = [set(now.get(key, ())) for key in names]
            for id_ in set.intersection(*found) if len(found) > 1 else ():
                self._match(entry, id_)

    def _match(self, entry: SourceEntry, memory_id: str) -> bool:
        if memory_id in self._taken or entry.memory_id not in self._left:
            return False
        del self._left[entry.memory_id]
        self._taken.add(memory_id)
        self.found[entry.memory_id] = memory_id
        return True


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(name: str) -> str:
    return name.rpartition(".")[0].casefold() or name.casefold()


def _is_end(one: str, other: str) -> bool:
    """Whether one path is the end of the other."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")
