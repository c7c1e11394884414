"""What no schema can say; read by the command in test_schemathesis.py."""

# ruff: noqa: ARG001 - schemathesis wants exactly these parameters

from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import UseAfterFree


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """What looks amiss to who knows the schema alone."""
    if isinstance(failure, UseAfterFree) and case.operation.path.endswith("/events"):
        return False  # the history of a deleted memory can still be read
    if response.status_code == 413:  # one memory too many is too long before it is too many
        return False
    # an Idempotency-Key belongs to the request that it first came with
    return "Idempotency key reused" not in response.text
