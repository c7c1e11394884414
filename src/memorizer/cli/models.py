"""`memorizer models`."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir
from memorizer.domain.errors import Misconfigured

if TYPE_CHECKING:
    from memorizer.bootstrap.model_files import ModelFiles
    from memorizer.domain.model_catalogue import CatalogueModel

HUB_VARIABLE = "HF_ENDPOINT"
"""Variable by which tools of the Hugging Face hub are configured to use a mirror."""
ROW = "{:<22} {:<11} {:>7}  {:<11} {}"

app = typer.Typer(
    help="List, download and delete language and embedding models.", no_args_is_help=True
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of a model in `memorizer models list`.", show_default=False
    ),
]


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List the models that can be downloaded, and show which are."""
    from memorizer.bootstrap.model_files import open_model_files
    from memorizer.domain.model_catalogue import CATALOGUE

    files = open_model_files(session.load_settings(data_dir=data_dir))
    console.line((ROW.format("NAME", "FOR", "SIZE", "LICENCE", "STATE"), "dim"))
    for model in CATALOGUE:
        columns = (model.name, model.purpose, console.size(model.size), model.licence)
        console.line(ROW.format(*columns, ""), _state(files, model))
        has_checksums = all(file.sha256 for file in model.files)
        suffix = "" if has_checksums else " (no checksum known)"
        console.line((f"  {model.description}{suffix}", "dim"))
    downloaded = [model for model in CATALOGUE if files.has(model)]
    hints = [_usage_hint(model) for model in downloaded]
    console.line()
    console.line((f"Models are kept in {files.directory}.", "dim"))
    for hint in hints or [f"To download one, run `memorizer models pull {CATALOGUE[0].name}`."]:
        console.line((hint, "dim"))


@app.command()
def pull(name: Name, data_dir: DataDir = None) -> None:
    """Download a model, or resume an interrupted download."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from memorizer.bootstrap.model_files import open_model_files
    from memorizer.domain.model_catalogue import HUB, find

    settings = session.load_settings(data_dir=data_dir)
    session.open_data_dir(settings.data_dir)
    model, files = find(name), open_model_files(settings)
    hub = os.environ.get(HUB_VARIABLE, "").strip().rstrip("/") or HUB
    if not files.has(model):
        console.line(f"{model.description}, {console.size(model.size)}, {model.licence}")
        console.line(f"from {hub}/{model.repository}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with console.progress(*columns) as bar:
        task = bar.add_task(model.name, total=model.size)
        files.download(model, lambda done: bar.update(task, completed=done), hub)
    console.success(f"{model.name} is at {files.folder(model)}")
    console.line((f"  {_usage_hint(model)}", "dim"))


@app.command()
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Delete a downloaded model."""
    from memorizer.bootstrap.model_files import open_model_files
    from memorizer.domain.model_catalogue import find

    files = open_model_files(session.load_settings(data_dir=data_dir))
    model = find(name)
    size = files.fetched(model)
    try:
        was_present = files.remove(model)
    except OSError as error:
        raise Misconfigured(f"Cannot delete {error.filename}: {error.strerror}.") from error
    if was_present:
        console.line(f"Deleted {model.name}, {console.size(size)}.")
    else:
        console.note(f"{model.name} is not in {files.directory}; nothing was deleted.")


def _usage_hint(model: "CatalogueModel") -> str:
    """Return how to make Memorizer use a downloaded model."""
    from memorizer.bootstrap.adapters import install
    from memorizer.domain.model_catalogue import Purpose
    from memorizer.settings import variable

    if model.purpose is Purpose.EMBEDDINGS:
        setting = f"{variable('embedding_model')}=onnx:{model.name}"
    else:
        setting = f"{variable('title_model')}=gguf:{model.name}"
    if model.purpose is Purpose.TITLES and find_spec("xllamacpp") is None:
        return f"{install('llm')} Then set {setting} and start Memorizer."
    return f"To use it, set {setting} and start Memorizer."


def _state(files: "ModelFiles", model: "CatalogueModel") -> tuple[str, str]:
    """Return how much of the model is downloaded, and the style of this text."""
    if files.has(model):
        return "downloaded", "green"
    if fetched := files.fetched(model):
        return f"{fetched * 100 // model.size} % downloaded", "yellow"
    return "not downloaded", "dim"
