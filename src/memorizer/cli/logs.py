"""One stream of logs on stderr: ours and those of every library, in one form."""

import logging
import os
import sys

import structlog
from structlog.typing import EventDict, Processor

QUIET = ("uvicorn", "asyncio", "httpx", "mcp")
"""Libraries whose everyday messages say nothing that ours do not."""
QUIET_FOR_EYES = ("memorizer.worker.engine",)
"""Its comings and goings are what the welcome tells."""


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
        structlog.processors.format_exc_info,
        _in_reading_order,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _without_logger(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """The width of a terminal is for what happened, not for which module says so."""
    entry.pop("logger", None)
    return entry


def _in_reading_order(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """What a person looks for first comes first."""
    return {key: entry[key] for key in ("timestamp", "level", "event")} | dict(entry)
