"""A folder, its zip, and the zips of other systems are read alike."""

from pathlib import Path
from zipfile import ZipFile, ZipInfo

from memorizer.adapters.formats.archive import open_files, read_all
from support.moving import unpacked, zipped

FILES: dict[str, bytes | str] = {
    "a/Übersicht.md": "1",
    "b.md": "2",
    ".trash/gone.md": "3",
    ".obsidian/x.md": "4",
    "a/._b.md": "5",
}
READ = [("a/Übersicht.md", b"1"), ("b.md", b"2")]


def test_a_zip_is_read_as_its_folder(tmp_path: Path) -> None:
    inside = {f"vault/{name}": content for name, content in FILES.items()}
    inside["__MACOSX/vault/._b.md"] = "6"
    assert _read(unpacked(tmp_path / "folder", FILES)) == READ
    assert _read(zipped(tmp_path / "flat.zip", FILES)) == READ
    assert _read(zipped(tmp_path / "vault.zip", inside)) == READ


def test_names_of_windows_and_macs_are_paths(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("vault\\a\\Tea.md", "vault/../../b.md", "vault/U\u0308.md"):
            entry = ZipInfo("x")
            entry.filename = name
            archive.writestr(entry, "x")
    assert [name for name, _ in _read(tmp_path / "x.zip")] == ["a/Tea.md", "b.md", "Ü.md"]


def test_names_in_utf_8_that_do_not_say_so_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"\xe9.md": "x", "b.md": "y"})
    raw = path.read_bytes()
    flagged = bytes.fromhex("0008")
    assert raw.count(flagged) >= 2
    content = raw.replace(b"\x14\x00" + flagged, b"\x14\x00\x00\x00")
    path.write_bytes(content)
    assert [name for name, _ in _read(path)] == ["b.md", "é.md"]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "folder", {"a.md": "x"})
    (tmp_path / "secret.md").write_text("secret")
    (folder / "b.md").symlink_to(tmp_path / "secret.md")
    (folder / "c").symlink_to(tmp_path)
    assert _read(folder) == [("a.md", b"x")]


def _read(path: Path) -> list[tuple[str, bytes]]:
    with open_files(path) as files:
        return [(name, read_all(open_, 99)) for name, open_ in files]
