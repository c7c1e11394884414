"""The model files in the data directory: `models/<name>/<path in the repository>`."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memorizer.domain.model_catalogue import CatalogueModel, ModelFile

PARTIAL: Final = ".part"
"""Suffix of an unfinished file."""


@dataclass(frozen=True, slots=True)
class ModelStore:
    """The downloaded files, whole or in part."""

    directory: Path

    def folder(self, model: CatalogueModel) -> Path:
        """Return the folder of a model."""
        return self.directory / model.name

    def path(self, model: CatalogueModel, file: ModelFile) -> Path:
        """Return the path of a complete file."""
        return self.folder(model) / file.path

    def has(self, model: CatalogueModel) -> bool:
        """Whether all files are complete."""
        return all(self.path(model, file).is_file() for file in model.files)

    def fetched(self, model: CatalogueModel) -> int:
        """Return the bytes on disk, unfinished files included."""
        return sum(self._fetched(self.path(model, file)) for file in model.files)

    def remove(self, model: CatalogueModel) -> bool:
        """Delete all files of a model; return whether there were any."""
        folder = self.folder(model)
        if not folder.exists():
            return False
        shutil.rmtree(folder)
        return True

    def _fetched(self, path: Path) -> int:
        for candidate in (path, partial(path)):
            if candidate.is_file():
                return candidate.stat().st_size
        return 0


def partial(path: Path) -> Path:
    """Return the path of a file while it is unfinished."""
    return path.with_name(path.name + PARTIAL)
