"""Adapters say what they ask for as generators of requests; both clients run them.

A plan yields requests and gets their answers (JSON), or their errors thrown in.
"""

from collections.abc import Generator
from typing import Any, TypeVar

from memorizer_client._async_client import AsyncMemorizer
from memorizer_client._client import Memorizer
from memorizer_client._requests import ApiRequest
from memorizer_client.errors import MemorizerError

T = TypeVar("T")

Plan = Generator[ApiRequest, Any, T]


def drive(client: Memorizer, plan: Plan[T]) -> T:
    """Run a plan. Raises what the plan does not handle."""
    try:
        request = next(plan)
        while True:
            try:
                answer = client.request(request)
            except MemorizerError as error:
                request = plan.throw(error)
            else:
                request = plan.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


async def drive_async(client: AsyncMemorizer, plan: Plan[T]) -> T:
    """Run a plan. Raises what the plan does not handle."""
    try:
        request = next(plan)
        while True:
            try:
                answer = await client.request(request)
            except MemorizerError as error:
                request = plan.throw(error)
            else:
                request = plan.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
