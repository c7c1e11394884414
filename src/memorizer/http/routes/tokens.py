"""Routes and schemas for access tokens: create, list, revoke."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

import structlog
from fastapi import APIRouter, Path, Request
from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import auth as domain
from memorizer.domain.auth import MAX_TOKEN_NAME, UNSHOWABLE, Scope
from memorizer.domain.errors import Conflict
from memorizer.domain.timestamps import to_iso
from memorizer.http.app_state import state_of
from memorizer.http.dependencies import Actor, AdminServicesDep, IdentityDep
from memorizer.http.errors import problems
from memorizer.http.schemas import AsWhole, RequestModel, ResponseModel, Storable, Timestamp, absent
from memorizer.services import Services
from memorizer.services.auth import MAX_DAYS

TOKEN_ID = "0c7d3f91ab52"  # noqa: S105 - an example of an id, which is public


EXAMPLE = f"mzr_{TOKEN_ID}_{'…'}"


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TOKEN_NAME),
    Storable,
    Field(json_schema_extra={"pattern": rf"^[^{UNSHOWABLE}]*[^\s{UNSHOWABLE}][^{UNSHOWABLE}]*$"}),
]


Days = Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS), AsWhole]


class Grant(ResponseModel):
    """What a token may do in a workspace and all below it."""

    workspace: str = Field(
        description="The workspace's path; its id, if it was deleted.", examples=["acme"]
    )
    workspace_id: str
    scope: Scope

    @classmethod
    def list_of(
        cls, grants: Sequence[domain.WorkspaceGrant] | None, paths: Mapping[str, str]
    ) -> list[Self] | None:
        """As JSON; `paths` of workspaces by id; None for what is not bound."""
        if grants is None:
            return None
        return [
            cls(
                workspace=paths.get(grant.workspace_id, grant.workspace_id),
                workspace_id=grant.workspace_id,
                scope=grant.scope,
            )
            for grant in grants
        ]


class WorkspaceChoice(RequestModel):
    """A workspace to bind a token to."""

    workspace: str = Field(
        min_length=1, max_length=1_000, description="Its id or path.", examples=["acme/billing-api"]
    )
    scope: Scope | None = Field(
        None, description="What the token may do there; the token's own scope by default."
    )


class Token(ResponseModel):
    """A token's metadata, without its secret."""

    id: str = Field(examples=[TOKEN_ID])
    name: str = Field(
        description="Name shown as the actor in the events of memories.", examples=["laptop"]
    )
    scope: Scope = Field(description="Each scope includes those before it.", examples=[Scope.WRITE])
    created_at: Timestamp
    workspaces: list[Grant] | SkipJsonSchema[None] = absent(
        description="The workspaces it is bound to; omitted if it may see everything."
    )
    expires_at: Timestamp | SkipJsonSchema[None] = absent(
        description="Omitted if it never expires."
    )
    last_used_at: Timestamp | SkipJsonSchema[None] = absent(
        description="To the minute; omitted if it was never used."
    )

    @classmethod
    def of(cls, token: domain.Token, paths: Mapping[str, str], /, **more: str) -> Self:
        """As JSON; `paths` of workspaces by id; `more` fills fields that a subclass has."""
        known = {
            "workspaces": Grant.list_of(token.grants, paths),
            "id": token.id,
            "name": token.name,
            "scope": token.scope,
            "created_at": to_iso(token.created_at),
            "expires_at": None if token.expires_at is None else to_iso(token.expires_at),
            "last_used_at": None if token.last_used_at is None else to_iso(token.last_used_at),
        }
        return cls.model_validate(known | more)


class NewToken(Token):
    """A new token; only this response contains its secret."""

    token: str = Field(
        description="The secret. Store it now: it cannot be shown again.", examples=[EXAMPLE]
    )


class Tokens(ResponseModel):
    """All tokens that are not revoked, oldest first."""

    tokens: list[Token]
    count: int = Field(examples=[1])


class TokenRequest(RequestModel):
    """Name, scope and lifetime of a new token."""

    name: Name = Field(description="A name that says where it is used.", examples=["laptop"])
    scope: Scope = Field(description="What it allows.", examples=[Scope.WRITE])
    workspaces: list[WorkspaceChoice] = Field(
        [],
        max_length=100,
        description="Binds the token to these workspaces and all below them: it sees nothing else "
        "and cannot administer the store. Empty: not bound.",
    )
    expires_in_days: Days | None = Field(
        None, description="Days until it expires; null: never.", examples=[90]
    )


log = structlog.get_logger(__name__)


router = APIRouter(
    prefix="/api/admin/tokens", tags=["access"], responses=problems(400, 403, 422, 503)
)


TokenId = Annotated[
    str, Path(alias="tokenId", description="The token's id or name.", examples=[TOKEN_ID])
]


@router.get("")
async def list_tokens(services: AdminServicesDep) -> Tokens:
    """List all tokens that are not revoked, oldest first, without their secrets."""
    paths = await workspace_paths(services)
    tokens = [Token.of(token, paths) for token in await services.auth.tokens()]
    return Tokens(tokens=tokens, count=len(tokens))


@router.post("", status_code=201, responses=problems(404, 409, 413, 415))
async def create_token(
    body: TokenRequest,
    services: AdminServicesDep,
    identity: IdentityDep,
    actor: Actor,
    request: Request,
) -> NewToken:
    """Create a token. Only this response contains its secret.

    Once a token exists, all requests require one, so the first must have the scope `admin`.
    """
    policy = state_of(request.app).authenticator.policy
    is_open = identity is None and policy.auth == "auto"
    is_whole = body.scope is Scope.ADMIN and not body.workspaces
    if is_open and not is_whole and not await services.auth.requires_token():
        raise Conflict(
            "The first token must have the scope `admin` and be bound to no workspace: once it "
            "exists, all requests require a token, and only an unbound `admin` token can create "
            "others through the API."
        )
    wanted = [(each.workspace, each.scope or body.scope) for each in body.workspaces]
    grants = await services.workspaces.grants(wanted) if wanted else None
    token, text = await services.auth.create(
        body.name, body.scope, days=body.expires_in_days, grants=grants
    )
    log.info("token created", token=token.name, scope=token.scope.value, by=actor)
    return NewToken.of(token, await workspace_paths(services), token=text)


@router.delete("/{tokenId}", status_code=204, responses=problems(404))
async def revoke_token(token_id: TokenId, services: AdminServicesDep, actor: Actor) -> None:
    """Revoke a token and end all sessions opened with it."""
    token = await services.auth.revoke(token_id)
    log.info("token revoked", token=token.name, by=actor)


async def workspace_paths(services: Services) -> Mapping[str, str]:
    """Return the paths of all workspaces by id."""
    return {node.workspace.id: node.workspace.path for node in await services.workspaces.tree()}
