"""What `memorizer import` says of its records: refusals and notes by their reasons, and counts."""

from typing import TYPE_CHECKING, Final

from memorizer.cli import console
from memorizer.domain.import_findings import MAX_EXAMPLES, Findings
from memorizer.domain.records import Outcome, RecordType, RejectedRecord

if TYPE_CHECKING:
    from rich.progress import Progress

    from memorizer.services.import_ import Report

SOME_REFUSED: Final = 3
"""The exit code when some records were refused; 2 is that of wrong arguments."""


class PrintedFindings(Findings):
    """Refusals are printed as they come, notes at the end; few of each kind."""

    def print_refusal(self, progress: "Progress", record: RejectedRecord) -> None:
        """Print a refusal, unless the same was said often."""
        from rich.text import Text

        if self.refuse(record):
            place, reason = console.plain(record.place), console.plain(record.reason)
            line = Text.assemble(("refused ", "yellow"), f"{place}: {reason}")
            progress.console.print(line, soft_wrap=True)

    def print_rest(self) -> None:
        """Print how often refusals came that were not printed, and the notes."""
        for reason, group in self.refusals.items():
            if group.count > MAX_EXAMPLES:
                more = group.count - MAX_EXAMPLES
                console.note(f"{more:,} more were refused: {console.plain(reason)}")
        for message, group in self.notes.items():
            more_ = ", …" if group.count > MAX_EXAMPLES else ""
            console.note(f"{message} ({group.count:,}): {', '.join(group.examples)}{more_}")


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
