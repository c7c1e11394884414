"""What a token may not see changes no answer that it gets: not a byte, on any route or MCP tool.

Two stores are the same but for a hidden workspace and unfiled memories. Every request is sent to
both with a token that is bound elsewhere; but for ids and times the answers are equal.
"""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from memorizer.bootstrap import open_services
from memorizer.domain.auth import Scope
from memorizer.domain.documents import ConvertedDocument, ConvertedPart, IngestRequest
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Content
from memorizer.domain.workspaces import WorkspaceKind, WorkspaceScope
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.tools import GROUPS
from memorizer.services import Services
from memorizer.services.document_writer import SourceFile
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.proposals import propose, replacing
from support.titles import FirstWords

TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("Tea", "kitchen"))
COFFEE = Content("Coffee wants water of 95 degrees.", "fact", "Coffee", tags=("kitchen",))
OLD = Content("An old note about tea.", title="Old tea", tags=("tea",))
LEFT = Content("Thrown away: tea bags.", title="Tea bags")
SHARED = Content("The kitchen opens at eight.", title="Opening hours", tags=("kitchen",))
MOVED = Content("This came from elsewhere: tea.", title="Moved")
UNTITLED = Content("Nobody gave this note a title, tea or not.")

Request = tuple[str, str] | tuple[str, str, Any]
"""A method, an address with names of ids in braces, and a body if there is one."""


