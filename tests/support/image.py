"""Does what a Dockerfile says, without Docker: its commands, in folders of our own."""

import shutil
import subprocess
import sys
from pathlib import Path

from support.deployment import (
    DOCKERFILE,
    ROOT,
    context,
    exec_form,
    stages,
    values,
    variables,
    without_settings,
)

HOME = "/opt/memorizer"
"""What the first stage makes and the second takes."""
PATIENCE_SECONDS = 600


class Image:
    """The folders that stand for the file systems of the image, and what runs in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._build, self._stage = stages(DOCKERFILE.read_text())
        # the image's own Python, with the pip that comes with it
        self._python = folder / "python"
        subprocess.run([sys.executable, "-m", "venv", self._python], check=True)
        self._environment = without_settings()

    def build(self) -> None:
        """The first stage, line by line."""
        place = ""
        for name, rest in self._build:
            match name:
                case "WORKDIR":
                    place = rest
                    self.at(place).mkdir(parents=True)
                case "COPY":
                    self._copy(rest, self.at(place))
                case "RUN":
                    self._run(rest, self.at(place))

    def settings(self) -> dict[str, str]:
        """What the image sets, with its folders put here."""
        found = variables(self._stage)
        del found["PATH"]
        found["MEMORIZER_DATA_DIR"] = str(self.at(found["MEMORIZER_DATA_DIR"]))
        return found

    def command(self, *words: str) -> list[str]:
        """What a container runs that is given these words."""
        program, *rest = exec_form(values(self._stage, "ENTRYPOINT")[0])
        return [str(self.at(HOME) / "bin" / program), *rest, *words]

    def health_check(self) -> list[str]:
        """What Docker runs every ten seconds."""
        program, *rest = exec_form(values(self._stage, "HEALTHCHECK")[0])
        return [str(self.at(HOME) / "bin" / program), *rest]

    def at(self, path: str) -> Path:
        """Where a folder of the image is here."""
        return self._folder / path.removeprefix("/")

    def _copy(self, rest: str, place: Path) -> None:
        *sources, target = rest.split()
        for source in sources:
            into = place / target
            for file in context(source):
                inside = file.relative_to(ROOT / source) if (ROOT / source).is_dir() else file.name
                (into / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, into / inside)

    def _run(self, command: str, place: Path) -> None:
        search = f"{self._python / 'bin'}:{self._environment['PATH']}"
        subprocess.run(
            ["sh", "-euc", command.replace(HOME, str(self.at(HOME)))],
            cwd=place,
            env=self._environment | {"PATH": search},
            check=True,
            timeout=PATIENCE_SECONDS,
        )
