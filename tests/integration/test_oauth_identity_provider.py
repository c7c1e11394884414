"""Tokens of an external identity provider: verified by its keys, mapped to our scopes."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from time import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from memorizer.adapters.jwt_verifier import KEYS_SECONDS, REFETCH_SECONDS, JwtVerifier
from memorizer.domain.auth import Scope
from memorizer.domain.errors import AccessDenied, Unavailable
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import AuthPolicy
from memorizer.http.oauth.addresses import PublicAddress
from memorizer.services.auth import AuthService
from support.memorizer import Memorizer
from support.oauth import BASE

ISSUER = "https://login.example/realms/main"
AUDIENCE = f"{BASE}/mcp"
SCOPES = {"notes.read": Scope.READ, "notes.write": Scope.WRITE, "notes.admin": Scope.ADMIN}


class Provider:
    """An identity provider with keys that it can change."""

    def __init__(self) -> None:
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.issuer, self.is_up, self.reads = ISSUER, True, 0
        self.add_key("k1")
        app = Starlette(
            routes=[
                Route("/realms/main/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._jwks),
            ]
        )
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport)
        self.now = 0.0

    def add_key(self, name: str) -> None:
        self.keys[name] = ec.generate_private_key(ec.SECP256R1())

    def verifier(self) -> JwtVerifier:
        return JwtVerifier(ISSUER, AUDIENCE, SCOPES, client=self.client, clock=lambda: self.now)

    def token(self, key: str = "k1", **changed: object) -> str:
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "u1",
            "preferred_username": "ann",
            "exp": int(time()) + 600,
            "scope": "openid notes.write",
        }
        kept = {name: value for name, value in (claims | changed).items() if value is not None}
        return jwt.encode(kept, self.keys[key], "ES256", {"kid": key})

    async def _metadata(self, _: Request) -> Response:
        self.reads += 1
        if not self.is_up:
            return Response(status_code=503)
        return JSONResponse({"issuer": self.issuer, "jwks_uri": "https://login.example/keys"})

    async def _jwks(self, _: Request) -> Response:
        known = [
            json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
            | {"kid": name, "alg": "ES256", "use": "sig"}
            for name, key in self.keys.items()
        ]
        return JSONResponse({"keys": known})


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def test_a_token_says_who_and_what(provider: Provider) -> None:
    verifier = provider.verifier()
    identity, expires_at = await verifier.verify(provider.token())
    assert (identity.name, identity.scope, identity.grants) == ("ann", Scope.WRITE, None)
    assert identity.resource == AUDIENCE
    assert expires_at > time() * 1_000
    again, _ = await verifier.verify(provider.token(scope=None, scp=["notes.read"]))
    assert (again.id, again.scope) == (identity.id, Scope.READ)
    other, _ = await verifier.verify(provider.token(sub="u2", aud=["x", AUDIENCE]))
    assert other.id != identity.id
    assert provider.reads == 1


BAD: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"aud": "https://other.example/mcp"},
    {"aud": None},
    {"sub": None},
    {"exp": 1},
    {"exp": None},
    {"scope": "openid"},
    {"scope": None},
    {"scope": 7},
    {"nbf": int(time()) + 3_600},
]


async def test_a_token_for_others_or_of_another_time_is_refused(provider: Provider) -> None:
    verifier = provider.verifier()
    for changed in BAD:
        with pytest.raises(AccessDenied):
            await verifier.verify(provider.token(**changed))


async def test_a_token_that_nobody_signed_is_refused(provider: Provider) -> None:
    verifier = provider.verifier()
    whole = provider.token()
    claims = jwt.decode(whole, options={"verify_signature": False})
    other = rsa.generate_private_key(65_537, 2_048)
    forged = [
        jwt.encode(claims, "", "none", {"kid": "k1"}),
        jwt.encode(claims, "k" * 64, "HS256", {"kid": "k1"}),
        jwt.encode(claims, other, "RS256", {"kid": "k1"}),
        jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "k1"}),
        whole[:-4] + "AAAA",
        "a.b.c",
        "..",
        "x" * 20_000 + "..",
    ]
    for text in forged:
        with pytest.raises(AccessDenied):
            await verifier.verify(text)


async def test_new_keys_are_found_and_unknown_ones_asked_for_once_a_minute(
    provider: Provider,
) -> None:
    verifier = provider.verifier()
    await verifier.verify(provider.token())
    provider.add_key("k2")
    for _ in range(3):
        with pytest.raises(AccessDenied):
            await verifier.verify(provider.token("k2"))
    assert provider.reads == 1
    provider.now += REFETCH_SECONDS + 1
    await verifier.verify(provider.token("k2"))
    assert provider.reads == 2


async def test_known_keys_serve_on_while_the_provider_is_away(provider: Provider) -> None:
    verifier = provider.verifier()
    provider.is_up = False
    with pytest.raises(Unavailable, match="cannot be read"):
        await verifier.verify(provider.token())
    provider.is_up = True
    provider.now += REFETCH_SECONDS + 1
    await verifier.verify(provider.token())
    provider.is_up = False
    provider.now += KEYS_SECONDS + 1
    await verifier.verify(provider.token())


async def test_metadata_of_another_issuer_are_not_believed(provider: Provider) -> None:
    provider.issuer = f"{ISSUER}/"
    with pytest.raises(Unavailable, match="calls itself"):
        await provider.verifier().verify(provider.token())


@pytest.fixture
async def client(memorizer: Memorizer, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    adapters = memorizer.container.adapters
    app = create_app(
        auth_policy=AuthPolicy("required", resource=AUDIENCE),
        allowed_hosts=frozenset({"memory.example.org"}),
        public_address=PublicAddress(BASE, ISSUER),
    )
    auth = AuthService(adapters.database, adapters.clock, provider.verifier())
    state_of(app).services = replace(memorizer.services, auth=auth)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


async def test_the_server_sends_clients_there_and_takes_its_tokens(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    prm = (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert prm["authorization_servers"] == [ISSUER]
    for path in ("/.well-known/oauth-authorization-server", "/authorize"):
        assert (await client.get(path)).status_code == 404
    for path in ("/token", "/register"):
        assert (await client.post(path)).status_code == 404
    reader = {"Authorization": f"Bearer {provider.token(scope='notes.read')}"}
    note = {"type": "note", "text": "x", "source": "test"}
    assert (await client.get("/api/types", headers=reader)).status_code == 200
    assert (await client.post("/api/memories", json=note, headers=reader)).status_code == 403
    writer = {"Authorization": f"Bearer {provider.token()}"}
    stored = await client.post("/api/memories", json=note, headers=writer)
    assert stored.status_code == 201
    history = await client.get(f"/api/memories/{stored.json()['id']}/events", headers=writer)
    assert history.json()["events"][0]["actor"] == "ann"
    wrong = {"Authorization": f"Bearer {provider.token(aud='x')}"}
    assert (await client.get("/api/types", headers=wrong)).status_code == 401
