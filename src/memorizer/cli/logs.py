"""One stream of logs on stderr: ours and those of every library, in one form."""

import logging
import os
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from memorizer.domain.auth import masked

QUIET = ("uvicorn", "asyncio", "httpx", "mcp")
"""Libraries whose everyday messages say nothing that ours do not."""
QUIET_FOR_EYES = ("memorizer.worker.worker",)
"""Its comings and goings are what the welcome tells."""

MANY_LINES: Final = frozenset({"exception", "stack"})
"""What may break lines: tracebacks."""


def is_human(log_format: str) -> bool:
    """Whether logs are for eyes rather than for a machine."""
    return log_format == "human" or (log_format == "auto" and sys.stderr.isatty())


def configure(level: str, log_format: str) -> None:
    """Send all logs of at least this level to stderr."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    human = is_human(log_format)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(human=human))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET + (QUIET_FOR_EYES if human else ()):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))


def _common() -> list[Processor]:
    """What every entry gets; request and job ids come from the context."""
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
        _harmless,
        *(_for_eyes() if human else _for_machines()),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_common(), processors=ends)


def _for_eyes() -> list[Processor]:
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


def _for_machines() -> list[Processor]:
    return [
        _in_reading_order,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _harmless(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Much in a log was sent by strangers: it must not steer a terminal, nor open anything."""
    return {key: _shown(value, "\n" if key in MANY_LINES else "") for key, value in entry.items()}


def _shown(value: Any, kept: str = "") -> Any:
    """Strings, at any depth, without secrets, and with escapes for what is not printed."""
    match value:
        case str():
            return masked("".join(c if c.isprintable() or c in kept else _escape(c) for c in value))
        case dict():
            return {_shown(key): _shown(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_shown(each) for each in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _shown(repr(value))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _without_logger(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """The width of a terminal is for what happened, not for which module says so."""
    entry.pop("logger", None)
    return entry


def _in_reading_order(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """What a person looks for first comes first."""
    return {key: entry[key] for key in ("timestamp", "level", "event")} | dict(entry)
