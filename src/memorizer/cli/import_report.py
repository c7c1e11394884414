"""What `memorizer import` says of its records: refusals and notes by their reasons, and counts."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memorizer.cli import console
from memorizer.domain.records import ImportNote, Outcome, RecordType, RejectedRecord

if TYPE_CHECKING:
    from rich.progress import Progress

    from memorizer.services.import_ import Report

SOME_REFUSED: Final = 3
"""The exit code when some records were refused; 2 is that of wrong arguments."""
MAX_EXAMPLES: Final = 5
"""Places that are named for one note, and refusals that are printed for one reason."""


@dataclass(slots=True)
class _Group:
    """How often something was said, and where first."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> bool:
        """Count it; return whether it is one of the first."""
        self.count += 1
        is_first = self.count <= MAX_EXAMPLES
        if is_first:
            self.examples.append(example)
        return is_first


@dataclass(slots=True)
class Findings:
    """Refusals, printed as they come, and notes, printed at the end; few of each kind."""

    _refusals: dict[str, _Group] = field(default_factory=dict)
    _notes: dict[str, _Group] = field(default_factory=dict)

    def refuse(self, progress: "Progress", record: RejectedRecord) -> None:
        """Print a refusal, unless the same was said often."""
        from rich.text import Text

        place, reason = console.plain(record.place), console.plain(record.reason)
        if self._refusals.setdefault(reason, _Group()).add(place):
            line = Text.assemble(("refused ", "yellow"), f"{place}: {reason}")
            progress.console.print(line, soft_wrap=True)

    def note(self, note: ImportNote) -> None:
        """Keep a note for the end."""
        example = f"{note.place} ({note.detail})" if note.detail else note.place
        self._notes.setdefault(note.message, _Group()).add(example)

    def print_rest(self) -> None:
        """Print how often refusals came that were not printed, and the notes."""
        for reason, group in self._refusals.items():
            if group.count > MAX_EXAMPLES:
                console.note(f"{group.count - MAX_EXAMPLES:,} more were refused: {reason}")
        for message, group in self._notes.items():
            more = ", …" if group.count > MAX_EXAMPLES else ""
            console.note(f"{message} ({group.count:,}): {', '.join(group.examples)}{more}")


def print_report(report: "Report", *, dry_run: bool) -> None:
    """Print what an import did, or would do."""
    verbs = {
        Outcome.ADDED: "Would add" if dry_run else "Added",
        Outcome.UPDATED: "Would update" if dry_run else "Updated",
        Outcome.KNOWN: "Already here:",
    }
    for outcome, verb in verbs.items():
        counts = [(report.count(type_, outcome), type_) for type_ in RecordType]
        parts = [f"{count:,} {_noun(type_, count)}" for count, type_ in counts if count]
        if parts:
            console.success(f"{verb} {', '.join(parts)}")
    if report.refused:
        console.failure(f"Refused {report.refused:,}; the reasons are above")
    if not report.refused and not any(report.counts.values()):
        console.line("Nothing to import.")


def _noun(type_: RecordType, count: int) -> str:
    """Return the name of a record type, in the singular for a count of 1."""
    plural = {RecordType.VERSIONS: "earlier versions"}.get(type_, str(type_))
    if count != 1:
        return plural
    return {RecordType.MEMORIES: "memory"}.get(type_, plural.removesuffix("s"))
