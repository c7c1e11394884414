"""Warn when the write-ahead log grows large: a reader that does not end keeps it from shrinking."""

from pathlib import Path
from time import monotonic
from typing import Final

import structlog

log = structlog.get_logger()

LARGE_WAL_BYTES: Final = 256_000_000
CHECK_INTERVAL_SECONDS: Final = 10.0


class WalSizeMonitor:
    """Logs once when the WAL exceeds LARGE_WAL_BYTES, and once when it has shrunk."""

    def __init__(self, path: Path) -> None:
        self._log = path.with_name(f"{path.name}-wal")
        self._next_check = 0.0
        self._is_large = False

    def check(self) -> None:
        """Check the size, at most every CHECK_INTERVAL_SECONDS. Cheap to call often."""
        if monotonic() < self._next_check:
            return
        self._next_check = monotonic() + CHECK_INTERVAL_SECONDS
        size = self._log.stat().st_size if self._log.exists() else 0
        if size > LARGE_WAL_BYTES and not self._is_large:
            log.warning(
                "the write-ahead log of the database is large: somebody has been reading for "
                "long, a backup or another program; it shrinks when that ends",
                file=str(self._log),
                megabytes=round(size / 1e6),
            )
        elif size <= LARGE_WAL_BYTES and self._is_large:
            log.info("the write-ahead log of the database has shrunk", megabytes=round(size / 1e6))
        self._is_large = size > LARGE_WAL_BYTES
