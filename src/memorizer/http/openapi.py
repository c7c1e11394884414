"""Corrections of the OpenAPI document that FastAPI generates."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from memorizer.domain.auth import Scope
from memorizer.http.auth.authenticator import COOKIE
from memorizer.http.auth.permissions import AccessLevel, required_access
from memorizer.http.errors import MEANINGS, PROBLEM
from memorizer.http.schemas import Problem

WORKSPACE = "workspace"
FRAMEWORK_ERRORS = ("HTTPValidationError", "ValidationError")


SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, for API clients.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same token, for clients that know this header only.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The session cookie set by `POST /api/session`, for browsers.",
    },
}


class MemorizerApi(FastAPI):
    """FastAPI with security schemes, scopes and real error responses in its OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description, made at the first call."""
        if self.openapi_schema is None:
            schema = super().openapi()
            schema["components"]["securitySchemes"] = SECURITY_SCHEMES
            for method, path, operation in _operations(schema):
                _describe_needs(operation, required_access(method.upper(), path))
                operation["responses"] |= _answers_to_workspace(operation)
                operation["responses"] = _clean_responses(operation["responses"])
                for parameter in operation.get("parameters", []):
                    parameter["schema"] = _clean_parameter(parameter["schema"])
                    if parameter["schema"].get("type") == "object":
                        parameter |= {"style": "deepObject", "explode": True}
            schemas = schema["components"]["schemas"]
            for name in FRAMEWORK_ERRORS:
                schemas.pop(name, None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= {**problem.pop("$defs"), Problem.__name__: problem}
            schema["components"]["schemas"] = dict(sorted(schemas.items()))
        return super().openapi()


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _describe_needs(operation: dict[str, Any], needed: Scope | AccessLevel) -> None:
    """Document the scope; routes without authentication lose their 401 and 429."""
    if isinstance(needed, Scope):
        operation["description"] += f"\n\nRequires the scope `{needed}` where tokens are required."
        operation["security"] = [{}, *({name: []} for name in SECURITY_SCHEMES)]
    elif needed is AccessLevel.PUBLIC:
        for status in ("401", "429"):
            operation["responses"].pop(status)


def _answers_to_workspace(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what any operation answers to a workspace that does not exist, or cannot."""
    names = [parameter["name"] for parameter in operation.get("parameters", [])]
    if WORKSPACE not in names:
        return {}
    content = {"application/json": {"schema": PROBLEM}}
    return {
        str(status): {"description": MEANINGS[status], "content": content} for status in (404, 422)
    }


def _clean_responses(responses: dict[str, Any]) -> dict[str, Any]:
    """Drop FastAPI's validation errors, and give errors of streams the content type JSON."""
    kept = {
        status: response
        for status, response in sorted(responses.items())
        if "HTTPValidationError" not in str(response)
    }
    for response in kept.values():
        if PROBLEM in [media.get("schema") for media in response.get("content", {}).values()]:
            response["content"] = {"application/json": {"schema": PROBLEM}}
        elif (stream := response.get("content", {}).get("text/event-stream")) is not None:
            stream.pop("schema")  # it is no string that a client could wait for
    return kept


def _clean_parameter(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop null from optional parameters, and generated titles."""
    if (choices := schema.pop("anyOf", None)) is not None:
        [schema_when_given] = [choice for choice in choices if choice != {"type": "null"}]
        schema = schema_when_given | schema
    return {key: value for key, value in schema.items() if key != "title"}
