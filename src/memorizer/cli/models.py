"""`memorizer models`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir

app = typer.Typer(help="Fetch language and embedding models by name.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A name that `memorizer models list` shows.", show_default=False
    ),
]


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """Show which models can be fetched, and which are here."""
    from memorizer.cli import config, show_models

    show_models.catalogue(config.load(data_dir=data_dir))


@app.command()
def pull(name: Name, data_dir: DataDir = None) -> None:
    """Fetch a model; what a break left unfinished goes on where it stopped."""
    from memorizer.cli import config, fetch

    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)
    fetch.model(settings, name)


@app.command()
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Delete the files of a model."""
    from memorizer.cli import config, show_models

    show_models.remove(config.load(data_dir=data_dir), name)
