"""Import and export on the page: drop, see what would happen, confirm, watch; and download."""

import io
from pathlib import Path
from zipfile import ZipFile

import httpx
from playwright.sync_api import FilePayload, Page, expect

from support.browsing import unique


def _vault(title: str) -> FilePayload:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr(f"{title}.md", f"All about {title}.")
        archive.writestr("picture.png", "no note")
    return {"name": "vault.zip", "mimeType": "application/zip", "buffer": out.getvalue()}


def _imported(api: httpx.Client) -> set[str]:
    """Titles of imported notes: their ids, made from paths, begin with zeros."""
    query: dict[str, str | int] = {"idPrefix": "00000000", "limit": 100}
    found = api.get("/api/memories", params=query).json()["memories"]
    return {memory["title"] for memory in found}


def test_a_file_is_tried_confirmed_and_imported(page: Page, api: httpx.Client) -> None:
    title = unique("Teapot")
    page.goto("/")
    page.get_by_role("link", name="Import and export").click()
    page.get_by_label("Files to add").set_input_files(_vault(title))

    dry = page.get_by_role("region", name="Dry run")
    expect(dry).to_contain_text("Would add 1 memory.")
    expect(dry).to_contain_text("files that are no notes were left out")
    assert title not in _imported(api)

    dry.get_by_role("button", name="Import").click()
    expect(page.get_by_role("region", name="Result")).to_contain_text("Added 1 memory.")
    assert title in _imported(api)


def test_what_is_no_import_is_said(page: Page) -> None:
    page.goto("/transfer")
    payload: FilePayload = {"name": "a.bin", "mimeType": "", "buffer": b"\x7fELF"}
    page.get_by_label("Files to add").set_input_files(payload)
    expect(page.get_by_role("alert")).to_contain_text("a.bin looks like none of the formats")


def test_an_export_is_one_click(page: Page) -> None:
    page.goto("/transfer")
    with page.expect_download() as notes:
        page.get_by_role("link", name="Notes (Markdown, zip)").click()
    path = Path(notes.value.path())
    assert notes.value.suggested_filename == "memories.zip"
    assert ZipFile(path).testzip() is None
