"""Tokens: make, list, revoke."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request

from memorizer.domain.auth import Scope
from memorizer.domain.errors import Conflict
from memorizer.http.authentication import Authenticator
from memorizer.http.dependencies import Actor, IdentityDep, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas.access import TOKEN_ID, NewToken, Token, TokenRequest, Tokens

log = structlog.get_logger(__name__)

router = APIRouter(
    prefix="/api/admin/tokens", tags=["access"], responses=problems(400, 403, 422, 503)
)

TokenId = Annotated[
    str, Path(alias="tokenId", description="The token's id, or its name.", examples=[TOKEN_ID])
]


@router.get("")
async def list_tokens(services: ServicesDep) -> Tokens:
    """List all tokens that were not revoked, oldest first; what opens is not shown again."""
    tokens = [Token.of(token) for token in await services.auth.tokens()]
    return Tokens(tokens=tokens, count=len(tokens))


@router.post("", status_code=201, responses=problems(409, 413, 415))
async def create_token(
    body: TokenRequest,
    services: ServicesDep,
    identity: IdentityDep,
    actor: Actor,
    request: Request,
) -> NewToken:
    """Make a token. Only this reply shows it.

    From the first token on everybody needs one, so the first must have the scope `admin`.
    """
    entrance: Authenticator = request.app.state.entrance
    is_open = identity is None and entrance.terms.auth == "auto"
    if is_open and body.scope is not Scope.ADMIN and not await services.auth.requires_token():
        raise Conflict(
            "The first token must have the scope `admin`: from then on everybody needs a token, "
            "and without that one nobody could make another from here."
        )
    token, text = await services.auth.create(body.name, body.scope, days=body.expires_in_days)
    log.info("token created", token=token.name, scope=token.scope.value, by=actor)
    return NewToken.of(token, token=text)


@router.delete("/{tokenId}", status_code=204, responses=problems(404))
async def revoke_token(token_id: TokenId, services: ServicesDep, actor: Actor) -> None:
    """Make a token useless, with everybody who is logged in with it."""
    token = await services.auth.revoke(token_id)
    log.info("token revoked", token=token.name, by=actor)
