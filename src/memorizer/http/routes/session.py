"""Routes and schemas for browser sessions: log in with a token, log out."""

from typing import Self

from fastapi import APIRouter, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.auth import Identity, Scope
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import COOKIE
from memorizer.http.dependencies import IdentityDep, OpenServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.tokens import EXAMPLE
from memorizer.http.schemas import RequestModel, ResponseModel, absent
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

    @classmethod
    def of(cls, identity: Identity | None, *, required: bool) -> Self:
        """As JSON. Where no token is needed everything may be done."""
        if identity is not None:
            return cls(required=required, name=identity.name, scope=identity.scope)
        return cls(required=required, scope=None if required else Scope.ADMIN)


router = APIRouter(prefix="/api/session", tags=["access"], responses=problems(400, 403, 503))


SESSION_SECONDS = SESSION_MS // 1000


@router.get("")
async def get_session(
    request: Request, services: OpenServicesDep, identity: IdentityDep
) -> Session:
    """Return the caller's session, and whether this server requires a token."""
    policy = state_of(request.app).authenticator.policy
    return Session.of(identity, required=await policy.requires_token(services.auth))


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
    return Session.of(Identity(token.id, token.name, token.scope, token.grants), required=required)


@router.delete("", status_code=204)
async def log_out(request: Request, response: Response, services: OpenServicesDep) -> None:
    """Log this browser out: end its session."""
    if (cookie := request.cookies.get(COOKIE)) is not None:
        await services.auth.log_out(cookie)
    response.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="strict")


def _path(request: Request) -> str:
    """Of the API alone: the page's files need no login, and agents bring tokens of their own."""
    return f"{state_of(request.app).root_path}/api"


def _is_https(request: Request) -> bool:
    """Whether the browser speaks https, if only to a proxy in front: its page's address says so."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
