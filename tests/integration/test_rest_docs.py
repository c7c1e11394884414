"""The API explains itself, without a network."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from memorizer.http.app import create_app, openapi_text

Operation = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return create_app().openapi()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) == 3
    assert '"validatorUrl": null' in page
    for address in addresses:
        assert address.startswith("/docs/assets/")
        assert (await client.get(address)).status_code == 200
    assert 'url: "/openapi.json"' in page or "url: '/openapi.json'" in page
    assert (await client.get("/openapi.json")).json() == create_app().openapi()


def test_the_description_is_the_same_at_every_build() -> None:
    assert openapi_text() == openapi_text()
    assert openapi_text().endswith("}\n")


def test_every_operation_is_described_and_named_for_its_function(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(schema)]
    assert len(set(names)) == len(names)
    known = {tag["name"] for tag in schema["tags"]}
    for name, operation in operations(schema):
        assert operation["description"], name
        assert set(operation["tags"]) <= known, name
        assert operation["operationId"].isidentifier(), name


def test_every_parameter_is_described(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (name, parameter["name"])


def test_every_field_of_a_request_is_described_and_unknown_ones_are_refused(
    schema: dict[str, Any],
) -> None:
    for name, operation in operations(schema):
        for reference in re.findall(r"schemas/(\w+)", str(operation.get("requestBody", ""))):
            body = schema["components"]["schemas"][reference]
            assert body["additionalProperties"] is False, name
            for field, described in body["properties"].items():
                assert "description" in described or "examples" in described, (name, field)


def test_every_error_has_the_one_shape(schema: dict[str, Any]) -> None:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for name, operation in operations(schema):
        for status, response in operation["responses"].items():
            if status >= "400" and name != "GET /readyz":
                assert response["content"] == problem, (name, status)


def test_all_names_in_json_are_camel_case(schema: dict[str, Any]) -> None:
    for name, described in schema["components"]["schemas"].items():
        for field in described.get("properties", {}):
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", field), (name, field)
