"""What no schema can say; read by the command in test_schemathesis.py."""

# ruff: noqa: ARG001 - schemathesis wants exactly these parameters

from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import (
    RejectedPositiveData,
    UnsupportedMethodResponse,
    UseAfterFree,
)

UNSAYABLE = (
    "neither an id nor a path such as",  # letters and digits of all scripts, in up to eight parts
    "The address holds a NUL character",  # in parameters of any kind
    "must be later than validFrom",
    "must lie in the years 1970 to 9999",
    "this server fetches no addresses",  # nor is it said which addresses are taken
    "which would lead out of its folder",
    "has control characters",
    "file: is empty",
    "a proposal of the kind",  # which kind takes which fields
    "send the file in a field of this name",  # without a file name it is a text
    "give the `text` of a new memory, or `by`, the id of a stored one",
)
"""What replies say of requests that are wrong though they are valid by the schema."""


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """What looks amiss to who knows the schema alone."""
    if isinstance(failure, UseAfterFree) and case.operation.path.endswith("/events"):
        return False  # the history of a deleted memory can still be read
    is_batch = case.operation.path == "/api/memories/batch"
    if is_batch and response.status_code == 413:  # it is too long before it is too many
        return False
    if isinstance(failure, RejectedPositiveData | UnsupportedMethodResponse):
        return not any(words in response.text for words in UNSAYABLE)
    # an Idempotency-Key belongs to the request that it first came with
    return "Idempotency key reused" not in response.text