@dataclass
class Store:
    """One of the two stores, its application, and the ids by name."""

    services: Services
    app: FastAPI
    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)
    token: str = ""

    async def fill(self, *, hidden: bool) -> None:
        """The same memories in both; what is hidden comes before, between and after them."""
        services = self.services
        await self._hide("one", TEA, hidden=hidden)
        if hidden:
            await services.memories.create(TEA, actor="someone")
        for name, parent in (("Acme", None), ("API", "acme"), ("Shared", None), ("Empty", "acme")):
            made = await services.workspaces.create(name, actor="someone", parent=parent)
            self.ids[name.lower()] = made.id
        await self._store("tea", TEA, "acme")
        await self._hide("two", COFFEE, hidden=hidden)
        await self._store("coffee", COFFEE, "acme/api")
        await self._store("twin", TEA, "acme/api")
        await self._store("old", OLD, "acme")
        await self._store("left", LEFT, "acme")
        await self._store("shared_note", SHARED, "shared")
        await self._store("untitled", UNTITLED, "acme")
        await self._document("document", "acme")
        await self._store("moved", MOVED, "hidden-one" if hidden else "unfiled")
        await services.workspaces.move_memories([self.ids["moved"]], "acme", actor="someone")
        await services.memories.archive(self.ids["old"], actor="someone")
        await services.memories.delete(self.ids["left"], actor="someone")
        link, _ = await services.relationships.add(
            self.ids["tea"], self.ids["coffee"], "explains", actor="someone"
        )
        self.ids["link"] = link.id
        self.ids["hidden_link"] = str(uuid4())
        await self._propose("proposal", "coffee", "twin")
        await self._propose("spare_proposal", "twin", "tea")
        self.ids["hidden_proposal"] = str(uuid4())
        if hidden:
            await self._entangle()
        grants = await services.workspaces.grants([("acme", Scope.ADMIN), ("shared", Scope.READ)])
        _, self.token = await services.auth.create("bound", Scope.ADMIN, grants=grants)

    async def _store(self, name: str, content: Content, workspace: str) -> None:
        made = await self.services.memories.create(content, actor="someone", workspace=workspace)
        self.ids[name] = made.memory.id
        if made.title_job_id is not None:
            self.ids[f"{name}_job"] = made.title_job_id

    async def _document(self, name: str, workspace: str) -> None:
        """A document of one part and a waiting job; the same source everywhere."""
        documents, place = self.services.documents, await self.services.workspaces.get(workspace)
        request = IngestRequest("tea.md", place.workspace.id, "someone")
        part = ConvertedPart(f"A book of {name}: tea.", "Tea")
        converted = ConvertedDocument("Tea", "text/markdown", (part,))
        written = await self.services.memories.database.write(
            lambda tx: documents.writer.write(tx, request, SourceFile("same", 9), converted)
        )
        self.ids[name] = str(written["documentId"])
        _, [stored] = await documents.get(self.ids[name])
        self.ids[f"{name}_part"] = stored.memory_id
        self.ids[f"{name}_job"] = await documents.add_file(
            io.BytesIO(b"tea"), "more.md", actor="someone", workspace=workspace
        )

    async def _hide(self, name: str, content: Content, *, hidden: bool) -> None:
        """In the other store nothing has these ids."""
        for kind in ("", "_trashed", "_job"):
            self.ids[f"hidden_{name}{kind}"] = str(uuid4())
        for kind in ("", "_part", "_job"):
            self.ids[f"hidden_document_{name}{kind}"] = str(uuid4())
        self.ids[f"hidden_workspace_{name}"] = str(uuid4())
        if not hidden:
            return
        workspaces, memories = self.services.workspaces, self.services.memories
        made = await workspaces.create(
            f"Hidden {name}", actor="someone", kind=WorkspaceKind.PROJECT
        )
        self.ids[f"hidden_workspace_{name}"] = made.id
        stored = await memories.create(content, actor="someone", workspace=made.path)
        trashed = await memories.create(LEFT, actor="someone", workspace=made.path)
        untitled = await memories.create(UNTITLED, actor="someone", workspace=made.path)
        await memories.create(SHARED, actor="someone", workspace=made.path, key="notes/hidden")
        secret = Content("A secret of the kitchen: tea.", "secret", tags=("secret", "tea"))
        await memories.create(secret, actor="someone", workspace=made.path)
        await memories.delete(trashed.memory.id, actor="someone")
        await self._document(f"hidden_document_{name}", made.path)
        self.ids[f"hidden_{name}"] = stored.memory.id
        self.ids[f"hidden_{name}_trashed"] = trashed.memory.id
        self.ids[f"hidden_{name}_job"] = untitled.title_job_id or ""

    async def _propose(self, name: str, kept: str, other: str) -> None:
        """That one memory replaces another, in the workspace of the first."""
        known = {
            each.id: each
            for each in await self.services.memories.get_many([self.ids[kept], self.ids[other]])
        }
        new = replacing(known[self.ids[kept]], known[self.ids[other]])
        [self.ids[name]] = await propose(self.services, new)

    async def _entangle(self) -> None:
        """Relationships of what is seen with what is hidden."""
        relationships, hidden = self.services.relationships, self.ids["hidden_one"]
        made, _ = await relationships.add(self.ids["tea"], hidden, "hides", actor="someone")
        await relationships.add(hidden, self.ids["tea"], "is hidden by", actor="someone")
        self.ids["hidden_link"] = made.id
        await self._propose("entangled_proposal", "twin", "hidden_one")
        await self._propose("hidden_proposal", "hidden_one", "hidden_two")

    async def ask(self, request: Request) -> str:
        """The whole answer as text, without ids and times."""
        method, path, *body = request
        headers = {"Authorization": f"Bearer {self.token}"}
        if "/recalls" in path:  # they are logged a moment after the search
            await self.services.recalls.log.flush()
        if path.startswith("/mcp"):
            headers["Accept"] = "application/json, text/event-stream"
        reply = await self.client.request(
            method,
            path.format_map(self.ids),
            json=_named(body[0], self.ids) if body else None,
            headers=headers,
        )
        self.client.cookies.clear()
        known = {name: value for name, value in reply.headers.items() if name != "content-length"}
        return f"{reply.status_code} {_plain(json.dumps(known))} {_plain(reply.text)}"


def _named(body: Any, ids: dict[str, str]) -> Any:
    return json.loads(re.sub(r"<(\w+)>", lambda found: ids[found[1]], json.dumps(body)))


