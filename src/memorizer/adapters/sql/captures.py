"""Parts of transcripts that hooks handed over."""

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as
from memorizer.domain.captures import Capture, NewCapture
from memorizer.domain.errors import NotFound


class CaptureRows:
    """Implements ports.captures.Captures."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def add(self, new: NewCapture, id_: str, *, workspace_id: str | None, at: int) -> str | None:
        values = (id_, new.session, new.digest, new.client, workspace_id, new.part, at)
        row = self._execute(self._statements["insert_capture"], values).fetchone()
        return None if row is None else id_

    def get(self, capture_id: str) -> Capture:
        capture = row_as(Capture, self._execute(self._statements["get_capture"], (capture_id,)))
        if capture is None:
            raise NotFound("capture", capture_id)
        return capture

    def finish(self, capture_id: str) -> None:
        self._execute(self._statements["finish_capture"], (capture_id,))

    def delete_older_than(self, at: int) -> None:
        self._execute(self._statements["delete_old_captures"], (at,))
