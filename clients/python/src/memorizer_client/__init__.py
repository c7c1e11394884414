"""Client of Memorizer, the self-hosted memory for AI agents.

>>> with Memorizer() as memorizer:
...     memorizer.memories.create("We deploy on Tuesdays.")
...     memorizer.search("when do we deploy").results[0].memory.text
"""

from memorizer_client._async_client import AsyncMemorizer
from memorizer_client._async_memories import NewMemory
from memorizer_client._client import Memorizer
from memorizer_client._requests import UNSET, ApiRequest, Retries
from memorizer_client.errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidRequest,
    MemorizerError,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)

__all__ = [
    "UNSET",
    "ApiError",
    "ApiRequest",
    "AsyncMemorizer",
    "Conflict",
    "ConnectionFailed",
    "Forbidden",
    "InvalidRequest",
    "Memorizer",
    "MemorizerError",
    "NewMemory",
    "NotFound",
    "Retries",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
]
