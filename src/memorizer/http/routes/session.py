"""Routes and schemas for browser sessions: log in with a token, log out."""

from collections.abc import Mapping
from typing import Self

from fastapi import APIRouter, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.auth import Identity, Scope
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import COOKIE
from memorizer.http.dependencies import IdentityDep, OpenServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.tokens import EXAMPLE, Grant, workspace_paths
from memorizer.http.schemas import RequestModel, ResponseModel, absent
from memorizer.services import Services
from memorizer.services.auth import SESSION_MS


class Login(RequestModel):
    """The token to log in with."""

    token: str = Field(min_length=1, max_length=200, description="A token.", examples=[EXAMPLE])


class Session(ResponseModel):
    """The caller's token name and scope, and whether a token is required."""

    required: bool = Field(description="Whether this server requires a token.", examples=[True])
    name: str | SkipJsonSchema[None] = absent(
        description="The name of the token; omitted if none was sent.", examples=["laptop"]
    )
    scope: Scope | SkipJsonSchema[None] = absent(
        description="The caller's scope; omitted if it has none.", examples=[Scope.ADMIN]
    )

    workspaces: list[Grant] | SkipJsonSchema[None] = absent(
        description="The workspaces the token is bound to; omitted if it may see everything."
    )

    @classmethod
    def of(cls, identity: Identity | None, paths: Mapping[str, str], *, required: bool) -> Self:
        """As JSON; `paths` of workspaces by id. Where no token is needed everything may be done."""
        if identity is None:
            return cls(required=required, scope=None if required else Scope.ADMIN)
        return cls(
            required=required,
            name=identity.name,
            scope=identity.scope,
            workspaces=Grant.list_of(identity.grants, paths),
        )


router = APIRouter(prefix="/api/session", tags=["access"], responses=problems(400, 403, 503))


SESSION_SECONDS = SESSION_MS // 1000


@router.get("")
async def get_session(
    request: Request, services: OpenServicesDep, identity: IdentityDep
) -> Session:
    """Return the caller's session, and whether this server requires a token."""
    policy = state_of(request.app).authenticator.policy
    required = await policy.requires_token(services.auth)
    return Session.of(identity, await _paths(identity, services), required=required)


@router.post("", responses=problems(413, 415, 422))
async def log_in(
    body: Login, request: Request, response: Response, services: OpenServicesDep
) -> Session:
    """Log a browser in with an HttpOnly session cookie, valid for at most seven days."""
    authenticator = state_of(request.app).authenticator
    access = services.auth
    token, text = await authenticator.throttle_failed_login(
        request.scope, access.log_in(body.token.strip())
    )
    response.set_cookie(
        COOKIE,
        text,
        max_age=SESSION_SECONDS,
        path=_path(request),
        secure=_is_https(request),
        httponly=True,
        samesite="strict",
    )
    required = await authenticator.policy.requires_token(access)
    identity = Identity(token.id, token.name, token.scope, token.grants)
    return Session.of(identity, await _paths(identity, services), required=required)


@router.delete("", status_code=204)
async def log_out(request: Request, response: Response, services: OpenServicesDep) -> None:
    """Log this browser out: end its session."""
    if (cookie := request.cookies.get(COOKIE)) is not None:
        await services.auth.log_out(cookie)
    response.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="strict")


async def _paths(identity: Identity | None, services: Services) -> Mapping[str, str]:
    """Return the paths of workspaces by id, where the identity is bound to some."""
    is_bound = identity is not None and identity.grants is not None
    return await workspace_paths(services) if is_bound else {}


def _path(request: Request) -> str:
    """Of the API alone: the page's files need no login, and agents bring tokens of their own."""
    return f"{state_of(request.app).root_path}/api"


def _is_https(request: Request) -> bool:
    """Whether the browser speaks https, if only to a proxy in front: its page's address says so."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
