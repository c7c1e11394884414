"""Writes a converted document: its parts become memories, replace those before them as a set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memorizer.domain.documents import (
    ConvertedDocument,
    ConvertedPart,
    Document,
    DocumentOutcome,
    DocumentPart,
    IngestRequest,
    match_parts,
    provenance,
)
from memorizer.domain.memories import MAX_TITLE, Content, Memory
from memorizer.domain.metadata import Metadata
from memorizer.domain.secrets import SecretHandling, handled
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import MemoryTransaction
from memorizer.services.embedding import Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import bulk_job, embedding_job
from memorizer.services.memories import edit_event
from memorizer.services.memory_writer import MemoryWriter


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The bytes of a document, as they came."""

    checksum: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DocumentWriter:
    """Writes documents inside a transaction."""

    recorder: ChangeRecorder
    embedding: Embedding
    clock: Clock
    secrets: SecretHandling = SecretHandling.REPORT
    """What becomes of keys and passwords in the text of a part."""

    def known(
        self, tx: MemoryTransaction, request: IngestRequest, file: SourceFile
    ) -> Document | None:
        """Return the document that holds exactly these bytes already."""
        same_source = tx.documents.find_by_source(request.workspace_id, request.source)
        if same_source is None:
            return tx.documents.find_by_checksum(request.workspace_id, file.checksum)
        return same_source if same_source.checksum == file.checksum else None

    def unchanged(
        self, tx: MemoryTransaction, request: IngestRequest, known: Document
    ) -> Mapping[str, object]:
        """End the job of a document that is here already; its result."""
        self._forget_upload(tx, request)
        return _result(DocumentOutcome.UNCHANGED, known, Counter(kept=known.part_count))

    def write(
        self,
        tx: MemoryTransaction,
        request: IngestRequest,
        file: SourceFile,
        converted: ConvertedDocument,
    ) -> Mapping[str, object]:
        """Write the document and its parts; the result of its job.

        Raises NotFound, InvalidField for refused secrets.
        """
        if request.workspace_id is not None:
            tx.workspaces.hold(request.workspace_id)
        tx.documents.lock()
        if (known := self.known(tx, request, file)) is not None:
            return self.unchanged(tx, request, known)
        before = tx.documents.find_by_source(request.workspace_id, request.source)
        document = self._document(request, file, converted, before)
        if before is None:
            tx.documents.add(document)
        else:
            tx.documents.update(document)
        counts = _PartsWriter(self, tx, request, document).write(converted.parts)
        self._forget_upload(tx, request)
        outcome = DocumentOutcome.CREATED if before is None else DocumentOutcome.UPDATED
        return _result(outcome, document, counts)

    def delete(self, tx: MemoryTransaction, document: Document, actor: str) -> int:
        """Move the parts to the trash and forget the document; the number of parts."""
        ids = [part.memory_id for part in tx.documents.parts(document.id) if not part.is_deleted]
        memories = tx.memories.get_many(ids)
        for memory in memories:
            self.memories.delete(tx, memory, actor)
        tx.documents.remove(document.id)
        return len(memories)

    @property
    def memories(self) -> MemoryWriter:
        """What writes the parts."""
        return MemoryWriter(self.embedding, self.recorder, self.clock)

    def _document(
        self,
        request: IngestRequest,
        file: SourceFile,
        converted: ConvertedDocument,
        before: Document | None,
    ) -> Document:
        now = self.clock.now()
        title = converted.title[:MAX_TITLE]
        if before is not None:
            return replace(
                before,
                title=title,
                media_type=converted.media_type,
                checksum=file.checksum,
                size_bytes=file.size_bytes,
                version=before.version + 1,
                updated_at=now,
                warnings=converted.warnings,
            )
        return Document(
            self.clock.new_id(),
            request.workspace_id,
            request.source,
            title,
            converted.media_type,
            file.checksum,
            file.size_bytes,
            1,
            now,
            now,
            converted.warnings,
        )

    def _forget_upload(self, tx: MemoryTransaction, request: IngestRequest) -> None:
        if request.upload_id is not None:
            tx.documents.remove_upload(request.upload_id)


