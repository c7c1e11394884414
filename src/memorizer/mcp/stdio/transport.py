"""Standard input and output, taken for the protocol alone.

Whatever else in the process reads or prints, a library in C included, meets the null device
and standard error instead.
"""

import os
import threading
from collections.abc import Iterator
from typing import BinaryIO


class StdioTransport:
    """One message a line, both ways."""

    def __init__(self) -> None:
        self._in = _taken(0, "rb", os.open(os.devnull, os.O_RDONLY))
        self._out = _taken(1, "wb", os.dup(2))
        self._lock = threading.Lock()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of standard input until it is closed."""
        for line in self._in:
            if line.strip():
                yield line

    def send(self, message: bytes) -> None:
        """Write one message whole. Raises BrokenPipeError when nobody reads any more."""
        with self._lock:
            self._out.write(message.replace(b"\n", b" ") + b"\n")
            self._out.flush()


def _taken(number: int, mode: str, instead: int) -> BinaryIO:
    """Move a stream to a new file descriptor; `instead` takes the old number."""
    wire = os.dup(number)
    os.dup2(instead, number)
    os.close(instead)
    stream: BinaryIO = os.fdopen(wire, mode)  # type: ignore[assignment]  # both modes are binary
    return stream
