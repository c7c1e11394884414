"""`memorizer ARGUMENTS` in the process of the tests."""

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import structlog

from memorizer.cli import main


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: object
    out: str
    err: str


Cli = Callable[..., Ran]


@contextmanager
def command_line(
    captured: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cli]:
    """A function that runs a command with these arguments."""

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["memorizer", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            main.main()
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = captured.readouterr()
        return Ran(left.value.code, out.decode(), err.decode())

    handlers, level = logging.root.handlers[:], logging.root.level
    yield run
    logging.basicConfig(handlers=handlers, level=level, force=True)
    structlog.reset_defaults()
