"""`memorizer export`, `import` and `copy` as a person uses them."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from memorizer.adapters.formats import detect, output_files
from support.commands import Cli
from support.moving import unpacked


@pytest.fixture
def stored(cli: Cli) -> None:
    """Two memories."""
    cli("add", "Green tea wants 80 degrees.", "--title", "Green tea", "-t", "hot drinks")
    cli("add", "The kettle holds a litre.", "--title", "Kettle")


@pytest.mark.usefixtures("stored")
def test_a_file_goes_to_another_machine(cli: Cli, tmp_path: Path) -> None:
    file = str(tmp_path / "out" / "memories.jsonl")
    exported = cli("export", file)
    other = str(tmp_path / "other")

    promised = cli("import", "--dry-run", file, "--data-dir", other)
    imported = cli("import", file, "--data-dir", other)
    again = cli("import", file, "--data-dir", other)

    assert (exported.code, exported.out) == (0, f"✓ Exported to {file}\n")
    assert promised.out == "✓ Would add 2 memories, 2 events\n"
    assert imported.out == "✓ Added 2 memories, 2 events\n"
    assert "Search finds them by words now" in imported.err
    assert again.out == "✓ Already here: 2 memories, 2 events\n"
    assert cli("export", "-", "--data-dir", other).out == Path(file).read_text()
    assert "Kettle" in cli("search", "kettle", "--data-dir", other).out


@pytest.mark.usefixtures("stored")
def test_standard_output_goes_to_standard_input(cli: Cli, tmp_path: Path) -> None:
    piped = cli("export", "-").out.encode()
    imported = cli("import", "-", "--data-dir", str(tmp_path / "other"), stdin=piped)
    assert imported.out == "✓ Added 2 memories, 2 events\n"


@pytest.mark.usefixtures("stored")
def test_a_vault_is_written_and_known_again(cli: Cli, tmp_path: Path) -> None:
    vault, zipped = tmp_path / "vault", tmp_path / "vault.zip"
    cli("export", "--format", "markdown", str(vault))
    cli("export", "--format", "markdown", str(zipped))

    assert {file.name for file in vault.iterdir()} == {"Green tea.md", "Kettle.md"}
    assert "\n---\nThe kettle holds a litre.\n" in (vault / "Kettle.md").read_text()
    for place in (vault, zipped):
        assert cli("import", str(place)).out == "✓ Already here: 2 memories\n"


@pytest.mark.usefixtures("stored")
def test_nothing_that_is_there_is_replaced_unasked(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "memories.jsonl"
    file.write_text("precious")

    refused = cli("export", str(file))
    assert (refused.code, file.read_text()) == (1, "precious")
    assert "already exists. Choose another name, or use --force." in refused.err
    assert cli("export", "--format", "markdown", str(tmp_path)).code == 1

    assert cli("export", "--force", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_every_refusal_is_named_and_the_rest_is_taken(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    entity = {"type": "entity", "name": "Acme", "entityType": "firm", "observations": ["Sells tea"]}
    file.write_text(f"{json.dumps(entity)}\n{{broken\n")

    ran = cli("import", str(file))

    assert ran.code == 3
    assert "✓ Added 1 memory" in ran.out
    assert "✗ Refused 1; the reasons are above" in ran.out
    assert "refused line 2: JSON: Expecting property name" in ran.err


def test_what_is_said_often_is_said_once_with_its_number(cli: Cli, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    for number in range(8):
        (vault / f"{number}.md").write_text(f"---\na: b: c\n---\nSee [[nowhere {number}]].")
        (vault / f"long {number}.md").write_text("x" * 500_001)

    ran = cli("import", str(vault))

    assert ran.code == 3
    assert ran.err.count("refused long ") == 5
    assert "note: 3 more were refused: text: at most 500,000 characters" in ran.err
    assert "a head that cannot be read stays in the text (8): 0.md (is not YAML" in ran.err
    assert "leads to a note that is not in these files; it stays in the text (8): " in ran.err
    assert "✓ Added 8 memories\n✗ Refused 8; the reasons are above" in ran.out


def test_an_import_that_took_nothing_did_not_work(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    file.write_text('{"type": "entity"}\n{"type": "entity", "name": 1}\n')
    ran = cli("import", str(file))
    assert ran.code == 1
    assert "✗ Refused 2; the reasons are above" in ran.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"just words", "looks like none of the formats"),
        (b"", "looks like none of the formats"),
        (b"PK\x03\x04 no zip", "looks like none of the formats"),
        (b'{"kind": "memorizer-export", "formatVersion": 99}', "has version 99"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(
    cli: Cli, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    ran = cli("import", str(file))
    assert ran.code == 1
    assert words in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", detect.READERS)
def test_no_format_breaks_on_a_folder_or_a_broken_zip(cli: Cli, tmp_path: Path, name: str) -> None:
    folder, broken = tmp_path / "folder", tmp_path / "broken.zip"
    folder.mkdir()
    with ZipFile(broken, "w") as archive:
        archive.writestr("conversations.json", "[{}]" * 1_000)
        archive.writestr("note.md", "text " * 1_000)
    content = bytearray(broken.read_bytes())
    content[40:60] = bytes(20)
    broken.write_bytes(content)
    for path in (folder, broken):
        ran = cli("import", "--from", name, str(path))
        assert ran.code in (0, 1, 3)
        assert "Traceback" not in ran.err


def test_a_missing_file_and_a_wrong_format_are_named(cli: Cli, tmp_path: Path) -> None:
    assert "There is no file" in cli("import", str(tmp_path / "none")).err
    (tmp_path / "file").write_text("{}")
    assert (
        "'word' is no format; there are: memorizer,"
        in cli("import", "--from", "word", str(tmp_path / "file")).err
    )


@pytest.mark.usefixtures("stored")
def test_a_store_is_copied_and_compared(cli: Cli, tmp_path: Path, postgres_url: str) -> None:
    there = cli("copy", "--from", f"sqlite:{tmp_path / 'data'}", "--to", postgres_url)
    back = cli("copy", "--from", postgres_url, "--to", f"sqlite:{tmp_path / 'back'}")

    assert there.code == back.code == 0
    assert there.out == back.out
    assert "2 memories" in there.out
    assert there.out.endswith("Both databases have the same content.\n")
    assert "Kettle" in cli("search", "kettle", "--data-dir", str(tmp_path / "back")).out


def test_what_is_no_database_is_said_in_a_line(cli: Cli, tmp_path: Path) -> None:
    nowhere = f"sqlite:{tmp_path / 'nowhere'}"
    assert "There is no database" in cli("copy", "--from", nowhere, "--to", nowhere).err
    assert "is not a database. Write sqlite:" in cli("copy", "--from", "x", "--to", nowhere).err
    (tmp_path / "file").write_text("x")
    wrong = cli("copy", "--from", f"sqlite:{tmp_path / 'file'}", "--to", nowhere)
    assert "is neither a data directory" in wrong.err


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_workspaces_go_along_or_are_made_of_folders(cli: Cli, tmp_path: Path) -> None:
    """`--folders` makes workspaces, an export may have one of them, an import may go into one."""
    vault, part, all_ = (str(tmp_path / name) for name in ("vault", "part.jsonl", "all.jsonl"))
    unpacked(Path(vault), {"Acme/Billing API/due.md": "Due in May.", "Acme/us.md": "Us."})

    added = cli("import", "--folders", vault)
    assert (added.code, "2 workspaces" in added.out) == (0, True), added.err
    assert cli("export", part, "--workspace", "acme/billing-api").code == 0
    assert Path(part).read_text().count('"kind":"memory"') == 1
    assert cli("export", all_).code == 0
    again = cli("import", all_, "--workspace", "acme/billing-api")
    assert (again.code, "in another workspace" in again.err) == (3, True), again.err

    unknown = cli("export", part, "--force", "--workspace", "acme/shipping")
    assert (unknown.code, "acme/shipping" in unknown.err) == (3, True)
    no_folders = cli("import", "--folders", all_)
    assert (no_folders.code, "has no folders" in no_folders.err) == (1, True)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user whose new files anybody may write."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("stored", "open_umask")
@pytest.mark.parametrize("name", ["memories.jsonl", "vault.zip"])
def test_an_export_is_private_and_goes_through_no_link_of_others(
    cli: Cli, tmp_path: Path, name: str
) -> None:
    shared, precious = tmp_path / "shared", tmp_path / "precious"
    shared.mkdir()
    precious.write_text("precious")
    (shared / f"{name}.part").symlink_to(precious)
    (shared / name).symlink_to(precious)
    form = "markdown" if name.endswith(".zip") else "jsonl"
    if form == "markdown":
        (shared / name).unlink()

    told = cli("export", "--format", form, str(shared / name), *["--force"][: form == "jsonl"])

    assert told.code == 0, told.err
    assert precious.read_text() == "precious"
    assert not (shared / name).is_symlink()
    assert _mode(shared / name) == 0o600
    assert {file.name for file in shared.iterdir()} == {name, f"{name}.part"}


@pytest.mark.usefixtures("stored", "open_umask")
def test_a_vault_in_a_folder_that_others_may_read_is_private(cli: Cli, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir(mode=0o777)
    assert cli("export", "--format", "markdown", str(vault)).code == 0
    files = [file for file in vault.rglob("*") if file.is_file()]
    assert len(files) == 2
    assert {_mode(file) for file in files} == {0o600}


def test_a_file_of_others_in_the_place_of_a_new_one_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "link").symlink_to(precious)
    for name in ("precious", "link"):
        with pytest.raises(FileExistsError):
            output_files.create(tmp_path / name)
    assert precious.read_text() == "precious"
