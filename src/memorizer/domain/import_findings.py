"""What an import says of its records: refusals and notes, grouped by their reasons."""

from dataclasses import dataclass, field
from typing import Final

from memorizer.domain.memories import JsonObject
from memorizer.domain.records import ImportNote, RejectedRecord

MAX_EXAMPLES: Final = 5
"""Places that are named for one reason."""
MAX_GROUPS: Final = 100
"""Reasons that are told apart in the result of a job."""


@dataclass(slots=True)
class Group:
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
    """Refusals and notes by reason, few examples of each."""

    refusals: dict[str, Group] = field(default_factory=dict)
    notes: dict[str, Group] = field(default_factory=dict)

    def refuse(self, record: RejectedRecord) -> bool:
        """Count a refusal; return whether it is one of the first of its reason."""
        return self.refusals.setdefault(record.reason, Group()).add(record.place)

    def note(self, note: ImportNote) -> None:
        """Count a note."""
        example = f"{note.place} ({note.detail})" if note.detail else note.place
        self.notes.setdefault(note.message, Group()).add(example)

    def as_json(self) -> JsonObject:
        """Return both as the result of a job has them."""
        return {"refusals": _listed(self.refusals), "notes": _listed(self.notes)}


def _listed(groups: dict[str, Group]) -> list[JsonObject]:
    by_count = sorted(groups.items(), key=lambda item: -item[1].count)
    return [
        {"reason": reason, "count": group.count, "examples": group.examples}
        for reason, group in by_count[:MAX_GROUPS]
    ]
