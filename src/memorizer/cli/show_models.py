"""What `memorizer models` prints."""

from importlib.util import find_spec

from rich.text import Text

from memorizer.bootstrap.adapters import install
from memorizer.bootstrap.model_files import ModelFiles, open_model_files
from memorizer.cli import console
from memorizer.domain.errors import Misconfigured
from memorizer.domain.model_catalogue import CATALOGUE, CatalogueModel, Purpose, find
from memorizer.settings import Settings, variable

VALUES = {
    Purpose.TITLES: f"{variable('title_model')}=gguf:",
    Purpose.EMBEDDINGS: f"{variable('embedding_model')}=onnx:",
}

LINE = "{:<22} {:<11} {:>7}  {:<11} {}"


def catalogue(settings: Settings) -> None:
    """All models, and what to do next."""
    store, out = open_model_files(settings), console.out()
    out.print(Text(LINE.format("NAME", "FOR", "SIZE", "LICENCE", "STATE"), style="dim"))
    for model in CATALOGUE:
        facts = (model.name, model.purpose, console.size(model.size), model.licence)
        out.print(Text(LINE.format(*facts, "")).append_text(_state(store, model)))
        out.print(Text(f"  {_what(model)}", style="dim"), soft_wrap=True)
    out.print()
    for line in (f"They are kept in {store.directory}.", *_advice(store)):
        out.print(Text(line, style="dim"), soft_wrap=True)


def remove(settings: Settings, name: str) -> None:
    """Delete it. Raises InvalidField, Misconfigured."""
    model, store = find(name), open_model_files(settings)
    size = store.fetched(model)
    try:
        was_there = store.remove(model)
    except OSError as error:
        raise Misconfigured(f"Cannot delete {error.filename}: {error.strerror}.") from error
    if was_there:
        console.out().print(Text(f"Deleted {model.name}, {console.size(size)}."))
    else:
        console.note(f"{model.name} is not in {store.directory}; nothing was deleted.")


def use(model: CatalogueModel) -> str:
    """How to make Memorizer use a model that is here."""
    setting = f"{VALUES[model.purpose]}{model.name}"
    if model.purpose is Purpose.TITLES and find_spec("xllamacpp") is None:
        return f"{install('llm')} Then set {setting} and start Memorizer."
    return f"To use it, set {setting} and start Memorizer."


def _state(store: ModelFiles, model: CatalogueModel) -> Text:
    if store.has(model):
        return Text("here", style="green")
    if fetched := store.fetched(model):
        return Text(f"{fetched * 100 // model.size} % here", style="yellow")
    return Text("not here", style="dim")


def _what(model: CatalogueModel) -> str:
    is_proved = all(file.sha256 for file in model.files)
    return model.description + ("" if is_proved else " (no checksum known)")


def _advice(store: ModelFiles) -> list[str]:
    here = [model for model in CATALOGUE if store.has(model)]
    return [use(model) for model in here] or [
        f"`memorizer models pull {CATALOGUE[0].name}` fetches one."
    ]
