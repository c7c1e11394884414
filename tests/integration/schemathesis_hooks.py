"""What no schema can say; read by the command in test_schemathesis.py."""

# ruff: noqa: ARG001 - schemathesis wants exactly these parameters

from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """An Idempotency-Key belongs to the request that it first came with."""
    return "Idempotency key reused" not in response.text
