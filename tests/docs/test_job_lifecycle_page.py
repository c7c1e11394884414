"""docs/job-lifecycle.md shows the table of states that the code obeys."""

from pathlib import Path

from memorizer.domain.jobs import LIFECYCLE

PAGE = Path(__file__).parents[2] / "docs" / "job-lifecycle.md"


def test_the_page_shows_the_states_of_the_code() -> None:
    rows = [
        f"| `{state}` | {rule.meaning} | {'yes' if rule.final else 'no'} "
        f"| {', '.join(sorted(rule.actions))} |"
        for state, rule in LIFECYCLE.items()
    ]
    assert "\n".join(rows) in PAGE.read_text(encoding="utf-8")
