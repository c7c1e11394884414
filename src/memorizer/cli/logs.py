"""Configure logging: our logs and those of all libraries go to stderr, in one format."""

import logging
import os
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from memorizer.domain.auth import masked

QUIET = ("uvicorn", "asyncio", "httpx", "mcp")
"""Libraries whose debug and info messages repeat ours."""
QUIET_ON_TERMINALS = ("memorizer.worker.worker",)
"""The startup banner already says that the worker runs."""

MULTILINE_KEYS: Final = frozenset({"exception", "stack"})
"""Values that keep their line breaks: tracebacks."""


def is_human(log_format: str) -> bool:
    """Return whether logs are formatted for people rather than as JSON."""
    return log_format == "human" or (log_format == "auto" and sys.stderr.isatty())


def configure(level: str, log_format: str) -> None:
    """Send all logs of at least this level to stderr. Formats: "human", "json" or "auto"."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    human = is_human(log_format)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(human=human))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET + (QUIET_ON_TERMINALS if human else ()):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))


def _shared_processors() -> list[Processor]:
    """Return the processors for all entries; request and job ids come from context variables."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(*, human: bool) -> logging.Formatter:
    ends: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _neutralise,
        *(_human_processors() if human else _json_processors()),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared_processors(), processors=ends
    )


def _human_processors() -> list[Processor]:
    return [
        _without_logger,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
            exception_formatter=structlog.dev.plain_traceback,
            pad_event_to=0,
            pad_level=False,
            sort_keys=False,
        ),
    ]


def _json_processors() -> list[Processor]:
    return [
        _with_event_first,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _neutralise(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Escape control characters and mask secrets: log values may come from untrusted clients."""
    return {
        key: _printable(value, "\n" if key in MULTILINE_KEYS else "")
        for key, value in entry.items()
    }


def _printable(value: Any, kept: str = "") -> Any:
    """Mask secrets in strings at any depth, and escape what is not printable."""
    match value:
        case str():
            return masked("".join(c if c.isprintable() or c in kept else _escape(c) for c in value))
        case dict():
            return {_printable(key): _printable(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_printable(each) for each in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _printable(repr(value))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _without_logger(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Drop the logger's name, to save columns on a terminal."""
    entry.pop("logger", None)
    return entry


def _with_event_first(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Put timestamp, level and event first."""
    return {key: entry[key] for key in ("timestamp", "level", "event")} | dict(entry)
