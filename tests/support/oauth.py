"""A person with a browser before the consent page, and a client that speaks OAuth by hand."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import unescape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

BASE = "https://memory.example.org"
REDIRECT = "https://claude.ai/api/mcp/auth_callback"
OWN_PAGE = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def query_of(reply: httpx.Response) -> dict[str, str]:
    """What a redirect says to the client."""
    location = urlsplit(reply.headers["location"])
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def csrf_of(page: httpx.Response) -> str:
    found = _CSRF.search(page.text)
    assert found, page.text
    return unescape(found[1])


@dataclass
class Login:
    """One client, and one person whose browser it sends here."""

    http: httpx.AsyncClient
    redirect_uri: str = REDIRECT
    verifier: str = field(default_factory=lambda: token_urlsafe(48))
    client_id: str = ""
    registration: dict[str, Any] = field(default_factory=dict)

    async def register(self, **metadata: object) -> httpx.Response:
        body = {"redirect_uris": [self.redirect_uri], "client_name": "Claude"} | metadata
        reply = await self.http.post("/register", json=body)
        if reply.status_code == 201:
            self.registration = reply.json()
            self.client_id = self.registration["client_id"]
        return reply

    def address(self, **changed: str | None) -> str:
        """Where the client sends the browser."""
        fields: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "state": "s 1",
            "scope": "memory:read memory:write",
            "resource": f"{BASE}/mcp",
        }
        fields |= changed
        kept = {name: value for name, value in fields.items() if value is not None}
        return f"/authorize?{urlencode(kept)}"

    async def log_in(self, token: str, url: str) -> httpx.Response:
        page = await self.http.get(url)
        assert page.status_code == 200, page.text
        form = {"csrf": csrf_of(page), "token": token, "action": "login"}
        return await self.http.post(url, data=form, headers=OWN_PAGE)

    async def answer(
        self, token: str, action: str = "allow", url: str = "", **chosen: str
    ) -> httpx.Response:
        """Log in and answer the question; the reply is what the browser gets."""
        url = url or self.address()
        page = await self.log_in(token, url)
        assert page.status_code == 200, page.text
        form = {"csrf": csrf_of(page), "action": action, "scope": "write", "workspace": ""}
        return await self.http.post(url, data=form | chosen, headers=OWN_PAGE)

    async def code(self, token: str, url: str = "", **chosen: str) -> str:
        reply = await self.answer(token, url=url, **chosen)
        assert reply.status_code == 303, reply.text
        return query_of(reply)["code"]

    async def exchange(self, code: str, /, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            "resource": f"{BASE}/mcp",
        }
        return await self.http.post("/token", data=form | changed)

    async def refresh(self, refresh_token: str, /, **changed: str) -> httpx.Response:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.client_id,
        }
        return await self.http.post("/token", data=form | changed)

    async def tokens(self, token: str, **chosen: str) -> dict[str, Any]:
        """All of it: what a client holds at the end."""
        if not self.client_id:
            await self.register()
        reply = await self.exchange(await self.code(token, **chosen))
        assert reply.status_code == 200, reply.text
        issued: dict[str, Any] = reply.json()
        return issued
