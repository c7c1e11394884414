"""Reads and writes YAML front matter: the fields on top of a Markdown file, between `---` lines."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from memorizer.domain.errors import InvalidField

MAX_CHARACTERS: Final = 64 * 1024
"""Of the front matter; it is a few lines."""
_HEAD: Final = re.compile(
    r"\A---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)

Facts = Mapping[str, Any]


def compose(facts: Mapping[str, str | float | Sequence[str] | None]) -> str:
    """Return front matter with these fields, without those that are None."""
    lines = [f"{name}: {_value(fact)}" for name, fact in facts.items() if fact is not None]
    return "\n".join(["---", *lines, "---", ""])


def split(text: str) -> tuple[Facts, str]:
    """Return the fields, their values as text, and the rest of the file. Raises InvalidField."""
    head = _HEAD.match(text)
    if head is None:
        return {}, text
    if len(head[1]) > MAX_CHARACTERS:
        raise InvalidField("front matter", f"is longer than {MAX_CHARACTERS:,} characters")
    return _facts(head[1]), text[head.end() :]


class _Loader(yaml.BaseLoader):  # type: ignore[misc]  # yaml has no types
    """Loads texts, lists and mappings only: no dates, no numbers, no objects.

    Aliases are refused: a few lines of nested aliases expand to gigabytes.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            name = self.peek_event().anchor
            raise InvalidField(
                "front matter", f"has the YAML alias *{name}: write out what it stands for"
            )
        return super().compose_node(parent, index)


def _facts(head: str) -> Facts:
    try:
        facts = yaml.load(head, Loader=_Loader)  # noqa: S506 - see there
    except RecursionError:
        raise InvalidField("front matter", "is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an escape that is no character
        problem = " ".join(str(error).split())
        raise InvalidField("front matter", f"is not YAML: {problem}") from None
    if facts in (None, ""):
        return {}
    if not isinstance(facts, dict):
        raise InvalidField("front matter", "must be a list of names and values")
    return {key: value for key, value in facts.items() if isinstance(key, str)}


def _value(fact: str | float | Sequence[str]) -> str:
    match fact:
        case str():
            return quoted(fact)
        case int() | float():
            return str(fact)
        case _:
            return f"[{', '.join(quoted(item) for item in fact)}]"


def quoted(text: str) -> str:
    """Return a text as a string of YAML and JSON, on one line, printable characters unescaped."""
    return "".join(
        c if c.isprintable() else json.dumps(c)[1:-1] for c in json.dumps(text, ensure_ascii=False)
    )
