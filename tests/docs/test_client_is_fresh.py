"""The Python client is what the API is, and its synchronous half what the other one is."""

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from tools.sync_client import sync_files

from memorizer_client import models
from memorizer_client._decoding import camel_case

OPENAPI = json.loads((Path(__file__).parents[2] / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = OPENAPI["components"]["schemas"]
NAMES = {
    "BatchOutcome": "BatchOutcome",
    "JobProgress": None,  # an event of a stream, of which OpenAPI has only an example
    "Memory": "FoundMemory",
    "MemoryEvents": "Events",
    "MemoryVersions": "Versions",
    "Workspace": "CountedWorkspace",
    "WorkspaceList": "Workspaces",
}
CLASSES = [each for each in vars(models).values() if hasattr(each, "__dataclass_fields__")]


def test_the_synchronous_half_is_fresh() -> None:
    for file, text in sync_files():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: run `make client`"


@pytest.mark.parametrize("model", CLASSES, ids=lambda model: model.__name__)
def test_models_are_what_the_api_answers(model: Any) -> None:
    name = NAMES.get(model.__name__, model.__name__)
    if name is None:
        return
    schema = SCHEMAS[name]
    for field in fields(model):
        spelled = camel_case(field.name)
        assert spelled in schema["properties"], spelled
        if field.default is MISSING and field.default_factory is MISSING:
            assert spelled in schema["required"], f"{spelled} may be absent"
