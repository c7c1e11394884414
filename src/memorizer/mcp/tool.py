"""What a tool is: a function on the services, with what its caller and its schema need to know."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, get_type_hints

from memorizer.domain.auth import Identity, Scope
from memorizer.mcp.arguments import Arguments, WorkspaceArguments, read
from memorizer.mcp.results import View
from memorizer.mcp.schemas import input_schema, output_schema
from memorizer.services import MemoryServices, Services

Report = Callable[[float, float, str], Awaitable[None]]
"""Tells the client how far a long call has come: done, of how much, in words."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Who calls, and what a tool may use."""

    services: MemoryServices
    """What the caller may see."""
    whole: Services
    caller: Identity | None
    actor: str
    report: Report
    is_proven: bool = False
    """Whether the actor is the name of a token, which no argument may gainsay."""
    page_url: str = ""
    """The address of the page, without a slash at the end."""

    def administration(self) -> Services:
        """Return the use cases of the whole store. Raises UnboundTokenNeeded."""
        if self.caller is not None:
            self.caller.require_unbound()
        return self.whole

    def by(self, claimed: str | None) -> str:
        """Who does it: what the client says, unless a token proves who it is."""
        return self.actor if self.is_proven or not claimed else claimed


class ToolAnnotation(Enum):
    """What a call does to the memories; clients ask their users before some of these."""

    READS = "reads"
    ADDS = "adds"
    SETS = "sets"
    """As adding, but the same call again changes nothing."""
    DESTROYS = "destroys"

    @property
    def hints(self) -> dict[str, bool]:
        """As the protocol has it; what goes without saying is not said."""
        if self is ToolAnnotation.READS:
            return {"readOnlyHint": True}
        hints = {"readOnlyHint": False, "destructiveHint": self is ToolAnnotation.DESTROYS}
        return hints if self is ToolAnnotation.ADDS else hints | {"idempotentHint": True}


Run = Callable[[ToolContext, Any], Awaitable[View]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it is listed and run. Its description is its function's docstring."""

    name: str
    title: str
    description: str
    effect: ToolAnnotation
    takes: type[Arguments]
    gives: type[View]
    run: Run
    always_loaded: bool
    reports: bool
    """Whether it tells of its progress."""
    scope: Scope
    """What a token must permit."""
    creates_workspace: bool = False
    """Whether it creates the workspace that its connection is pinned to."""

    async def call(self, call: ToolContext, given: Mapping[str, object]) -> View:
        """Run it with what the client sent. Raises MemorizerError."""
        wanted = read(self.takes, given, self.name)
        if isinstance(wanted, WorkspaceArguments):
            services = await call.services.narrowed(wanted.workspace)
            call = replace(call, services=services)
        return await self.run(call, wanted)

    @property
    def input_schema(self) -> dict[str, Any]:
        """Flat: no references, no alternatives."""
        return input_schema(self.takes)

    @property
    def output_schema(self) -> dict[str, Any]:
        """Flat like the other."""
        return output_schema(self.gives)


def tool(
    title: str,
    effect: ToolAnnotation,
    *,
    always_loaded: bool = False,
    reports: bool = False,
    scope: Scope | None = None,
    creates_workspace: bool = False,
) -> Callable[[Run], Tool]:
    """Make a tool of a function `(call, arguments) -> result` under its own name.

    Clients that load tools only when they seem to be needed keep those at hand that ask for it.
    Where no scope is named, a tool that reads needs `read`, any other `write`.
    """

    def make(run: Run) -> Tool:
        hints = get_type_hints(run)
        _, takes = inspect.signature(run).parameters
        name = getattr(run, "__name__", "")
        description = " ".join(inspect.cleandoc(run.__doc__ or "").split())
        return Tool(
            name=name,
            title=title,
            description=description,
            effect=effect,
            takes=hints[takes],
            gives=hints["return"],
            run=run,
            always_loaded=always_loaded,
            reports=reports,
            scope=scope or (Scope.READ if effect is ToolAnnotation.READS else Scope.WRITE),
            creates_workspace=creates_workspace,
        )

    return make
