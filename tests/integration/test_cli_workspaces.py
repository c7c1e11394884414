"""`memorizer workspace`, and `--workspace` on the commands on memories, as a person uses them."""

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from support.commands import Cli
from support.stdio_process import memorizer_mcp

TEA = "Green tea wants water of 80 degrees."


def clone(folder: Path, origin: str) -> Path:
    """A folder that looks like a clone of a repository."""
    (folder / ".git").mkdir(parents=True)
    config = f'[remote "origin"]\n\turl = git@example.org:{origin}.git\n'
    (folder / ".git" / "config").write_text(config, encoding="utf-8")
    return folder


def store(cli: Cli, text: str, *options: str) -> str:
    ran = cli("add", text, "--title", text, "--json", *options)
    assert ran.code == 0, ran.err
    return str(json.loads(ran.out)["id"])


def found(cli: Cli, *options: str) -> set[str]:
    ran = cli("search", "tea", "--json", *options)
    assert ran.code == 0, ran.err
    return {hit["memory"]["id"] for hit in json.loads(ran.out)["results"]}


def done(cli: Cli, *arguments: str) -> str:
    ran = cli("workspace", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def paths(cli: Cli) -> list[str]:
    return [each["path"] for each in json.loads(done(cli, "list", "--json"))["workspaces"]]


def columns(lines: Iterable[str], *headings: str) -> list[str]:
    """What stands below these headings, without the spaces behind it."""
    head, *rows = lines
    starts = [found.start() for found in re.finditer(r"\S+( \S+)*", head)] + [None]
    spans = {head[a:b].strip(): slice(a, b) for a, b in pairwise(starts)}
    return [" ".join(row[spans[heading]].rstrip() for heading in headings) for row in rows]


def test_the_tree_is_built_shown_and_changed(cli: Cli) -> None:
    done(cli, "create", "acme", "--name", "Acme Ltd")
    assert "Created acme/web/shop" in done(cli, "create", "acme/web/shop", "--parents")
    done(cli, "create", "acme/billing", "--project", "--status", "active")
    store(cli, TEA, "--workspace", "acme/billing")
    shown = done(cli, "list").splitlines()

    assert columns(shown, "WORKSPACE", "MEMORIES") == [
        *("acme 0", "├─ billing 1", "└─ web 0", "   └─ shop 0")
    ]
    assert "Acme Ltd" in shown[1]
    assert "active" in shown[2]
    assert paths(cli) == ["acme", "acme/billing", "acme/web", "acme/web/shop"]

    assert "Moved shop" in done(cli, "move", "acme/web/shop", "/")
    assert "Moved acme/web/shop" in done(cli, "move", "shop", "acme/web")
    assert "Renamed acme/web" in done(cli, "rename", "acme/web", "The web")
    assert "Renamed acme/site" in done(cli, "rename", "acme/web", "Site", "--slug", "site")
    done(cli, "archive", "acme/site")
    assert "archived" in done(cli, "list")
    done(cli, "archive", "acme/site", "--undo")
    assert "archived" not in done(cli, "list")
    assert paths(cli) == ["acme", "acme/billing", "acme/site", "acme/site/shop"]


def test_a_workspace_with_memories_goes_only_when_it_is_said_where_they_go(cli: Cli) -> None:
    done(cli, "create", "acme")
    memory = store(cli, TEA, "-w", "acme")

    refused = cli("workspace", "delete", "acme", "--yes")
    assert refused.code == 1
    assert "1 memories" in refused.err
    assert "Say with `to` what becomes of the memories" in refused.err
    assert "1 memory went to the trash" in done(cli, "delete", "acme", "--to", "trash", "--yes")
    assert paths(cli) == []
    assert memory in cli("trash", "list").out


def test_commands_work_in_one_workspace_and_never_in_more_by_mistake(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(cli, "create", "acme/web", "--parents")
    done(cli, "create", "beta")
    inner = store(cli, TEA, "--workspace", "ACME/web")
    other = store(cli, TEA, "-w", "beta")
    unfiled = store(cli, TEA)

    assert found(cli, "-w", "acme") == {inner}
    assert found(cli, "-w", "unfiled") == {unfiled}
    assert cli("duplicates", "-w", "acme").out == "No two memories are this similar.\n"
    assert cli("purge-version", other, "1", "-w", "acme", "--yes").code == 3
    monkeypatch.setenv("MEMORIZER_WORKSPACE", "acme")
    assert found(cli) == {inner}
    assert len(found(cli, "-w", "all")) == 1, "equal texts are one hit"
    assert "1.000" in cli("duplicates", "-w", "all").out
    done(cli, "delete", "beta", "--to", "trash", "--yes")
    assert cli("trash", "list").out == "The trash is empty.\n"
    assert cli("trash", "empty", "--yes").out == "The trash is empty.\n"
    assert other in cli("trash", "list", "-w", "all").out
    for wrong, code in (("gamma", 3), ("not//a path", 1)):
        monkeypatch.setenv("MEMORIZER_WORKSPACE", wrong)
        for command in (("search", "tea"), ("add", "tea"), ("trash", "list"), ("duplicates",)):
            ran = cli(*command)
            assert (ran.code, ran.out) == (code, ""), command
            assert "workspace" in ran.err


def test_a_tour_of_two_repositories(
    cli: Cli, tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line and agents agree on what `auto` is, also in another clone."""
    one = clone(tmp_path / "one", "acme/one")
    again = clone(tmp_path / "again", "acme/one")
    two = clone(tmp_path / "two", "acme/two")

    monkeypatch.chdir(one)
    done(cli, "create", "other")
    before = cli("search", "tea", "-w", "auto")
    assert before.code == 0
    assert "nothing was stored yet in acme/one" in before.err
    assert "`auto` means acme/one in this folder, which does not exist" in cli("doctor").out
    memory = store(cli, TEA, "--workspace", "auto")
    monkeypatch.setenv("MEMORIZER_WORKSPACE", "other")
    said = cli("doctor").out
    assert "acme/one in this folder, with 1 memory" in said
    assert "MEMORIZER_WORKSPACE is other" in said

    monkeypatch.chdir(again)
    assert found(cli, "-w", "auto") == {memory}
    auto = ("-m", "memorizer", "mcp", "--workspace", "auto", "--data-dir")
    with memorizer_mcp(data_dir, *auto) as agent:
        agent.hello()
        assert agent.call("search_memories", query="tea")["count"] == 1
        agent.call("store", type="note", text=f"{TEA} Said the agent.", source="agent")
    assert len(found(cli, "-w", "acme/one")) == 2

    monkeypatch.chdir(two)
    assert found(cli, "-w", "auto") == set()
    store(cli, f"{TEA} In two.", "-w", "auto")
    assert len(found(cli, "-w", "auto")) == 1
    assert paths(cli) == ["acme", "acme/one", "acme/two", "other"]


def test_a_dry_run_of_an_import_leaves_nothing_behind(
    cli: Cli, tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the workspace that `auto` means, nor a data directory."""
    notes = tmp_path / "notes" / "deep"
    notes.mkdir(parents=True)
    (notes / "Tea.md").write_text(TEA)
    monkeypatch.chdir(clone(tmp_path / "one", "acme/one"))
    promise = "✓ Would add 1 memory\n"
    source = ("import", "--dry-run", "--workspace", "auto", str(tmp_path / "notes"))

    new = tmp_path / "new"
    assert cli(*source, "--data-dir", str(new)).out == promise
    assert not new.exists()

    store(cli, "Another memory.")
    before = (data_dir / "memorizer.db").read_bytes()
    assert cli(*source).out == promise
    with_folders = cli(*source, "--folders")
    assert with_folders.out == "✓ Would add 1 memory, 1 workspace\n"
    assert (paths(cli), (data_dir / "memorizer.db").read_bytes()) == ([], before)

    really = [each for each in source if each != "--dry-run"]
    assert cli(*really, "--folders").out == with_folders.out.replace("Would add", "Added")
    assert paths(cli) == ["acme", "acme/one", "acme/one/deep"]


def test_tokens_are_listed_with_what_they_are_bound_to(cli: Cli) -> None:
    for path in ("acme", "shared"):
        done(cli, "create", path)
    cli("token", "create", "-n", "me", "--scope", "admin")
    cli("token", "create", "-n", "ci", "--scope", "write", "-w", "acme", "-w", "shared:read")
    cli("token", "create", "-n", "old", "--scope", "read", "-w", "shared")
    done(cli, "delete", "shared", "--yes")

    listed = cli("token", "list").out.splitlines()
    assert columns(listed, "NAME", "WORKSPACES") == ["me all", "ci acme:write", "old none"]
