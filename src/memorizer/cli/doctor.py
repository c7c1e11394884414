"""`memorizer doctor`."""

import typer

from memorizer.cli.options import DataDir


def doctor(data_dir: DataDir = None) -> None:
    """Try every part for real, and say what to do about those that fail."""
    from memorizer.cli import examine

    if not examine.everything(data_dir):
        raise typer.Exit(1)
