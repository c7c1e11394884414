"""JSON Schemas that every client understands: flat, without references and alternatives.

Clients drop or refuse whole servers over `$ref`, `anyOf` and `null`: what may be absent is just
not required. Titles and defaults of null only cost tokens.
"""

from typing import Any

from pydantic import BaseModel

DROPPED = frozenset({"title", "$defs", "additionalProperties"})
SAYS_NOTHING: tuple[object, ...] = (None, "", [], {})


def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a tool's arguments."""
    schema: dict[str, Any] = _flat(model.model_json_schema())
    schema.pop("description", None)
    return {"type": "object", "properties": {}} | schema


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a tool's result; nested objects are left open to save tokens.

    Arrays without `items`, and objects without `type`, because fastmcp 2 reads one of type object
    as one that has no fields, and empties it. Inspector's linter wants some keyword, however.
    """
    schema = input_schema(model)
    for name, part in schema["properties"].items():
        if "properties" in part:
            schema["properties"][name] = {"minProperties": 1}
        if "properties" in part.get("items", {}):
            del part["items"]
    return schema


def _flat(node: Any, root: Any = None) -> Any:
    """Without references, alternatives and what says nothing."""
    root = node if root is None else root
    if isinstance(node, list):
        return [_flat(each, root) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        part = _flat(root["$defs"][node["$ref"].rpartition("/")[2]], root)
        part.pop("description", None)
        return part
    if "anyOf" in node:
        [kind] = [each for each in node["anyOf"] if each != {"type": "null"}]
        node = {key: value for key, value in node.items() if key != "anyOf"} | kind
    return {
        key: _properties(value, root) if key == "properties" else _flat(value, root)
        for key, value in node.items()
        if key not in DROPPED and not (key == "default" and value in SAYS_NOTHING)
    }


def _properties(properties: dict[str, Any], root: Any) -> dict[str, Any]:
    """Flatten each property; one of them may be called `title`."""
    return {name: _flat(schema, root) for name, schema in properties.items()}
