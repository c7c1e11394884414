"""The workspace of a folder: clones and worktrees agree, with or without `git`."""

import subprocess
from pathlib import Path

import pytest

from memorizer.cli.workspace_detection import workspace_of


def repository(folder: Path, origin: str | None = None) -> Path:
    """An empty repository with one commit, made by git itself."""
    folder.mkdir(parents=True)
    run(folder, "init", "-q")
    if origin is not None:
        run(folder, "remote", "add", "origin", origin)
    return folder


def run(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("origin", "workspace"),
    [
        ("git@github.com:acme/billing-api.git", "acme/billing-api"),
        ("https://github.com/acme/billing-api", "acme/billing-api"),
        ("https://user:secret@github.com/Acme/Billing-API.git/", "acme/billing-api"),
        ("ssh://git@git.example.org:2222/acme/team/billing.git", "acme/team/billing"),
        ("file:///srv/git/billing.git", "billing"),
        ("/srv/git/billing.git", "billing"),
        ("../billing", "billing"),
        ("https://example.org/acme/Größe & Maß.git", "acme/grösse-mass"),
        ("https://example.org/all", "all-project"),
    ],
)
def test_it_is_the_path_of_the_origin_without_its_host(
    tmp_path: Path, origin: str, workspace: str
) -> None:
    assert workspace_of(repository(tmp_path / "here", origin)) == workspace


def test_without_an_origin_it_is_the_name_of_the_repositorys_folder(tmp_path: Path) -> None:
    home = repository(tmp_path / "My Notes")
    (home / "deep" / "down").mkdir(parents=True)
    assert workspace_of(home / "deep" / "down") == "my-notes"


def test_worktrees_of_one_repository_agree(tmp_path: Path) -> None:
    home = repository(tmp_path / "billing")
    run(home, "commit", "-q", "--allow-empty", "-m", "first")
    run(home, "worktree", "add", "-q", "../elsewhere", "-b", "feature")
    assert workspace_of(tmp_path / "elsewhere") == workspace_of(home) == "billing"


def test_without_a_repository_it_is_the_folders_name(tmp_path: Path) -> None:
    (tmp_path / "Ideas 2026").mkdir()
    assert workspace_of(tmp_path / "Ideas 2026") == "ideas-2026"


def test_a_name_without_letters_has_a_workspace_too(tmp_path: Path) -> None:
    (tmp_path / "---").mkdir()
    assert workspace_of(tmp_path / "---") == "project"
