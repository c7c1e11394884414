"""FastAPI dependencies: the services, the identity, and common parameters."""

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request

from memorizer.domain.auth import LOCAL_ID, Identity
from memorizer.domain.errors import InvalidField
from memorizer.domain.jobs import PUBLIC_QUEUES, Queue
from memorizer.domain.workspaces import scope_of
from memorizer.http.app_state import state_of
from memorizer.http.errors import BadRequest
from memorizer.http.routes.jobs_schemas import JOB_ID, QueueName
from memorizer.http.routes.memories_schemas import MEMORY_ID
from memorizer.http.schemas import INCLUDE_UNFILED, WORKSPACE
from memorizer.services import MemoryServices, Services

UNKNOWN_ACTOR = "api"
"""The actor recorded in events for requests without a token."""
COMMAND_ACTOR = "cli"
"""The actor for those of `memorizer COMMAND`, which names itself as User-Agent."""
COMMAND_AGENT = "memorizer-cli/"

IF_MATCH = r'^(\*|(W/)?"[0-9]{1,18}"|[0-9]{1,18})$'


async def _services(
    request: Request,
    workspace: Annotated[str | None, Query(max_length=1_000, description=WORKSPACE)] = None,
    include_unfiled: Annotated[
        bool, Query(alias="includeUnfiled", description=INCLUDE_UNFILED)
    ] = False,
) -> MemoryServices:
    """Return the use cases of what the caller may see, in the workspace that is named."""
    services = state_of(request.app).services.within(scope_of(identity_of(request)))
    return await services.narrowed(workspace, include_unfiled=include_unfiled)


def _admin_services(request: Request) -> Services:
    """Return the use cases of the whole store. Raises UnboundTokenNeeded."""
    if (identity := identity_of(request)) is not None:
        identity.require_unbound()
    return state_of(request.app).services


def _open_services(request: Request) -> Services:
    """Return all use cases, for routes that tell nothing of memories."""
    return state_of(request.app).services


def identity_of(request: Request) -> Identity | None:
    """Return the identity set by AuthenticationMiddleware; None for an anonymous request."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return identity


def _actor(request: Request) -> str:
    """Return the name to record in events."""
    identity = identity_of(request)
    if identity is not None and identity.name:
        return identity.name
    is_command = request.headers.get("user-agent", "").startswith(COMMAND_AGENT)
    return COMMAND_ACTOR if is_command else UNKNOWN_ACTOR


def _caller(request: Request) -> str:
    """Return the owner of an Idempotency-Key: the token's id."""
    identity = identity_of(request)
    return LOCAL_ID if identity is None else identity.id


def _memory_id(
    memory_id: Annotated[
        UUID, Path(alias="memoryId", description="The memory's id.", examples=[MEMORY_ID])
    ],
) -> str:
    return str(memory_id)


def parse_queue(name: str | None) -> Queue | None:
    """Return the public queue of this name, None for None. Raises BadRequest."""
    if name is None:
        return None
    for queue in PUBLIC_QUEUES:
        if queue == name:
            return queue
    known = " or ".join(f'"{queue}"' for queue in PUBLIC_QUEUES)
    raise BadRequest(f"queue: there is no queue {name!r}; use {known}, or leave it out.")


def _queue(
    queue: Annotated[
        QueueName | None,
        Query(description="The queue of the job; optional."),
    ] = None,
) -> Queue | None:
    return parse_queue(queue)


def _expected(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The version to change, as given in its `ETag`.",
            examples=['"1"'],
            json_schema_extra={"pattern": IF_MATCH},
        ),
    ] = None,
) -> int | None:
    """Return the version in If-Match; None when any is accepted. Raises InvalidField."""
    given = "*" if if_match is None else if_match.strip()
    if not re.match(IF_MATCH, given):
        problem = 'must be one version as the ETag gave it, such as "3", or *'
        raise InvalidField("If-Match", problem)
    return None if given == "*" else int(given.removeprefix("W/").strip('"'))


def etag(version: int) -> str:
    """Return a memory's version as an ETag."""
    return f'"{version}"'


def matches_etag(version: int, if_none_match: str | None) -> bool:
    """Whether If-None-Match contains this version or *."""
    if if_none_match is None:
        return False
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in known or etag(version) in known


DEFAULT_PAGE_LIMIT: Final = 100
CURSOR_DESCRIPTION: Final = "`nextCursor` of the previous page."

PageLimit = Annotated[int, Query(ge=1, le=1_000, description="Maximum page size.")]
IdCursor = Annotated[UUID | None, Query(description=CURSOR_DESCRIPTION)]
ServicesDep = Annotated[MemoryServices, Depends(_services)]
"""What the caller may see: no route of memories takes anything else."""
AdminServicesDep = Annotated[Services, Depends(_admin_services)]
"""The whole store, for administration; a token that is bound to workspaces is refused."""
OpenServicesDep = Annotated[Services, Depends(_open_services)]
"""Sessions and readiness, which are for everybody."""
IdentityDep = Annotated[Identity | None, Depends(identity_of)]
Actor = Annotated[str, Depends(_actor)]
Caller = Annotated[str, Depends(_caller)]
MemoryId = Annotated[str, Depends(_memory_id)]
JobId = Annotated[str, Path(alias="jobId", description="The job's id.", examples=[JOB_ID])]
QueueParam = Annotated[Queue | None, Depends(_queue)]
ExpectedVersion = Annotated[int | None, Depends(_expected)]
