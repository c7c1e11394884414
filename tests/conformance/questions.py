"""Fixtures that ask the client back, as the modern era does it: by an unfinished result."""

from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListRootsRequest,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)

Ctx = Context[Any, Any]


def add_questions(server: MCPServer[Any]) -> None:
    """All of them."""
    _add_plain(server)
    _add_with_state(server)
    _add_by_capability(server)


def _form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _sample(text: str) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=100)
    )


def _ask(
    *, state: str | None = None, **requests: ElicitRequest | CreateMessageRequest | ListRootsRequest
) -> InputRequiredResult:
    return InputRequiredResult(input_requests=dict(requests), request_state=state)


def _answer(ctx: Ctx, key: str) -> Any:
    return (ctx.input_responses or {}).get(key)


def _add_plain(server: MCPServer[Any]) -> None:
    """Tools that ask for one thing."""

    @server.tool()
    def test_input_required_result_elicitation(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result elicitation."""
        if not (answer := _answer(ctx, "user_name")):
            return _ask(user_name=_form("What is your name?", "name"))
        return f"Hello, {answer.content['name']}!"

    @server.tool()
    def test_streaming_elicitation() -> InputRequiredResult:
        """The suite's streaming elicitation."""
        return _ask(user_name=_form("What is your name?", "name"))

    @server.tool()
    def test_input_required_result_sampling(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result sampling."""
        if not (answer := _answer(ctx, "capital_question")):
            return _ask(capital_question=_sample("What is the capital of France?"))
        return str(answer.content.text)

    @server.tool()
    def test_input_required_result_list_roots(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result list roots."""
        if not (answer := _answer(ctx, "client_roots")):
            return _ask(client_roots=ListRootsRequest())
        return ", ".join(str(root.uri) for root in answer.roots)

    @server.prompt()
    def test_input_required_result_prompt(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result prompt."""
        if not _answer(ctx, "user_context"):
            return _ask(user_context=_form("What context should the prompt use?", "context"))
        return "A prompt in that context."


def _add_with_state(server: MCPServer[Any]) -> None:
    """Tools that must find in the next round what they knew in the last."""

    @server.tool()
    def test_input_required_result_request_state(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result request state."""
        if ctx.request_state != "asked":
            return _ask(state="asked", confirm=_form("Please confirm", "ok", "boolean"))
        return "state-ok"

    @server.tool()
    def test_input_required_result_tampered_state(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result tampered state."""
        if ctx.request_state != "asked":
            return _ask(state="asked", confirm=_form("Please confirm", "ok", "boolean"))
        return "state-ok"

    @server.tool()
    def test_input_required_result_multiple_inputs(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result multiple inputs."""
        if ctx.request_state != "asked":
            return _ask(
                state="asked",
                user_name=_form("What is your name?", "name"),
                greeting=_sample("Generate a greeting"),
                client_roots=ListRootsRequest(),
            )
        return "all three came"

    @server.tool()
    def test_input_required_result_multi_round(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result multi round."""
        match ctx.request_state:
            case None:
                return _ask(state="one", step1=_form("Step 1: What is your name?", "name"))
            case "one":
                form = _form("Step 2: What is your favorite color?", "color")
                return _ask(state="two", step2=form)
            case _:
                return "both came"


def _add_by_capability(server: MCPServer[Any]) -> None:
    """Tools that look at what the client can do."""

    @server.tool()
    def test_input_required_result_capabilities(ctx: Ctx) -> str | InputRequiredResult:
        """The suite's input required result capabilities."""
        can = ctx.client_capabilities or ClientCapabilities()
        if can.sampling is not None:
            return _ask(question=_sample("What can you do?"))
        return _ask(question=_form("What can you do?", "answer"))

    @server.tool()
    def test_missing_capability(ctx: Ctx) -> str:
        """The suite's missing capability."""
        can = ctx.client_capabilities
        if can is not None and can.sampling is not None and can.elicitation is not None:
            return "nothing is missing"
        wanted = MissingRequiredClientCapabilityErrorData(
            required_capabilities=ClientCapabilities(
                sampling=SamplingCapability(), elicitation=ElicitationCapability()
            )
        )
        data = wanted.model_dump(by_alias=True, mode="json", exclude_none=True)
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "A capability is missing", data)
