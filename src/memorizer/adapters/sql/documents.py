"""Documents, their parts and their uploads, as rows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from memorizer.adapters.sql.dialect import (
    AFTER_ALL_IDS,
    Dialect,
    Execute,
    Touch,
    row_as,
    rows_as,
)
from memorizer.domain.documents import Document, DocumentPart
from memorizer.domain.errors import NotFound
from memorizer.domain.topics import MEMORIES

ROWS_PER_INSERT: Final = 100
"""Each statement is a round trip."""


class _DocumentRow(NamedTuple):
    id: str
    workspace_id: str | None
    source: str
    title: str
    media_type: str
    checksum: str
    size_bytes: int
    version: int
    created_at: int
    updated_at: int
    warnings: str
    part_count: int

    def to_document(self) -> Document:
        facts = self._asdict() | {
            "warnings": tuple(json.loads(self.warnings)),
            "part_count": int(self.part_count),
        }
        return Document(**facts)


def _part(*row: Any) -> DocumentPart:
    *columns, is_deleted = row
    return replace(DocumentPart(*columns), is_deleted=bool(is_deleted))


class DocumentRows:
    """Implements ports.documents.Documents."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._dialect = dialect
        self._statements = dialect.statements

    def lock(self) -> None:
        if self._dialect.documents_lock:
            self._execute(self._dialect.documents_lock)

    def get(self, document_id: str) -> Document:
        found = self._find("get_document", document_id)
        if found is None:
            raise NotFound("document", document_id)
        return found

    def find_by_source(self, workspace_id: str | None, source: str) -> Document | None:
        return self._find("find_document_by_source", source, workspace_id)

    def find_by_checksum(self, workspace_id: str | None, checksum: str) -> Document | None:
        return self._find("find_document_by_checksum", checksum, workspace_id)

    def page(self, *, before: str | None, limit: int) -> list[Document]:
        values = (AFTER_ALL_IDS if before is None else before, limit)
        rows = self._execute(self._statements["page_documents"], values)
        return [row.to_document() for row in rows_as(_DocumentRow, rows)]

    def add(self, document: Document) -> None:
        self._execute(
            self._statements["insert_document"],
            (
                document.id,
                document.workspace_id,
                document.source,
                document.title,
                document.media_type,
                document.checksum,
                document.size_bytes,
                document.version,
                document.created_at,
                document.updated_at,
                _warnings(document),
            ),
        )
        self._touch(MEMORIES)

    def update(self, document: Document) -> None:
        self._execute(
            self._statements["update_document"],
            (
                document.title,
                document.media_type,
                document.checksum,
                document.size_bytes,
                document.version,
                document.updated_at,
                _warnings(document),
                document.id,
            ),
        )
        self._touch(MEMORIES)

    def remove(self, document_id: str) -> None:
        self._execute(self._statements["delete_document"], (document_id,))
        self._touch(MEMORIES)

    def parts(self, document_id: str) -> list[DocumentPart]:
        return rows_as(
            _part, self._execute(self._statements["list_document_parts"], (document_id,))
        )

    def set_parts(self, document_id: str, parts: Sequence[DocumentPart]) -> None:
        self._execute(self._statements["delete_document_parts"], (document_id,))
        for start in range(0, len(parts), ROWS_PER_INSERT):
            some = parts[start : start + ROWS_PER_INSERT]
            marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(some))
            self._execute(
                self._statements["insert_document_parts"].format(rows=marks),
                [
                    value
                    for each in some
                    for value in (
                        *(document_id, each.position, each.memory_id, each.checksum),
                        *(each.page, each.line),
                    )
                ],
            )

    def rehome(self, workspace_id: str, target_id: str | None) -> None:
        self._execute(self._statements["move_documents"], (target_id, workspace_id))

    def add_chunk(self, upload_id: str, number: int, content: bytes, at: int) -> None:
        values = (upload_id, number, content, at)
        self._execute(self._statements["insert_upload_chunk"], values)

    def chunk(self, upload_id: str, number: int) -> bytes | None:
        values = (upload_id, number)
        row = self._execute(self._statements["get_upload_chunk"], values).fetchone()
        return None if row is None else bytes(row[0])

    def remove_upload(self, upload_id: str) -> None:
        self._execute(self._statements["delete_upload"], (upload_id,))

    def remove_uploads_before(self, at: int) -> None:
        self._execute(self._statements["delete_old_uploads"], (at,))

    def _find(self, statement: str, *values: str | None) -> Document | None:
        row = row_as(_DocumentRow, self._execute(self._statements[statement], values))
        return None if row is None else row.to_document()


def _warnings(document: Document) -> str:
    return json.dumps(list(document.warnings), ensure_ascii=False)