@dataclass(frozen=True, slots=True)
class _PartsWriter:
    """Writes the parts of one version of a document."""

    writer: DocumentWriter
    tx: MemoryTransaction
    request: IngestRequest
    document: Document

    def write(self, new: Sequence[ConvertedPart]) -> Counter[str]:
        """Write all parts; the memories of those that are gone go to the trash."""
        tx, counts = self.tx, Counter[str]()
        old = tx.documents.parts(self.document.id)
        here = {m.id: m for m in tx.memories.get_many([p.memory_id for p in old])}
        kept, to_embed = list[DocumentPart](), list[str]()
        for position, (part, before) in enumerate(
            zip(new, match_parts(old, new), strict=True), start=1
        ):
            memory_id, outcome = self._write_one(part, before, here)
            counts[outcome] += 1
            if outcome in {"added", "updated"}:
                to_embed.append(memory_id)
            kept.append(DocumentPart(memory_id, position, part.checksum, part.page, part.line))
        gone = here.keys() - {part.memory_id for part in kept}
        for memory_id in sorted(gone):
            self.writer.memories.delete(tx, here[memory_id], self.request.actor)
        counts["removed"] = len(gone)
        tx.documents.set_parts(self.document.id, kept)
        self._embed(to_embed)
        return counts

    def _write_one(
        self, part: ConvertedPart, before: DocumentPart | None, here: Mapping[str, Memory]
    ) -> tuple[str, str]:
        """Write one part; return its memory's id and what became of it."""
        memory = here.get(before.memory_id) if before else None
        is_same_text = before is not None and before.checksum == part.checksum
        if before is not None and memory is None and is_same_text:
            return before.memory_id, "kept"  # somebody deleted it: a new version revives nothing
        if memory is None:
            content = handled(self.request.content(part, self.document.id), self.writer.secrets)
            created = self.writer.memories.insert(
                self.tx,
                content,
                None,
                self.request.actor,
                workspace_id=self.request.workspace_id,
                embeds=False,
            )
            return created.memory.id, "added"
        wanted = self._changed(memory.content, part, keep_text=is_same_text)
        wanted = handled(wanted, self.writer.secrets, memory.content)
        if wanted == memory.content:
            return memory.id, "kept"
        self.writer.memories.change(
            self.tx,
            memory,
            wanted,
            edit_event(memory, wanted),
            embedded=None,
            actor=self.request.actor,
            embeds=False,
        )
        return memory.id, "updated"

    def _changed(self, present: Content, part: ConvertedPart, *, keep_text: bool) -> Content:
        """Return the content after the new version; what people changed beside the text stays."""
        source = provenance(self.document.id, self.request.source, part.page)
        others = {name: value for name, value in present.metadata.items() if name != "page"}
        metadata = Metadata({**others, **source})
        if keep_text:
            return replace(present, metadata=metadata)
        return replace(present, text=part.text, title=part.title[:MAX_TITLE], metadata=metadata)

    def _embed(self, ids: Sequence[str]) -> None:
        clock = self.writer.clock
        if len(ids) > 1 and self.tx.models.active() is not None:
            self.tx.jobs.enqueue([bulk_job(clock, ids, {})])
        elif ids:
            self.tx.jobs.enqueue([embedding_job(clock, memory_id) for memory_id in ids])


def _result(
    outcome: DocumentOutcome, document: Document, counts: Mapping[str, int]
) -> dict[str, object]:
    names = ("added", "updated", "removed", "kept")
    return {
        "outcome": outcome.value,
        "documentId": document.id,
        **{name: counts.get(name, 0) for name in names},
        "warnings": list(document.warnings),
    }
