"""Tokens and sessions as JSON."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import auth as domain
from memorizer.domain.auth import MAX_NAME, UNSHOWABLE, Identity, Scope
from memorizer.domain.timestamps import to_iso
from memorizer.http.schemas.base import (
    AsWhole,
    RequestModel,
    ResponseModel,
    Storable,
    Timestamp,
    absent,
)
from memorizer.services.auth import MOST_DAYS

TOKEN_ID = "0c7d3f91ab52"  # noqa: S105 - an example of an id, which is public
EXAMPLE = f"mzr_{TOKEN_ID}_{'…'}"

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
    Storable,
    Field(json_schema_extra={"pattern": rf"^[^{UNSHOWABLE}]*[^\s{UNSHOWABLE}][^{UNSHOWABLE}]*$"}),
]
Days = Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS), AsWhole]


class Token(ResponseModel):
    """A token as it can be seen later: without what opens."""

    id: str = Field(examples=[TOKEN_ID])
    name: str = Field(description="Who did it, in the events of memories.", examples=["laptop"])
    scope: Scope = Field(description="Each includes those before it.", examples=[Scope.WRITE])
    created_at: Timestamp
    expires_at: Timestamp | SkipJsonSchema[None] = absent(
        description="Left out when it never expires."
    )
    last_used_at: Timestamp | SkipJsonSchema[None] = absent(
        description="To the minute; left out when it was never used."
    )

    @classmethod
    def of(cls, token: domain.Token, /, **more: str) -> Self:
        """As JSON; `more` fills fields that a subclass has of its own."""
        known = {
            "id": token.id,
            "name": token.name,
            "scope": token.scope,
            "created_at": to_iso(token.created_at),
            "expires_at": None if token.expires_at is None else to_iso(token.expires_at),
            "last_used_at": None if token.last_used_at is None else to_iso(token.last_used_at),
        }
        return cls.model_validate(known | more)


class NewToken(Token):
    """A token just made. Only this reply ever holds what opens."""

    token: str = Field(description="Keep it now: it cannot be shown again.", examples=[EXAMPLE])


class Tokens(ResponseModel):
    """All tokens that were not revoked, oldest first."""

    tokens: list[Token]
    count: int = Field(examples=[1])


class TokenRequest(RequestModel):
    """What a new token shall be."""

    name: Name = Field(description="Where it will be used.", examples=["laptop"])
    scope: Scope = Field(description="What it permits.", examples=[Scope.WRITE])
    expires_in_days: Days | None = Field(
        None, description="After how many days it stops working; null: never.", examples=[90]
    )


class Login(RequestModel):
    """What a person types to log in."""

    token: str = Field(min_length=1, max_length=200, description="A token.", examples=[EXAMPLE])


class Session(ResponseModel):
    """Who asks, as the server sees it."""

    required: bool = Field(description="Whether a token is needed here.", examples=[True])
    name: str | SkipJsonSchema[None] = absent(
        description="The name of the token; left out when none was shown.", examples=["laptop"]
    )
    scope: Scope | SkipJsonSchema[None] = absent(
        description="What may be done; left out when nothing may.", examples=[Scope.ADMIN]
    )

    @classmethod
    def of(cls, identity: Identity | None, *, required: bool) -> Self:
        """As JSON. Where no token is needed everything may be done."""
        if identity is not None:
            return cls(required=required, name=identity.name, scope=identity.scope)
        return cls(required=required, scope=None if required else Scope.ADMIN)
