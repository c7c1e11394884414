"""Reads and writes front matter: the fields on top of a Markdown file.

It is YAML between lines of `---` (`...` may end it, as in pandoc and Jekyll), or as Hugo has it:
TOML between lines of `+++`, or a JSON object.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import yaml

from memorizer.adapters.formats.json_fields import MAX_DEPTH
from memorizer.domain.errors import InvalidField

MAX_CHARACTERS: Final = 64 * 1024
"""Of the front matter; it is a few lines."""
_HEAD: Final = re.compile(
    r"\A(---|\+\+\+)[ \t]*\r?\n(.*?)(?:^|\r?\n)\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_HEAD_WITH_DOTS: Final = re.compile(
    r"\A---[ \t]*\r?\n(.*?)(?:^|\r?\n)\.\.\.[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_JSON_HEAD: Final = re.compile(r"\A\{[ \t]*\r?\n.*?\n\}[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TAGS_LIKE_COMMENTS: Final = re.compile(
    r"^((?:tags?:)?[ \t]*(?:-[ \t]+)?)(#[^\s#\"'\\][^\"'\\\r\n]*)$", re.MULTILINE | re.IGNORECASE
)
_TAG_FIELD: Final = re.compile(r"^tags?:", re.MULTILINE | re.IGNORECASE)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_TOML_MARK: Final = "+++"

# libyaml reads heads several times as fast; not every platform has it
_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Facts = Mapping[str, Any]


def compose(facts: Mapping[str, str | float | Sequence[str] | None]) -> str:
    """Return front matter with these fields, without those that are None."""
    lines = [f"{name}: {_value(fact)}" for name, fact in facts.items() if fact is not None]
    return "\n".join(["---", *lines, "---", ""])


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of a head, their values as text, and the rest of the file.

    A head that cannot be read has no fields, a `problem`, and stays in the text.
    """

    facts: Facts
    text: str
    problem: str | None = None


def split(text: str) -> Head:
    """Separate the fields on top of a text from the rest."""
    head = _HEAD.match(text)
    if head is None:
        return _split_by_dots(text) or _split_json(text) or Head({}, text)
    try:
        facts = _toml(head[2]) if head[1] == _TOML_MARK else _yaml(head[2])
    except InvalidField as error:
        return Head({}, text, error.problem)
    return Head(facts, text[head.end() :])


def _split_by_dots(text: str) -> Head | None:
    """Separate a head that ends with `...`; without fields it is three dots in a text."""
    if (head := _HEAD_WITH_DOTS.match(text)) is None:
        return None
    try:
        facts = _yaml(head[1])
    except InvalidField:
        return None
    return Head(facts, text[head.end() :]) if facts else None


def _split_json(text: str) -> Head | None:
    """Separate a JSON object on top of a text; a file of JSON alone is no note with a head."""
    if (head := _JSON_HEAD.match(text)) is None or not text[head.end() :].strip():
        return None
    try:
        _check_length(head[0])
        facts = {key: _as_text(value) for key, value in json.loads(head[0]).items()}
        return Head({key: facts[key] for key in map(_storable, facts)}, text[head.end() :])
    except (ValueError, RecursionError, InvalidField):
        return None


def dump(facts: Facts) -> str:
    """Return fields of a head as YAML."""
    return str(yaml.safe_dump(dict(facts), allow_unicode=True, sort_keys=False))


def _toml(head: str) -> Facts:
    _check_length(head)
    try:
        return {key: _as_text(value) for key, value in tomllib.loads(head).items()}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidField("head", f"is not TOML: {' '.join(str(error).split())}") from None


def _as_text(value: Any) -> Any:
    """Return a value of TOML or JSON as YAML's are read here: single ones as text."""
    match value:
        case list():
            return [_as_text(item) for item in value]
        case dict():
            return {key: _as_text(item) for key, item in value.items()}
        case None | bool():
            return json.dumps(value)
        case str():
            return _storable(value)
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _yaml(head: str) -> Facts:
    """Read YAML: texts, lists and mappings only, no dates, no numbers, no objects."""
    _check_length(head)
    if "#" in head and _TAG_FIELD.search(head):
        head = _TAGS_LIKE_COMMENTS.sub(_with_quotes, head)
    try:
        facts = _composed(yaml.parse(head, Loader=_Loader))
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an escape that is no character
        problem = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        raise InvalidField("head", f"is not YAML: {problem}") from None
    if facts in (None, ""):
        return {}
    if not isinstance(facts, dict):
        raise InvalidField("head", "is no list of names and values")
    return facts


def _with_quotes(line: re.Match[str]) -> str:
    """Quote tags that people write with their #, which YAML takes for comments."""
    is_value = line[1].strip()  # `tags:` or `-`; a line that begins with # is a comment
    return f'{line[1]}"{line[2].rstrip()}"' if is_value else line[0]


def _composed(events: Iterable[yaml.Event]) -> Any:
    """Build the value of the first document, without recursion: libyaml's own crashes on depth.

    Aliases are refused: a few lines of nested aliases expand to gigabytes.
    """
    root: list[Any] = []
    open_ = [root]
    """Lists of items; of a mapping, its names and values in turn."""
    for event in events:
        match event:
            case yaml.ScalarEvent():
                open_[-1].append(_storable(event.value))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(open_) > MAX_DEPTH:
                    raise InvalidField("head", "is nested too deeply")
                open_.append([])
            case yaml.SequenceEndEvent():
                items = open_.pop()
                open_[-1].append(items)
            case yaml.MappingEndEvent():
                items = open_.pop()
                open_[-1].append(_mapping(items))
            case yaml.AliasEvent():
                problem = f"has the YAML alias *{event.anchor}: write out what it stands for"
                raise InvalidField("head", problem)
            case yaml.DocumentEndEvent():
                break
    return root[0] if root else None


def _mapping(items: list[Any]) -> dict[str, Any]:
    names, values = items[::2], items[1::2]
    if not all(isinstance(name, str) for name in names):
        raise InvalidField("head", "has a name that is no text, such as {{name}}")
    found = dict(zip(names, values, strict=True))
    if len(found) < len(names):  # YAML forbids it, and editors keep either one
        together: dict[str, list[Any]] = {}
        for name, value in zip(names, values, strict=True):
            together.setdefault(name, []).extend(value if isinstance(value, list) else [value])
        often = Counter(names)
        found = {n: every if often[n] > 1 else found[n] for n, every in together.items()}
    return found


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise InvalidField("head", "has an escape that is no character")
    return text


def _check_length(head: str) -> None:
    if len(head) > MAX_CHARACTERS:
        raise InvalidField("head", f"is longer than {MAX_CHARACTERS:,} characters")


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
