"""The workspace of a folder, for `--workspace auto`: one rule for storing and for finding.

It is the path of the repository's `origin` without its host (`acme/billing-api`), so that all
clones and worktrees agree; without an origin, the name of the folder that has the repository;
without a repository, the folder's own name. The standard library only: `memorizer mcp` and hooks
must answer at once. Git's own files are read, because `git` need not be installed.
"""

import re
from pathlib import Path
from typing import Final

from memorizer.domain.errors import InvalidField
from memorizer.domain.workspaces import MAX_DEPTH, RESERVED_SLUGS, is_id, parse_ref, slug_of

AUTO: Final = "auto"
ALL: Final = "all"
"""Names no workspace, where MEMORIZER_WORKSPACE would name one."""
DEFAULT: Final = "project"
"""The slug of a folder whose name has neither letter nor digit."""

_SECTION: Final = re.compile(r'\s*\[\s*remote\s+"origin"\s*\]')
_URL: Final = re.compile(r"\s*url\s*=\s*(.*\S)")
_REMOTE: Final = re.compile(
    r"(?:(?!file:)\w[\w+.-]*://(?:[^/@]*@)?[^/]+/|(?:[^/@]+@)?[^/:]{2,}:(?!//))(.+)"
)
"""`https://host/path`, `ssh://git@host:22/path` or `git@host:path`; group 1 is the path."""


def chosen(choice: str | None, folder: Path) -> str | None:
    """Return the id or path that a user's choice means in a folder; None for all workspaces.

    Raises InvalidField.
    """
    if not choice or choice == ALL:
        return None
    return workspace_of(folder) if choice == AUTO else parse_ref(choice)


def workspace_of(folder: Path) -> str:
    """Return the path of the workspace that a folder belongs to."""
    common = _common_git_dir(folder.absolute())
    if common is None:
        return _slug(folder.absolute().name)
    if (origin := _origin(common)) is not None:
        return _of_origin(origin)
    home = common.parent if common.name == ".git" else common
    return _slug(home.name.removesuffix(".git"))


def _common_git_dir(folder: Path) -> Path | None:
    """Return the directory that all worktrees of a repository share."""
    for place in (folder, *folder.parents):
        found = place / ".git"
        if found.is_dir():
            return found
        if found.is_file() and (target := _pointed_to(found, "gitdir:")) is not None:
            common = target / "commondir"
            return (target / common.read_text().strip()).resolve() if common.is_file() else target
    return None


def _pointed_to(file: Path, prefix: str) -> Path | None:
    text = file.read_text(errors="replace").strip()
    if not text.startswith(prefix):
        return None
    return (file.parent / text.removeprefix(prefix).strip()).resolve()


def _origin(common: Path) -> str | None:
    """Return the URL of the remote `origin`."""
    try:
        lines = (common / "config").read_text(errors="replace").splitlines()
    except OSError:
        return None
    is_origin = False
    for line in lines:
        if line.lstrip().startswith("["):
            is_origin = bool(_SECTION.match(line))
        elif is_origin and (url := _URL.match(line)):
            return url[1].strip('"')
    return None


def _of_origin(url: str) -> str:
    remote = _REMOTE.fullmatch(url)
    path = remote[1] if remote else Path(url).name  # of a local repository, the name alone
    parts = [part for part in path.removesuffix("/").removesuffix(".git").split("/") if part]
    return "/".join(_slug(part) for part in parts[-MAX_DEPTH:]) or DEFAULT


def _slug(name: str) -> str:
    try:
        slug = slug_of(name)
    except InvalidField:
        return DEFAULT
    return f"{slug}-{DEFAULT}" if slug in RESERVED_SLUGS or is_id(slug) else slug