def _plain(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", text)  # of an export, which has ids and times
    text = re.sub(r"\b1[78]\d{11}\b", "TIME", text)
    text = re.sub(r'"tookMs":\d+', "", text)
    # an export's hashes of lines that are compared themselves, but for their ids; and of the file
    # that was made for this answer: its time and its size
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
    text = re.sub(r'"etag": "\\"[0-9a-f]{32}\\""', "", text)
    text = re.sub(r'"x-request-id": "[^"]*"', "", text)
    return re.sub(r"mz[rs]_\w+", "TOKEN", text)


def _both(path: str, *names: str, method: str = "GET", body: Any = None) -> list[Request]:
    """One request for each name, which stands for the id in the path."""
    more = () if body is None else (body,)
    return [(method, path.replace("*", f"{{{name}}}"), *more) for name in names]


MEMORIES = ("tea", "coffee", "shared_note", "hidden_one")
CHATGPT = "/mcp-for-chatgpt"
"""Where the tools of another group are, beside those of the group `all`."""
PLACES = ("empty", "api", "hidden_workspace_one")
TRASHED = ("left", "hidden_one_trashed")
DOCUMENTS = ("document", "hidden_document_one")
JOBS = ("untitled_job", "document_job", "hidden_one_job", "hidden_document_one_job")
PROPOSALS = ("proposal", "hidden_proposal")
REFS = ("acme", "api", "shared", "hidden_workspace_one")
ELSEWHERE = ("?workspace=hidden-one", "?workspace={hidden_workspace_one}", "?workspace=unfiled")
ALL_SCOPES = ("", "?workspace=acme/api", "?workspace=shared", "?includeUnfiled=true", *ELSEWHERE)
SCOPES = ("", "?workspace=acme/api", "?workspace=hidden-one")
"""One dependency reads them for every route, so that all are tried on one of them alone."""
STREAM: list[Request] = []
"""A stream without an end; the tests below are about it."""

# in this order: reading comes before what changes anything
CASES: dict[tuple[str, str], list[Request]] = {
    ("GET", "/api/memories"): [
        *(("GET", f"/api/memories{scope}") for scope in ALL_SCOPES),
        ("GET", "/api/memories?archived=all&limit=2"),
        ("GET", "/api/memories?tag=tea&type=secret"),
        ("GET", "/api/memories?keyPrefix=notes/&depth=1"),
        ("GET", "/api/memories?limit=2&cursor={coffee}"),
    ],
    ("GET", "/api/memories/{memoryId}"): _both("/api/memories/*", *MEMORIES, *TRASHED),
    ("GET", "/api/memories/{memoryId}/versions"): _both(
        "/api/memories/*/versions", *MEMORIES, *TRASHED
    ),
    ("GET", "/api/memories/{memoryId}/versions/{version}"): _both(
        "/api/memories/*/versions/1", *MEMORIES, *TRASHED
    ),
    ("GET", "/api/memories/{memoryId}/diff"): _both("/api/memories/*/diff?from=1&to=1", *MEMORIES),
    ("GET", "/api/memories/{memoryId}/events"): _both(
        "/api/memories/*/events", *MEMORIES, *TRASHED, "moved"
    ),
    ("GET", "/api/memories/{memoryId}/similar"): _both(
        "/api/memories/*/similar?limit=3", *MEMORIES
    ),
    ("GET", "/api/memories/{memoryId}/relationships"): _both(
        "/api/memories/*/relationships", *MEMORIES
    ),
    ("POST", "/api/search"): [
        ("POST", "/api/search", {"query": query, "explain": True, "limit": 5, **more})
        for query in ("green tea", "secret kitchen")
        for more in ({}, {"workspace": "acme/api"}, {"workspace": "hidden-one"}, {"tags": ["tea"]})
    ],
    ("GET", "/api/duplicates"): [
        *(("GET", f"/api/duplicates{scope}") for scope in SCOPES),
        ("GET", "/api/duplicates?threshold=0.5"),
    ],
    ("GET", "/api/proposals"): [
        *(("GET", f"/api/proposals{scope}") for scope in SCOPES),
        ("GET", "/api/proposals?state=open&limit=1"),
    ],
    ("GET", "/api/proposals/{proposalId}"): _both("/api/proposals/*", *PROPOSALS),
    ("GET", "/api/context"): [
        *(("GET", f"/api/context{scope}") for scope in SCOPES),
        ("GET", "/api/context?q=green%20tea&session=s"),
        ("GET", "/api/context?q=secret%20kitchen&session=s"),
    ],
    ("GET", "/api/recalls"): [
        *(("GET", f"/api/recalls{scope}") for scope in SCOPES),
        ("GET", "/api/recalls?empty=true"),
        ("GET", "/api/recalls?empty=false&door=rest"),
    ],
    ("GET", "/api/recalls/never"): [("GET", f"/api/recalls/never{scope}") for scope in SCOPES],
    ("GET", "/api/memories/{memoryId}/recalls"): _both("/api/memories/*/recalls", *MEMORIES),
    ("GET", "/api/stats"): [("GET", f"/api/stats{scope}") for scope in SCOPES],
    ("GET", "/api/stats/growth"): [("GET", f"/api/stats/growth{scope}") for scope in SCOPES],
    ("GET", "/api/tags"): [("GET", f"/api/tags{scope}") for scope in SCOPES],
    ("GET", "/api/memories/facets"): [
        *(("GET", f"/api/memories/facets{scope}") for scope in SCOPES),
        ("GET", "/api/memories/facets?tag=tea&since=2020-01-01T00:00:00Z"),
        ("GET", "/api/memories/facets?type=note&type=secret&source=kitchen"),
    ],
    ("GET", "/api/types"): [("GET", f"/api/types{scope}") for scope in SCOPES],
    ("GET", "/api/documents"): [("GET", f"/api/documents{scope}") for scope in ALL_SCOPES],
    ("GET", "/api/documents/{documentId}"): _both("/api/documents/*", *DOCUMENTS),
    ("GET", "/api/export"): [("GET", f"/api/export{scope}") for scope in SCOPES],
    ("POST", "/api/imports"): [("POST", "/api/imports", {})],
    ("POST", "/api/imports/{jobId}/confirm"): _both(
        "/api/imports/*/confirm", *JOBS, method="POST", body={}
    ),
    ("GET", "/api/trash"): [("GET", f"/api/trash{scope}") for scope in SCOPES],
    ("GET", "/api/workspaces"): [("GET", f"/api/workspaces{scope}") for scope in SCOPES],
    ("GET", "/api/workspaces/{workspaceRef:path}"): [
        *_both("/api/workspaces/*", *REFS),
        ("GET", "/api/workspaces/hidden-one"),
        ("GET", "/api/workspaces/acme%2Fapi"),
    ],
    ("GET", "/api/workspaces/{workspaceRef:path}/events"): _both("/api/workspaces/*/events", *REFS),
    ("GET", "/api/admin/jobs/{jobId}"): _both("/api/admin/jobs/*", *JOBS),
    ("GET", "/api/admin/events"): STREAM,
    ("GET", "/api/session"): [("GET", "/api/session")],
    ("GET", "/api/connect"): [("GET", "/api/connect")],
    ("GET", "/api/connect/clients"): [("GET", "/api/connect/clients")],
    ("POST", "/api/session"): [("POST", "/api/session", {"token": "mzr_none"})],
    ("DELETE", "/api/session"): [("DELETE", "/api/session")],
    ("GET", "/healthz"): [("GET", "/healthz")],
    ("GET", "/health"): [("GET", "/health")],
    ("GET", "/api/health"): [("GET", "/api/health")],
    ("GET", "/readyz"): [("GET", "/readyz")],
    ("GET", "/metrics"): [("GET", "/metrics")],
    ("GET", "/api/admin/lifecycle"): [("GET", "/api/admin/lifecycle")],
    **{
        ("GET", f"/api/admin/{name}"): [("GET", f"/api/admin/{name}")]
        for name in (
            *("stats", "throughput", "groups", "system", "workers", "jobs", "tokens", "backups"),
            "secrets",
        )
    },
    ("GET", "/api/admin/jobs/{jobId}/failures"): _both("/api/admin/jobs/*/failures", *JOBS),
    # what changes something
    ("POST", "/api/memories"): [
        ("POST", "/api/memories", {"text": "New: green tea."}),
        ("POST", "/api/memories", {"text": TEA.text, "title": "Twice", "workspace": "acme"}),
        ("POST", "/api/memories", {"text": "For others.", "workspace": "hidden-one"}),
        ("POST", "/api/memories", {"text": "For others.", "workspace": "shared"}),
        ("POST", "/api/memories", {"text": "For nobody.", "workspace": "unfiled"}),
    ],
    **{
        ("POST", f"/api/proposals/{{proposalId}}/{what}"): _both(
            f"/api/proposals/*/{what}", *PROPOSALS, method="POST"
        )
        for what in ("later", "decline", "reopen", "accept")
    },
    ("POST", "/api/captures"): [
        (
            "POST",
            "/api/captures",
            {"session": "s", "client": "codex", "transcript": "{}", "workspace": place},
        )
        for place in ("acme", "hidden-one", "shared", "unfiled", "acme")
    ],
    ("POST", "/api/proposals/accept"): [
        ("POST", "/api/proposals/accept", {"ids": [f"<{name}>" for name in names]})
        for names in (("spare_proposal", "hidden_proposal"), ("spare_proposal",))
    ],
    ("POST", "/api/change-sets/{changeSetId}/undo"): _both(
        "/api/change-sets/*/undo", *PROPOSALS, method="POST"
    ),
    ("PUT", "/api/memories/by-key/{key:path}"): [
        ("PUT", f"/api/memories/by-key/notes/{name}{scope}", {"text": f"Key {name}: tea."})
        for name in ("hidden", "own")
        for scope in ("", "?workspace=acme/api", "?workspace=hidden-one", "?workspace=shared")
    ],
    ("GET", "/api/memories/by-key/{key:path}"): [
        ("GET", f"/api/memories/by-key/notes/{name}{scope}")
        for name in ("hidden", "own")
        for scope in ("?workspace=acme", *ELSEWHERE)
    ],
    ("DELETE", "/api/memories/by-key/{key:path}"): [
        ("DELETE", f"/api/memories/by-key/notes/{name}{scope}")
        for name in ("hidden", "own")
        for scope in ("?workspace=acme/api", *ELSEWHERE)
    ],
    ("POST", "/api/admin/secrets/{memoryId}/purge"): _both(
        "/api/admin/secrets/*/purge", *MEMORIES, method="POST"
    ),
    ("POST", "/api/memories/batch"): [
        ("POST", "/api/memories/batch", {"memories": [{"text": f"Batch for {where}."} | more]})
        for where, more in (
            ("anywhere", {}),
            ("a key", {"key": "notes/batch", "workspace": "acme"}),
            ("others", {"workspace": "hidden-one"}),
            ("readers", {"workspace": "shared"}),
        )
    ],
    ("PUT", "/api/memories/{memoryId}"): _both(
        "/api/memories/*", *MEMORIES, *TRASHED, method="PUT", body={"text": "Written anew: tea."}
    ),
    ("PATCH", "/api/memories/{memoryId}"): [
        *_both("/api/memories/*", *MEMORIES, method="PATCH", body={"tags": ["tea", "patched"]}),
        *_both("/api/memories/*", "tea", "hidden_one", method="PATCH", body={"workspace": "acme"}),
        *_both("/api/memories/*", "tea", method="PATCH", body={"workspace": "hidden-one"}),
        *_both("/api/memories/*", "tea", method="PATCH", body={"workspace": "acme/api"}),
    ],
    ("POST", "/api/memories/move"): [
        ("POST", "/api/memories/move", {"ids": ["<tea>"], "workspace": "acme"}),
        ("POST", "/api/memories/move", {"ids": ["<coffee>", "<hidden_one>"], "workspace": "acme"}),
        ("POST", "/api/memories/move", {"ids": ["<coffee>"], "workspace": "hidden-one"}),
        ("POST", "/api/memories/move", {"ids": ["<coffee>"], "workspace": "unfiled"}),
        ("POST", "/api/memories/move", {"ids": ["<shared_note>"], "workspace": "acme"}),
    ],
    ("POST", "/api/memories/{memoryId}/revert"): _both(
        "/api/memories/*/revert", *MEMORIES, method="POST", body={"version": 1}
    ),
    ("DELETE", "/api/memories/{memoryId}/versions/{version}"): _both(
        "/api/memories/*/versions/1", *MEMORIES, method="DELETE"
    ),
    ("POST", "/api/memories/{memoryId}/replace"): [
        *_both("/api/memories/*/replace", *MEMORIES, method="POST", body={"text": "Newer: tea."}),
        *(
            ("POST", f"/api/memories/{{{old}}}/replace", {"by": f"<{new}>"})
            for old, new in (("tea", "hidden_one"), ("hidden_one", "tea"), ("tea", "coffee"))
        ),
    ],
    ("POST", "/api/memories/{memoryId}/archive"): _both(
        "/api/memories/*/archive", *MEMORIES, method="POST"
    ),
    ("POST", "/api/memories/{memoryId}/restore"): _both(
        "/api/memories/*/restore", *MEMORIES, method="POST"
    ),
    ("POST", "/api/documents"): [
        ("POST", "/api/documents", {"url": "https://tea.example/", "workspace": workspace})
        for workspace in ("acme", "shared", "hidden-one", "<hidden_workspace_one>", "unfiled")
    ],
    ("DELETE", "/api/documents/{documentId}"): _both(
        "/api/documents/*", *DOCUMENTS, method="DELETE"
    ),
    ("POST", "/api/relationships"): [
        ("POST", "/api/relationships", {"fromMemoryId": a, "toMemoryId": b, "type": "knows"})
        for a, b in (("<tea>", "<untitled>"), ("<tea>", "<hidden_one>"), ("<hidden_one>", "<tea>"))
    ],
    ("DELETE", "/api/relationships/{relationshipId}"): _both(
        "/api/relationships/*", "link", "hidden_link", method="DELETE"
    ),
    ("POST", "/api/trash/{memoryId}/restore"): _both(
        "/api/trash/*/restore", *TRASHED, "hidden_one", method="POST"
    ),
    ("DELETE", "/api/memories/{memoryId}"): _both(
        "/api/memories/*", "left", "coffee", "hidden_two", "shared_note", method="DELETE"
    ),
    ("DELETE", "/api/trash/{memoryId}"): _both("/api/trash/*", *TRASHED, method="DELETE"),
    ("DELETE", "/api/trash"): [("DELETE", "/api/trash"), ("GET", "/api/trash")],
    ("POST", "/api/workspaces"): [
        ("POST", "/api/workspaces", {"name": "New", "parent": "acme"}),
        ("POST", "/api/workspaces", {"name": "Hidden one"}),
        ("POST", "/api/workspaces", {"name": "New", "parent": "hidden-one"}),
        ("POST", "/api/workspaces", {"name": "New", "parent": "shared"}),
    ],
    ("PATCH", "/api/workspaces/{workspaceRef:path}"): [
        *_both("/api/workspaces/*", *REFS, method="PATCH", body={"description": "Changed."}),
        *_both("/api/workspaces/*", "acme", method="PATCH", body={"slug": "hidden-one"}),
    ],
    ("POST", "/api/workspaces/{workspaceRef:path}/move"): [
        *_both("/api/workspaces/*/move", *REFS, method="POST", body={"parent": None}),
        *_both("/api/workspaces/*/move", *REFS, method="POST", body={"parent": "hidden-one"}),
        *_both("/api/workspaces/*/move", "acme", method="POST", body={"parent": "acme/api"}),
    ],
    ("DELETE", "/api/workspaces/{workspaceRef:path}"): [
        *_both("/api/workspaces/*", *REFS, "empty", method="DELETE"),
        *_both(
            "/api/workspaces/*?to=parent", "api", "acme", "hidden_workspace_two", method="DELETE"
        ),
        ("GET", "/api/memories?archived=all"),
    ],
    **{
        ("POST", f"/api/admin/{name}"): [("POST", f"/api/admin/{name}", body)]
        for name, body in {
            "jobs/title-generation": {"memoryIds": ["<hidden_one>"]},
            "jobs/embedding-regeneration": {"memoryIds": ["<hidden_one>"]},
            "jobs/consolidation": {},
            "jobs/clean": {},
            "jobs/retry-failed": {},
            "tokens": {"name": "another", "scope": "admin"},
            "backups": {},
        }.items()
    },
    ("DELETE", "/api/admin/tokens/{tokenId}"): [("DELETE", "/api/admin/tokens/bound")],
    ("DELETE", "/api/admin/jobs/{jobId}"): _both("/api/admin/jobs/*", *JOBS, method="DELETE"),
    ("POST", "/api/admin/jobs/{jobId}/cancel"): _both(
        "/api/admin/jobs/*/cancel", *JOBS, method="POST"
    ),
    ("POST", "/api/admin/jobs/{jobId}/retry"): _both(
        "/api/admin/jobs/*/retry", *JOBS, method="POST"
    ),
    ("POST", "/api/admin/queues/{queue}/pause"): [
        ("POST", "/api/admin/queues/title-generation/pause")
    ],
    ("POST", "/api/admin/queues/{queue}/resume"): [
        ("POST", "/api/admin/queues/title-generation/resume")
    ],
    ("POST", "/api/admin/groups/{groupId}/cancel"): [("POST", "/api/admin/groups/none/cancel")],
    ("GET", "/api/admin/jobs/{jobId}/progress"): _both(
        "/api/admin/jobs/*/progress", "hidden_one_job"
    ),
}


def _call(name: str, arguments: dict[str, Any]) -> tuple[str, str, Any]:
    return _rpc("tools/call", name=name, arguments=arguments)


def _rpc(method: str, **params: Any) -> tuple[str, str, Any]:
    return ("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def _calls(name: str, key: str, values: tuple[str, ...], **more: Any) -> list[tuple[str, str, Any]]:
    return [_call(name, {key: f"<{value}>", **more}) for value in values]


TOOLS: dict[str, Sequence[Request]] = {
    "search_memories": [_call("search_memories", {"query": q}) for q in ("tea", "secret kitchen")],
    "search": [
        (method, CHATGPT, body)
        for q in ("tea", "secret kitchen")
        for method, _, body in [_call("search", {"query": q})]
    ],
    "fetch": [(method, CHATGPT, body) for method, _, body in _calls("fetch", "id", MEMORIES)],
    "get": _calls("get", "id", MEMORIES, includeSimilar=True),
    "recent": [_call("recent", {})],
    "get_many": [_call("get_many", {"ids": [f"<{name}>" for name in MEMORIES]})],
    "statistics": [_call("statistics", {})],
    "watch_job": _calls("watch_job", "jobId", JOBS, seconds=1),
    "list_proposals": [_call("list_proposals", {})],
    "decide_proposal": [
        *_calls("decide_proposal", "id", PROPOSALS, decision="later"),
        *_calls("decide_proposal", "id", PROPOSALS, decision="accept"),
        *_calls("decide_proposal", "id", PROPOSALS, decision="undo"),
    ],
    "start_job": [_call("start_job", {"queue": "title-generation"})],
    "store": [
        _call("store", {"type": "note", "text": "By an agent: tea.", "source": "test"}),
        _call("store", {"type": "a", "text": "b", "source": "c", "relatedTo": "<hidden_one>"}),
    ],
    "edit": _calls("edit", "id", MEMORIES, old_text="water", new_text="milk"),
    "update_metadata": _calls("update_metadata", "id", MEMORIES, title="Renamed"),
    "create_relationship": [
        _call("create_relationship", {"fromId": "<tea>", "toId": f"<{other}>", "type": "knows"})
        for other in ("coffee", "hidden_one")
    ],
    "remove_relationship": _calls("remove_relationship", "id", ("link", "hidden_link")),
    "revert_to_version": _calls("revert_to_version", "id", MEMORIES, version=1),
    "archive": _calls("archive", "id", MEMORIES),
    "restore": _calls("restore", "id", (*MEMORIES, *TRASHED)),
    "get_workspace": [
        _call("get_workspace", {}),
        *_calls("get_workspace", "workspaceId", ("acme", "hidden_workspace_one")),
        _call("get_workspace", {"workspaceId": "hidden-one"}),
    ],
    "create_workspace": [
        _call("create_workspace", {"name": "Made by an agent", "parentId": parent})
        for parent in ("acme", "hidden-one", "<hidden_workspace_one>")
    ],
    "update_workspace": _calls("update_workspace", "workspaceId", PLACES, description="Changed"),
    "create_project": [
        _call("create_project", {"name": "A project", "workspaceId": parent})
        for parent in ("acme", "hidden-one")
    ],
    "update_project": _calls("update_project", "projectId", PLACES, status="active"),
    "get_project_context": _calls("get_project_context", "projectId", PLACES),
    "move_memory": [
        _call("move_memory", {"id": f"<{memory}>", "projectId": place})
        for memory in ("coffee", "shared_note", "hidden_one")
        for place in ("acme", "hidden-one", "unfiled")
    ],
    "archive_memory": _calls("archive_memory", "id", MEMORIES),
    "restore_memory": _calls("restore_memory", "id", (*MEMORIES, *TRASHED)),
    "ingest": [
        _call("ingest", {"name": "tea.md", "text": "Tea, again.", "workspace": where})
        for where in ("acme", "shared", "hidden-one", "<hidden_workspace_one>", "unfiled")
    ],
    "get_by_filter": [
        _call("get_by_filter", {"tags": ["tea"], **where})
        for where in ({}, {"workspaceId": "acme"}, {"projectId": "hidden-one"})
    ],
    "list_archived": [
        _call("list_archived", where) for where in ({}, {"workspaceId": "hidden-one"})
    ],
    "delete": _calls("delete", "id", ("tea", "shared_note", "hidden_one")),
    "delete_project": _calls("delete_project", "projectId", PLACES),
    "delete_workspace": _calls("delete_workspace", "workspaceId", PLACES, to="parent"),
}
OTHER_METHODS: list[Request] = [
    _rpc("resources/read", uri="memory://recent"),
    *(_rpc("resources/read", uri=f"memory://<{name}>") for name in MEMORIES),
    *(
        _rpc(
            "completion/complete",
            ref={"type": "ref/resource", "uri": "memory://{id}"},
            argument={"name": "id", "value": typed},
        )
        for typed in ("", "tea", "secret", "<hidden_one>")
    ),
    _rpc("resources/list"),
    _rpc("tools/list"),
    _rpc("prompts/list"),
]


async def _assert_there_is_something_to_tell(seen: Store, more: Store) -> None:
    """Else two empty answers would be equal."""
    for store in (seen, more):
        found = await store.ask(("POST", "/api/search", {"query": "green tea"}))
        assert "Green tea wants water" in found
    scope = WorkspaceScope(frozenset([seen.ids["acme"]]), frozenset())
    assert (await seen.services.within(scope).statistics.totals()).memories == 7
    whole = await more.services.statistics.totals()
    assert whole.memories > (await seen.services.statistics.totals()).memories


@pytest.fixture(params=["sqlite, database", "postgresql, redis"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Store]]:
    """Two stores that differ in what is hidden alone."""
    database, queue = request.param.split(", ")
    async with AsyncExitStack() as stack:
        stores = []
        for name in ("seen", "more"):
            url = None
            if database == "postgresql":
                server = request.getfixturevalue("postgres")
                url = stack.enter_context(server.database())
            settings = Settings(
                database_url=url,
                database_connections=4,
                data_dir=tmp_path / name,
                redis_url=request.getfixturevalue("redis_url") if queue == "redis" else None,
                redis_prefix=f"test-{uuid4().hex}",
                fetch_urls=True,
            )
            container = await stack.enter_async_context(
                open_services(settings, embedder=WordEmbedder(), writer=FirstWords())
            )
            agents, chatgpt = HttpTransport("all"), HttpTransport("chatgpt")
            app = create_app(mcp_app=agents)
            app.router.routes.insert(0, Route(CHATGPT, chatgpt))
            state_of(app).services = container.services
            state_of(app).metrics_registry = container.metrics
            for transport in (agents, chatgpt):
                await stack.enter_async_context(transport.serving(container.services))
                await transport.loaded()
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://localhost"
            )
            await stack.enter_async_context(client)
            store = Store(container.services, app, client)
            await store.fill(hidden=name == "more")
            stores.append(store)
        yield stores


async def _assert_same(stores: list[Store], requests: Iterator[Request]) -> None:
    for request in requests:
        one, other = await asyncio.gather(*(store.ask(request) for store in stores))
        assert other == one, f"{request} tells of what is hidden"
        assert not one.startswith("5"), (request, one)


async def test_no_route_tells_of_what_a_token_may_not_see(stores: list[Store]) -> None:
    await _assert_there_is_something_to_tell(*stores)
    await _assert_same(stores, (request for case in CASES.values() for request in case))


async def test_no_tool_tells_of_what_a_token_may_not_see(stores: list[Store]) -> None:
    for store in stores:  # else it is watched for a second
        await store.services.jobs.cancel(store.ids["untitled_job"])
    await _assert_same(stores, iter(OTHER_METHODS))
    await _assert_same(stores, (request for case in TOOLS.values() for request in case))
    await _assert_same(stores, iter(OTHER_METHODS))


def test_every_route_and_every_tool_has_a_case() -> None:
    routes = {
        (method, path)
        for path, methods in state_of(create_app()).route_methods.items()
        for method in methods
    }
    assert routes == CASES.keys()
    assert {tool.name for tools in GROUPS.values() for tool in tools} == TOOLS.keys()


async def test_streams_are_silent_about_what_is_elsewhere(stores: list[Store]) -> None:
    _, store = stores
    scope = WorkspaceScope(frozenset([store.ids["acme"]]), frozenset())
    services, memories = store.services.within(scope), store.services.memories
    before = await services.statistics.fingerprint()
    await memories.archive(store.ids["hidden_one"], actor="someone")
    await memories.create(TEA, actor="someone", workspace="hidden-two")
    await memories.delete(store.ids["hidden_two"], actor="someone")
    await memories.archive(store.ids["shared_note"], actor="someone")
    assert await services.statistics.fingerprint() == before
    await memories.archive(store.ids["tea"], actor="someone")
    assert await services.statistics.fingerprint() != before
    jobs = services.memory_jobs
    assert (await jobs.get(store.ids["untitled_job"])).data["memoryId"] == store.ids["untitled"]
    with pytest.raises(NotFound):
        await jobs.get(store.ids["hidden_one_job"])
    with pytest.raises(NotFound):
        await anext(jobs.watch(store.ids["hidden_one_job"]))
