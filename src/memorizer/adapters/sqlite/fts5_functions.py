"""What the full-text search of a scope needs from the start on: without numpy."""

from array import array
from typing import Any, Final

import apsw

from memorizer.domain.text_analysis import GAP

FREQUENCIES: Final = "memory_frequencies"


def add_frequencies(connection: apsw.Connection) -> None:
    """Give a connection the function that the search calls."""
    connection.register_fts5_function(FREQUENCIES, _frequencies)


def word_of(workspace_id: str) -> str:
    """Return the word that stands for a workspace; nobody else writes it (text_analysis.GAP)."""
    return GAP + workspace_id.replace("-", "")


def _frequencies(api: apsw.FTS5ExtensionApi, *values: Any) -> bytes:
    """Return the row's length in words, then each phrase's weighted number of places, as doubles.

    `values`: the weights, and how many phrases are left out at the beginning. It is called for
    every match: JSON, generators and maps took half of its time.
    """
    of_title, of_tags, of_text, first = values
    found = array("d", [api.column_size(-1)])
    for phrase in range(first, api.phrase_count):
        title, tags, text = api.phrase_locations(phrase)
        found.append(of_title * len(title) + of_tags * len(tags) + of_text * len(text))
    return found.tobytes()
