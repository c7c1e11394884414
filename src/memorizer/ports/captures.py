"""Captures, as rows."""

from typing import Protocol

from memorizer.domain.captures import Capture, NewCapture


class Captures(Protocol):
    """Parts of transcripts that wait for their jobs, and which were handed over."""

    def add(self, new: NewCapture, id_: str, *, workspace_id: str | None, at: int) -> str | None:
        """Store a part (UTC milliseconds); None if its session has handed over the same."""
        ...

    def get(self, capture_id: str) -> Capture:
        """Return the capture. Raises NotFound."""
        ...

    def finish(self, capture_id: str) -> None:
        """Delete the text of a part; that it was handed over stays known."""
        ...

    def delete_older_than(self, at: int) -> None:
        """Forget finished parts from before `at` (UTC milliseconds)."""
        ...
