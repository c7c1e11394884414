"""The MCP server: our tools, resources and prompts behind the official SDK.

Its decorators are left to others (the conformance suite's fixtures use them): our tools bring
their own schemas, arguments and refusals, so that clients get exactly what is meant.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

import structlog
from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from starlette.requests import Request

from memorizer import __version__
from memorizer.domain.auth import LOCAL_ID, Identity
from memorizer.domain.errors import MemorizerError, NotFound
from memorizer.domain.workspaces import UNFILED, WorkspaceScope, scope_of
from memorizer.mcp import prompts, resources
from memorizer.mcp.arguments import InvalidArguments
from memorizer.mcp.errors import UNEXPECTED, explained
from memorizer.mcp.pinning import ARGUMENT, CREATE, pinned_instructions, pinned_schema
from memorizer.mcp.prompts import INSTRUCTIONS
from memorizer.mcp.recalling import NOTES, RecallNotes
from memorizer.mcp.response_budget import compact
from memorizer.mcp.tool import Tool, ToolContext
from memorizer.mcp.tools import CHATGPT, GROUPS
from memorizer.services import MemoryServices, Services

log = structlog.get_logger(__name__)

_VISIBLE: Final[ContextVar[MemoryServices]] = ContextVar("visible")
_PINNED: Final[ContextVar["_Pinned | None"]] = ContextVar("pinned", default=None)
_IS_CHATGPT: Final[ContextVar[bool]] = ContextVar("is_chatgpt", default=False)

NAME: Final = "memorizer"
ALWAYS_LOADED: Final = {"anthropic/alwaysLoad": True}
UNKNOWN_ACTOR: Final = "mcp"
MAX_ACTOR_CHARACTERS: Final = 60
CHATGPT_AGENT: Final = "openai-mcp"
"""How the User-Agent of ChatGPT's connectors begins."""
TRACING: Final = "OpenTelemetryMiddleware"
LISTS_TTL_MS: Final = 3_600_000
NOTHING: Final = WorkspaceScope()
"""What a pinned workspace shows before it is created."""
HANDSHAKES: Final = frozenset({"initialize", "server/discover"})
LISTS: Final = ("tools/list", "prompts/list", "resources/templates/list")


