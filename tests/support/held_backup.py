"""`memorizer backup` that waits in the middle of its work: for a file, then for being given up.

`python -m support.held_backup BEGUN GO_ON`: the first file is made when it waits, the second ends
the first wait.
"""

import sys
import time
from pathlib import Path
from typing import Any

from memorizer.adapters.postgres.backup import PostgresDumper
from memorizer.adapters.sqlite.backup import SqliteDumper
from memorizer.cli import main
from memorizer.domain.backups import BackupProgress


def hold(dumper: type[Any], begun: Path, go_on: Path) -> None:
    """Have its `write` leave half a file, and end only by what `watch` raises."""

    def write(_: object, part: Path, watch: BackupProgress) -> None:
        part.write_bytes(b"half")
        begun.touch()
        while not go_on.exists():
            time.sleep(0.01)
        while True:
            watch(0.5)
            time.sleep(0.01)

    dumper.write = write


if __name__ == "__main__":
    for each in (SqliteDumper, PostgresDumper):
        hold(each, *map(Path, sys.argv[1:]))
    sys.argv = ["memorizer", "backup"]
    main.main()
