"""What the protocol of agents costs: its start, each call, and the tokens that an agent reads."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, Protocol

from tokenizers import BertWordPieceTokenizer

from benchmarks.agents import LEGACY, MODERN, Posting, StdioProcess, stdio_agent
from benchmarks.corpus import Corpus, dice
from benchmarks.figure import Bench, Figure
from benchmarks.processes import free_port, started, wait_for_answer
from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.embeddings.bundled import VOCABULARY
from memorizer.bootstrap import Container, open_services
from memorizer.domain.memories import Content
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.settings import Settings

MEMORIES: Final = 100
QUERY_WORDS: Final = 4
CALLS: Final = 300
WARM_UP: Final = 20
STARTS: Final = 7
SIMILARITY: Final = 0.75
SIMILAR: Final = 5
"""What `get` looks for unless it is told otherwise."""

Call = tuple[str, Mapping[str, object]]
"""A tool and its arguments."""


class Agent(Protocol):
    """Calls tools."""

    def call(self, tool: str, arguments: Mapping[str, object]) -> dict[str, Any]: ...


async def measure(bench: Bench) -> list[Figure]:
    """First without a server on the data directory, then with one."""
    settings = Settings(data_dir=bench.folder / "data")
    async with open_services(settings) as container:
        calls = await _calls(container, bench.corpus)
        inside = _started("in process", settings.data_dir)
        with stdio_agent(settings.data_dir) as agent:
            overheads = await _overheads(container.services, "stdio in process", agent, calls)
        with _server(settings.data_dir) as port:
            bridge = _started("bridge", settings.data_dir)
            with _agents(settings.data_dir, port) as agents:
                for name, each in agents.items():
                    overheads += await _overheads(container.services, name, each, calls)
            with stdio_agent(settings.data_dir) as agent:
                tokens = _tokens(agent, calls)
    return [
        Figure("stdio start to tools/list, bridge", bridge.seconds, "s", at_most=0.15),
        Figure("stdio start to tools/list, in process, CPU", inside.cpu, "s", at_most=1.5),
        Figure("  until it was answered", inside.seconds, "s"),
        Figure("  until the first search was answered, CPU", inside.cpu_of_search, "s"),
        *overheads,
        *tokens,
    ]


async def _calls(container: Container, corpus: Corpus) -> list[Call]:
    """Searches and reads of a filled store, in turns."""
    chance, calls = dice(7), list[Call]()
    for text in corpus.texts(MEMORIES):
        content = Content(text, title=" ".join(text.split()[:5]), tags=("benchmark", "text"))
        stored = await container.services.memories.create(content, actor="benchmark")
        query = corpus.cut(chance, QUERY_WORDS)
        calls += [("search_memories", {"query": query}), ("get", {"id": stored.memory.id})]
    return calls


@contextmanager
def _server(data_dir: Path) -> Iterator[int]:
    """The port of a server on the data directory."""
    port = free_port()
    with started("memorizer", "start", "--port", str(port), "--data-dir", data_dir):
        wait_for_answer(port)
        yield port


@contextmanager
def _agents(data_dir: Path, port: int) -> Iterator[dict[str, Agent]]:
    with (
        stdio_agent(data_dir) as over_pipes,
        closing(Posting(port, MODERN)) as modern,
        closing(Posting(port, LEGACY)) as legacy,
    ):
        yield {"stdio bridge": over_pipes, "HTTP": modern, "HTTP, before 2026": legacy}


@dataclass(frozen=True, slots=True)
class _Start:
    """Medians of some starts."""

    seconds: float
    cpu: float
    cpu_of_search: float


def _started(name: str, data_dir: Path) -> _Start:
    """To the list of tools, and on to the first call that needs everything."""
    seconds, cpu, cpu_of_search = list[float](), list[float](), list[float]()
    for _ in range(STARTS):
        for used, is_patient in ((cpu, False), (cpu_of_search, True)):
            begin = perf_counter()
            agent = StdioProcess(data_dir)
            agent.greet()
            tools = agent.ask("tools/list", {})["tools"]
            assert tools, f"{name} has no tools"
            seconds.append(perf_counter() - begin)
            if is_patient:
                agent.call("search_memories", {"query": "the first question"})
            used.append(agent.kill())
    return _Start(median(seconds), median(cpu), median(cpu_of_search))


@dataclass(slots=True)
class _Pair:
    """The same call by an agent and on the services."""

    agent: Stopwatch = field(default_factory=Stopwatch)
    service: Stopwatch = field(default_factory=Stopwatch)


async def _overheads(
    services: Services, name: str, agent: Agent, calls: list[Call]
) -> list[Figure]:
    """How much longer the median call takes than the services themselves, in turns with them."""
    pairs = {"search_memories": _Pair(), "get": _Pair()}
    for number in range(-WARM_UP - len(calls), CALLS * len(pairs)):
        tool, arguments = calls[number % len(calls)]
        direct = DIRECT[tool]
        pair = pairs[tool] if number >= 0 else _Pair()
        with pair.service.lap():
            await direct(services, arguments)
        with pair.agent.lap():
            agent.call(tool, arguments)
    figures: list[Figure] = []
    for tool, pair in pairs.items():
        over = pair.agent.p50 - pair.service.p50
        figures += [
            Figure(f"{tool} over the service, {name}, p50", over, "ms", at_most=3),
            Figure("  the call, p50", pair.agent.p50, "ms"),
            Figure("  the service, p50", pair.service.p50, "ms"),
        ]
    return figures


async def _search(services: Services, arguments: Mapping[str, object]) -> None:
    await services.search.search(Query(str(arguments["query"])))


async def _get(services: Services, arguments: Mapping[str, object]) -> None:
    """What the tool asks of the services."""
    id_ = str(arguments["id"])
    await services.memories.get(id_)
    await services.relationships.list(id_)
    await services.memories.get_many([])
    await services.search.similar(id_, limit=SIMILAR, threshold=SIMILARITY)


DIRECT: Final[dict[str, Callable[[Services, Mapping[str, object]], Awaitable[None]]]] = {
    "search_memories": _search,
    "get": _get,
}


def _tokens(agent: StdioProcess, calls: list[Call]) -> list[Figure]:
    """What stands in an agent's context, by the tokenizer at hand and by a rule of thumb."""
    listed = json.dumps(agent.ask("tools/list", {})["tools"], separators=(",", ":"))
    found = next(
        text
        for tool, arguments in calls
        if tool == "search_memories"
        and json.loads(text := agent.call(tool, arguments)["content"][0]["text"])["count"] == 10
    )
    tokenizer = BertWordPieceTokenizer(str(VOCABULARY.verified()), lowercase=True)
    figures: list[Figure] = []
    for name, text in {"tools/list": listed, "a search with 10 hits": found}.items():
        count = len(tokenizer.encode(text, add_special_tokens=False).ids)
        figures += [
            Figure(f"{name}, WordPiece", count, "tokens"),
            Figure("  bytes / 4", len(text.encode()) / 4, "tokens"),
        ]
    return figures