class MemoryServer(MCPServer[Any]):
    """Serves the tools of a group on the services."""

    def __init__(self, services: Services, group: str, public_url: str | None = None) -> None:
        """`public_url` is the address of the page; with it ChatGPT gets its tools in any group."""
        super().__init__(
            NAME,
            title="Memorizer",
            description="Long-term memory for AI agents and the people who run them.",
            instructions=INSTRUCTIONS,
            version=__version__,
            log_level="WARNING",
            cache_hints={method: CacheHint(LISTS_TTL_MS, "public") for method in LISTS},
        )
        # spans cost a fifth of each call, and nobody looks at them; the class is the SDK's own
        self.middleware[:] = [each for each in self.middleware if type(each).__name__ != TRACING]
        self.middleware.append(self._bind)
        self._services = services
        self._public_url = public_url
        self._listed = GROUPS[group]
        self._for_chatgpt = () if public_url is None else CHATGPT
        self._ours = {tool.name: tool for tool in (*self._listed, *self._for_chatgpt)}
        resources.add(self, _VISIBLE.get)
        prompts.add(self, _VISIBLE.get)

    async def _bind(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Bind all that a request reads to what its token may see; without this nothing is read."""
        request = getattr(ctx, "request", None)
        pinned = _pinned_workspace(request)
        token = _VISIBLE.set(await self._visible(identity_of(request), pinned))
        pin = _PINNED.set(pinned)
        agent = request.headers.get("user-agent", "") if request else ""
        chatgpt = _IS_CHATGPT.set(agent.startswith(CHATGPT_AGENT))
        notes = NOTES.set(_notes(ctx, identity_of(request)))
        try:
            result = _with_workspace(await call_next(ctx), ctx.method, pinned)
            if ctx.method in HANDSHAKES:
                self._services.clients.note(_introduced(ctx))
            return result
        finally:
            _VISIBLE.reset(token)
            _PINNED.reset(pin)
            _IS_CHATGPT.reset(chatgpt)
            NOTES.reset(notes)

    async def _visible(self, identity: Identity | None, pinned: "_Pinned | None") -> MemoryServices:
        """Return what token and address of the connection show. Raises MCPError."""
        services = self._services.within(scope_of(identity))
        if pinned is None:
            return services
        try:
            return await services.narrowed(pinned.workspace)
        except MemorizerError as error:
            if pinned.create and isinstance(error, NotFound):
                return services.within(NOTHING)
            raise MCPError(INVALID_PARAMS, explained(error)) from error

    async def list_tools(self) -> list[ListedTool]:
        """Ours, then any that were added otherwise."""
        is_pinned = _PINNED.get() is not None
        more = self._for_chatgpt if _IS_CHATGPT.get() else ()
        shown = dict.fromkeys((*self._listed, *more))
        ours = [listed(tool, is_pinned=is_pinned) for tool in shown]
        return ours + await super().list_tools()

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Context[Any, Any] | None = None,
    ) -> CallToolResult | InputRequiredResult:
        """Ours with tolerance and advice; others as the SDK has it."""
        tool = self._ours.get(name)
        if tool is not None and context is not None:
            return await self._call(tool, arguments, context)
        if all(name != each.name for each in await super().list_tools()):
            names = ", ".join(self._ours)
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {name!r}. There are: {names}.")
        return await super().call_tool(name, arguments, context)

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """As the SDK has it, but what the client got wrong is told as that."""
        known = {prompt.name: prompt for prompt in await self.list_prompts()}
        if name not in known:
            raise MCPError(
                INVALID_PARAMS, f"Unknown prompt: {name!r}. There are: {', '.join(known)}."
            )
        if problem := _problem(known[name], arguments or {}):
            raise MCPError(INVALID_PARAMS, problem)
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error

    async def _call(
        self, tool: Tool, arguments: Mapping[str, object], context: Context[Any, Any]
    ) -> CallToolResult:
        identity = identity_of(context.request_context.request)
        actor = identity.name if identity else None
        call = ToolContext(
            _VISIBLE.get(),
            self._services,
            identity,
            actor or client_of(context.request_context),
            context.report_progress,
            is_proven=actor is not None,
            page_url=self._public_url or _base_url(context),
        )
        try:
            if identity is not None:
                identity.require(tool.scope)
            if (pinned := _PINNED.get()) is not None:
                call = await self._in_pinned(call, tool, arguments, pinned)
            answer = (await tool.call(call, arguments)).plain()
        except MemorizerError as error:
            return _text(explained(error), is_error=True)
        except Exception:  # whatever it is: the client gets an answer, the log the traceback
            log.exception("tool failed", tool=tool.name)
            return _text(UNEXPECTED, is_error=True)
        return _text(compact(answer), structured=answer)

    async def _in_pinned(
        self,
        call: ToolContext,
        tool: Tool,
        arguments: Mapping[str, object],
        pinned: "_Pinned",
    ) -> ToolContext:
        """Create the pinned workspace for the first memory. Raises MemorizerError."""
        if arguments.get(ARGUMENT):
            raise InvalidArguments(
                f"This connection works in the workspace {pinned.workspace} alone: leave out "
                f"{ARGUMENT}."
            )
        is_there = call.services.scope != NOTHING
        if is_there or not tool.creates_workspace or pinned.workspace == UNFILED:
            return call
        services = self._services.within(scope_of(call.caller))
        await services.workspaces.ensure(pinned.workspace, actor=call.actor)
        return replace(call, services=await services.narrowed(pinned.workspace))


@dataclass(frozen=True, slots=True)
class _Pinned:
    """The workspace in the address of a connection."""

    workspace: str
    create: bool
    """Whether it may be missing until the first memory is stored."""


def _pinned_workspace(request: Request | None) -> _Pinned | None:
    workspace = request.path_params.get("workspace") if request else None
    if request is None or not workspace:
        return None
    return _Pinned(str(workspace).strip("/"), request.query_params.get(CREATE) == "true")


def _with_workspace(result: HandlerResult, method: str, pinned: _Pinned | None) -> HandlerResult:
    """Name the workspace in the instructions of a handshake."""
    if pinned is None or method not in HANDSHAKES or result is None:
        return result
    if isinstance(result, dict):
        told = pinned_instructions(str(result.get("instructions") or ""), pinned.workspace)
        return {**result, "instructions": told}
    told = pinned_instructions(str(getattr(result, "instructions", "")), pinned.workspace)
    return result.model_copy(update={"instructions": told})


def listed(tool: Tool, *, is_pinned: bool = False) -> ListedTool:
    """Return the tool as `tools/list` shows it, on a connection that is pinned or not."""
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=pinned_schema(tool.input_schema) if is_pinned else tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations.model_validate(tool.effect.hints),
        _meta=ALWAYS_LOADED if tool.always_loaded else None,
    )


def identity_of(request: Request | None) -> Identity | None:
    """Whose token came with the request; None where nobody needs one."""
    identity: Identity | None = request.scope.get("state", {}).get("identity") if request else None
    return identity


def _base_url(context: Context[Any, Any]) -> str:
    """Return the address under which the request came; over stdio there is none."""
    request = context.request_context.request
    return str(request.base_url).rstrip("/") if request else ""


def _notes(ctx: ServerRequestContext[Any, Any], identity: Identity | None) -> RecallNotes:
    client = client_of(ctx)
    caller = LOCAL_ID if identity is None else identity.id
    return RecallNotes((identity and identity.name) or client, caller, client)


def _introduced(ctx: ServerRequestContext[Any, Any]) -> str:
    """Return the name in a handshake; a session knows it only afterwards."""
    info = (ctx.params or {}).get("clientInfo")
    name = info.get("name") if isinstance(info, Mapping) else None
    return _printable(name) if isinstance(name, str) else client_of(ctx)


def client_of(request: ServerRequestContext[Any, Any]) -> str:
    """Return the client's name: from its handshake, or else from its User-Agent header."""
    client = request.session.client_params
    if client is not None:
        name = client.client_info.name
    else:
        agent = request.request.headers.get("user-agent", "") if request.request else ""
        name = unquote(agent.partition("/")[0])
    return _printable(name)


def _printable(name: str) -> str:
    printable = "".join(c for c in name if c.isprintable()).strip()
    return printable[:MAX_ACTOR_CHARACTERS] or UNKNOWN_ACTOR


def _problem(prompt: Prompt, given: Mapping[str, object]) -> str | None:
    """Say what is wrong with the arguments of a prompt and which it has; None if nothing is."""
    known = {argument.name: argument.required for argument in prompt.arguments or ()}
    unknown = [repr(name) for name in given if name not in known]
    missing = [repr(name) for name, required in known.items() if required and name not in given]
    if not unknown and not missing:
        return None
    problems = [f"Unknown argument: {', '.join(unknown)}."] if unknown else []
    problems += [f"Missing argument: {', '.join(missing)}."] if missing else []
    kinds = [f"{name} ({'required' if needed else 'optional'})" for name, needed in known.items()]
    accepted = f"takes: {', '.join(kinds)}" if kinds else "takes no arguments"
    return f"{' '.join(problems)} The prompt {prompt.name} {accepted}."


def _text(
    text: str, *, is_error: bool = False, structured: dict[str, Any] | None = None
) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=structured,
        is_error=is_error,
    )
