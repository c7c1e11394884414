"""Numbered SQL files in the folder `migrations` of a database's adapter."""

from dataclasses import dataclass
from importlib.resources import files

from memorizer.domain.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    script: str


def migrations(package: str) -> list[Migration]:
    """All steps in their order."""
    folder = files(package) / "migrations"
    scripts = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [
        Migration(number, script.name.removesuffix(".sql"), script.read_text(encoding="utf-8"))
        for number, script in enumerate(scripts, start=1)
    ]


def check_known(store: str, version: int, known: int) -> None:
    """Raise Misconfigured for a schema that is newer than this program."""
    if version > known:
        raise Misconfigured(
            f"{store} was written by a newer Memorizer (schema {version}, this one knows "
            f"{known}). Install the newer version; nothing was touched."
        )
