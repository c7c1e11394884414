"""The deployment files, read as those programs read them that they are for."""

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import typer
import yaml

from memorizer.cli.main import application

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "compose.yaml"
KUBERNETES = ROOT / "deploy" / "kubernetes"
SYSTEMD = ROOT / "deploy" / "systemd"
PLACEHOLDER = re.compile(r"\$\{(\w+)(?::([-?])(.*?))?\}")

Json = dict[str, Any]
Instruction = tuple[str, str]
"""RUN, COPY and so on, and what stands after it."""


def stages(dockerfile: str) -> list[list[Instruction]]:
    """The instructions of each stage; what stands before the first is left out."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[Instruction]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, rest.strip()))
    return found


def values(stage: list[Instruction], name: str) -> list[str]:
    """What stands after each instruction of this name."""
    return [rest for each, rest in stage if each == name]


def exec_form(rest: str) -> list[str]:
    """A command that is written as JSON, as all of ours are; options before it do not count."""
    words: list[str] = json.loads(rest[rest.index("[") :])
    return words


def variables(stage: list[Instruction]) -> dict[str, str]:
    """What ENV sets."""
    words = shlex.split(" ".join(values(stage, "ENV")))
    return dict(word.split("=", 1) for word in words)


def context(source: str) -> list[Path]:
    """The files that COPY takes from here; .dockerignore is read, whose last fitting line wins."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and line[0] != "#"
    ]
    start = ROOT / source
    files = [start] if start.is_file() else sorted(path for path in start.rglob("*"))
    return [path for path in files if path.is_file() and not _is_ignored(path, rules)]


def _is_ignored(path: Path, rules: list[str]) -> bool:
    relative = path.relative_to(ROOT)
    names = [str(each) for each in (relative, *relative.parents) if each.name]
    fitting = [rule for rule in rules if any(_fits(name, rule.lstrip("!")) for name in names)]
    return bool(fitting) and not fitting[-1].startswith("!")


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(name.rpartition("/")[2], pattern[3:])
    return name.count("/") == pattern.count("/") and fnmatch(name, pattern)


def compose(**environment: str) -> Json:
    """compose.yaml with its placeholders filled in. Raises KeyError where one must be given."""
    project: Json = yaml.safe_load(_filled_in(COMPOSE.read_text(), environment))
    return project


def _filled_in(text: str, environment: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if kind == "?" and not environment.get(name):
            raise KeyError(rest)
        return environment.get(name) or (rest if kind == "-" else "")

    return PLACEHOLDER.sub(value, text)


def manifests() -> Iterator[tuple[Path, Json]]:
    """All objects of all files for Kubernetes, kustomizations too."""
    for path in sorted(KUBERNETES.rglob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            yield path, manifest


def units() -> dict[str, dict[str, list[str]]]:
    """What stands in the [Service] of each unit; a key may come more than once."""
    return {path.name: _service(path.read_text()) for path in sorted(SYSTEMD.glob("*.service"))}


def _service(unit: str) -> dict[str, list[str]]:
    section = unit.partition("[Service]")[2].partition("\n[")[0]
    found: dict[str, list[str]] = {}
    for line in section.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def require_command(words: list[str]) -> None:
    """Raise what the command line would say to these words, if they are no command of ours."""
    command: Any = typer.main.get_command(application())
    name, context = "memorizer", None
    while hasattr(command, "resolve_command"):
        context = command.make_context(name, list(words), parent=context)
        name, command, words = command.resolve_command(context, words)
    command.make_context(name, list(words), parent=context)


def without_settings() -> dict[str, str]:
    """The environment, but none of our settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")}
