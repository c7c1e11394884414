"""Items of a LangGraph store as memories: namespaces and keys as paths, values as text."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import unquote

from langgraph.store.base import Item

from memorizer_client._requests import fields_of
from memorizer_client.models import Memory

INDEXED: Final = "langgraph"
NOT_INDEXED: Final = "langgraph-unindexed"
"""The types of memories: those that a query finds, and those put with `index=False`."""
TTL: Final = "langgraph.ttl"
"""Minutes from the last use on."""
TEXT_FIELD: Final = "langgraph.text"
"""The field whose value is the memory's text; without it, the text is the whole value as JSON."""
PARTIAL: Final = "langgraph.partial"
"""True where fields that a filter may name had no room in the metadata."""

TEXT_FIELDS: Final = ("text", "content", "memory", "data")
MAX_METADATA: Final = 6_000
"""Bytes of JSON; the server takes 8,192."""
MAX_NAME: Final = 200
MAX_EXACT: Final = 2**53

_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f/%\ud800-\udfff\ufffe\uffff\U0010fffe\U0010ffff]")


def path_segment(label: str) -> str:
    """Return a label as one part of a key, so that no two labels have the same."""
    if label in {"", ".", ".."} or normalize("NFC", label) != label:
        return "%" + "%".join(f"{byte:02X}" for byte in _utf8(label)) if label else "%"
    return _UNSAFE.sub(lambda match: _escaped(match[0]), label)


def label_of(segment: str) -> str:
    """Return what `path_segment` was given."""
    return "" if segment == "%" else unquote(segment, errors="surrogatepass")


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in _utf8(character))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def path_of(prefix: str, namespace: Sequence[str]) -> str:
    """Return how the keys of a namespace begin; it ends with `/`."""
    return "/".join([prefix, *map(path_segment, namespace), ""])


def names_of(root: str, key: str) -> tuple[tuple[str, ...], str]:
    """Return the namespace and the key of the item that a memory's key stands for."""
    *namespace, name = map(label_of, key.removeprefix(root).split("/"))
    return tuple(namespace), name


def memory_of(value: Mapping[str, Any], *, is_indexed: bool, ttl: float | None) -> dict[str, Any]:
    """Return what to store for a value. Raises TypeError if it is no JSON.

    A readable memory where one field is the text and the others are flat: it is found by what it
    says, and looks well on the page. Otherwise the text is the JSON. Either way flat fields are
    metadata too, for filters.
    """
    text, metadata = _readable(value) or (_json(value), _flat(value))
    if ttl is not None:
        metadata[TTL] = ttl
    return fields_of(
        text=text,
        type=INDEXED if is_indexed else NOT_INDEXED,
        source="langgraph",
        metadata=metadata,
        valid_until=None if ttl is None else datetime.now(UTC) + timedelta(minutes=ttl),
    )


def value_of(memory: Memory) -> dict[str, Any]:
    """Return the value that a memory holds; the text of one that somebody else wrote."""
    if (field := memory.metadata.get(TEXT_FIELD)) is not None:
        ours = {TEXT_FIELD, TTL}
        rest = {name: each for name, each in memory.metadata.items() if name not in ours}
        return rest | {str(field): memory.text}
    try:
        value = json.loads(memory.text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {TEXT_FIELDS[0]: memory.text}


def item_fields(root: str, memory: Memory) -> dict[str, Any]:
    """Return the arguments of an Item."""
    namespace, key = names_of(root, memory.key or "")
    return {
        "namespace": namespace,
        "key": key,
        "value": value_of(memory),
        "created_at": memory.created_at,
        "updated_at": memory.updated_at,
    }


def item_of(root: str, memory: Memory) -> Item:
    """Return the item that a memory is."""
    return Item(**item_fields(root, memory))


def is_expired(memory: Memory) -> bool:
    """Whether its time to live is over."""
    return memory.valid_until is not None and memory.valid_until <= datetime.now(UTC)


def _readable(value: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    field = next((name for name in TEXT_FIELDS if isinstance(value.get(name), str)), None)
    if field is None or not _is_text(value[field]):
        return None
    rest = {name: each for name, each in value.items() if name != field}
    if not all(fits(name, each) for name, each in rest.items()):
        return None
    metadata = rest | {TEXT_FIELD: field}
    return (value[field], metadata) if len(_json(metadata).encode()) <= MAX_METADATA else None


def _is_text(text: str) -> bool:
    """Whether the server stores it as it is: a letter, digit or sign, and only characters."""
    visible = any(character.isprintable() and not character.isspace() for character in text)
    return visible and not re.search("[\x00\ud800-\udfff]", text)


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that fit into metadata, shortest first."""
    found: dict[str, Any] = {}
    size = 0
    by_size = sorted(value.items(), key=lambda pair: len(_json(pair[1])))
    for name, each in by_size:
        cost = len(_json({name: each}).encode())
        if fits(name, each) and size + cost <= MAX_METADATA:
            found[name] = each
            size += cost
        elif _is_flat(each):
            found[PARTIAL] = True
    return found


def _is_flat(value: object) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def fits(name: object, value: object) -> bool:
    """Whether the server takes it as metadata, and returns it as it is."""
    if not isinstance(name, str) or not _is_name(name) or not _is_flat(value):
        return False
    if isinstance(value, str):
        return not re.search("[\x00\ud800-\udfff]", value)
    return value is None or isinstance(value, bool) or abs(value) <= MAX_EXACT  # type: ignore[arg-type]


def _is_name(name: str) -> bool:
    is_ours = name.startswith("langgraph.")
    begins_well = bool(name) and not name[0].isspace() and name[0] != "$"
    well = begins_well and name.isprintable() and normalize("NFC", name) == name
    return well and not is_ours and len(name.encode()) <= MAX_NAME


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_mapping)
    return json.dumps(value, default=_mapping) if re.search("[\ud800-\udfff]", text) else text


def _mapping(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"A value of the store must be JSON, and a {type(value).__name__} is none.")
