"""Full-text search inside a scope: BM25 as FTS5 has it, but from what is in the scope alone.

FTS5's own counts how many memories of the whole store have a word, so that a score would tell what
is elsewhere. Among the tags of a memory stands a word for its workspace: with it, the lists of the
query's words are not read to their ends.
"""

import json
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.fts5_functions import FREQUENCIES, word_of
from memorizer.domain.memories import Filter
from memorizer.domain.search import Candidate, matched_share
from memorizer.domain.text_analysis import MAX_QUERY_TERMS, most_telling

K1: Final = 1.2
B: Final = 0.75
MIN_IDF: Final = 1e-6
MAX_NAMED_WORKSPACES: Final = 50
"""Of so many the words are searched for; each costs as much as a word of the query."""
_MATCHING: Final = f"""
SELECT rowid, {FREQUENCIES}(memory_words, ?, ?, ?, ?) FROM memory_words WHERE memory_words MATCH ?
"""
# Unary + disables the rowid lookup: one pass over the posting list is faster.
_IN_SCOPE: Final = " AND +rowid IN (SELECT seq FROM visible_memories)"
_PLACES: Final = """
SELECT w.id FROM temp.scope_workspaces s LEFT JOIN workspaces w ON w.seq = s.seq
"""
_PASSING: Final = """
SELECT m.seq, m.id FROM json_each(?) wanted CROSS JOIN visible_memories m ON m.seq = wanted.value
WHERE
"""

Frequencies = NDArray[np.float64]


def search(
    execute: Execute,
    phrases: Sequence[str],
    weights: Sequence[float],
    filter_: Filter,
    *,
    limit: int,
    is_indexed: bool,
) -> list[Candidate]:
    """Memories with all phrases, then those with some of them; best first.

    The mean length is that of the matches. `weights`: of title, tags and text. `is_indexed`:
    whether all memories have the word of their workspace.
    """
    matches = _matches(execute, phrases, weights, is_indexed=is_indexed) if phrases else []
    if not matches:
        return []
    seqs = np.array([seq for seq, _ in matches], np.int64)
    table = np.frombuffer(b"".join(row for _, row in matches)).reshape(len(seqs), -1)
    lengths, frequencies = table[:, 0], _most_telling(table[:, 1:])
    [(size,)] = execute("SELECT count(*) FROM visible_memories")
    scores = _scores(lengths, frequencies, int(size))
    matched, asked = np.count_nonzero(frequencies, axis=1), frequencies.shape[1]
    ranked = np.lexsort((seqs, scores, matched == asked))[::-1]
    ranked = ranked[matched[ranked] > 0]
    found: list[Candidate] = []
    for start in range(0, len(ranked), limit):
        some = ranked[start : start + limit]
        ids = _passing(execute, seqs[some].tolist(), filter_)
        found += [
            Candidate(ids[seq], float(scores[at]), matched_share(int(matched[at]), asked))
            for at, seq in zip(some, seqs[some].tolist(), strict=True)
            if seq in ids
        ]
        if len(found) >= limit:
            break
    return found[:limit]


def _matches(
    execute: Execute, phrases: Sequence[str], weights: Sequence[float], *, is_indexed: bool
) -> list[tuple[int, bytes]]:
    """Return the `seq` of each memory of the scope that has any phrase, and its frequencies."""
    expression = " OR ".join(phrases)
    places = [id_ for (id_,) in execute(_PLACES)]
    if not is_indexed or None in places or len(places) > MAX_NAMED_WORKSPACES:
        values = (*weights, 0, expression)
        return execute(f"{_MATCHING}{_IN_SCOPE}", values).fetchall()
    if not places:
        return []
    named = " OR ".join(f'"{word_of(place)}"' for place in places)
    values = (*weights, len(places), f"tags : ({named}) AND ({expression})")
    return execute(_MATCHING, values).fetchall()


def _passing(execute: Execute, seqs: Sequence[int], filter_: Filter) -> dict[int, str]:
    condition = where(filter_, SQLITE)
    values = (json.dumps(seqs), *condition.values)
    return dict(execute(f"{_PASSING} {condition.sql}", values).fetchall())


def _most_telling(frequencies: Frequencies) -> Frequencies:
    """Return the same for so many phrases as are searched for, chosen by what is in the scope."""
    if frequencies.shape[1] <= MAX_QUERY_TERMS:
        return frequencies
    having = np.count_nonzero(frequencies, axis=0).tolist()
    return frequencies[:, most_telling(range(len(having)), having)]


def _scores(lengths: Frequencies, frequencies: Frequencies, size: int) -> Frequencies:
    having = np.count_nonzero(frequencies, axis=0)
    idfs = np.log(np.maximum((size - having + 0.5) / (having + 0.5), math.exp(MIN_IDF)))
    norms = K1 * (1 - B + B * lengths / (lengths.mean() or 1))
    parts = idfs * frequencies * (K1 + 1) / (frequencies + norms[:, None])
    scores: Frequencies = parts.sum(axis=1)
    return scores
