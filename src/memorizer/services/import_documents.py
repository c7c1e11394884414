"""Documents of an imported file: known by id or source, added with the parts that are here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from memorizer.domain.errors import InvalidField, NotFound
from memorizer.domain.records import Counts, DocumentRecord, Outcome, RecordType, RejectedRecord
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Transaction
from memorizer.services.import_workspaces import WorkspaceImporter


@dataclass(frozen=True, slots=True)
class DocumentImporter:
    """Adds documents inside `tx`; nothing is written in a dry run."""

    tx: Transaction
    clock: Clock
    workspaces: WorkspaceImporter
    is_here: Callable[[str], bool]
    """Whether a memory is live."""

    def add(self, place: str, record: DocumentRecord) -> tuple[Counts, list[RejectedRecord]]:
        """Add a document that is not here; one that is stays as it is."""
        try:
            workspace_id = self.workspaces.place(self.tx, record.document.workspace_id)
        except InvalidField as error:
            return Counter(), [RejectedRecord(place, str(error))]
        document = replace(record.document, workspace_id=workspace_id)
        documents = self.tx.documents
        is_known = self._has(document.id) or documents.find_by_source(workspace_id, document.source)
        outcome = Outcome.KNOWN if is_known else Outcome.ADDED
        if not is_known and not self.workspaces.is_dry_run:
            if not self.workspaces.scope.is_all:  # its id may be in use outside of the scope
                document = replace(document, id=self.clock.new_id())
            documents.lock()
            documents.add(document)
            here = [part for part in record.parts if self.is_here(part.memory_id)]
            documents.set_parts(document.id, here)
        return Counter({(RecordType.DOCUMENTS, outcome): 1}), []

    def _has(self, document_id: str) -> bool:
        try:
            self.tx.documents.get(document_id)
        except NotFound:
            return False
        return True
