"""What can go wrong, by what a caller can do about it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

_T = TypeVar("_T")


class MemorizerError(Exception):
    """Any error of this package."""


class ConnectionFailed(MemorizerError):
    """The server gave no answer: it is down, its address is wrong, or it took too long.

    Whether it has done what was asked is unknown if the request had been sent.
    """


class ApiError(MemorizerError):
    """The server refused. `str(error)` has its message and its hint: what happened, what to do."""

    def __init__(
        self,
        status: int,
        error: str,
        message: str,
        *,
        hint: str | None = None,
        details: Any = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{message} {hint}" if hint else message)
        self.status = status
        """The HTTP status."""
        self.error = error
        """A short name, such as "Key taken"."""
        self.message = message
        self.hint = hint
        """How to repair what is unavailable; None if there is nothing to repair."""
        self.details = details
        """Facts to act on: a field and its problem, a version, …"""
        self.retry_after = retry_after
        """Seconds to wait before the next try; None if the server did not say."""


class InvalidRequest(ApiError):
    """400, 413, 415, 422: the request itself is wrong."""


class Unauthorized(ApiError):
    """401: the server wants a token, or another one."""


class Forbidden(ApiError):
    """403: the token may not do this."""


class NotFound(ApiError):
    """404: it does not exist, or the token may not see it."""


class Conflict(ApiError):
    """409, 412: somebody was faster, or the key is taken. Read it again, then decide."""

    @property
    def current_version(self) -> int | None:
        """The version that the memory has now; None if the conflict is about something else."""
        return self._detail("currentVersion", int)

    @property
    def memory_id(self) -> str | None:
        """The memory that has the key; None if the conflict is about something else."""
        return self._detail("memoryId", str)

    def _detail(self, name: str, type_: type[_T]) -> _T | None:
        found = self.details.get(name) if isinstance(self.details, Mapping) else None
        return found if isinstance(found, type_) else None


class TooManyRequests(ApiError):
    """429: wait `retry_after` seconds. Raised when the retries are used up."""


class Unavailable(ApiError):
    """5xx: a part of the server does not work; `hint` says how to repair it."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    429: TooManyRequests,
}


def error_of(status: int, body: Any, retry_after: float | None) -> ApiError:
    """Return the error that a response of this status is; `body`: its JSON, or anything else."""
    problem = body if isinstance(body, Mapping) else {}
    kind = _BY_STATUS.get(
        status, Unavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else InvalidRequest
    )
    return kind(
        status,
        str(problem.get("error") or f"HTTP {status}"),
        str(problem.get("message") or f"The server replied {status} and did not say why."),
        hint=problem.get("hint"),
        details=problem.get("details"),
        retry_after=retry_after,
    )
