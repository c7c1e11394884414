"""The model files in the data directory: `models/<name>/<path in the repository>`."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memorizer.domain.model_catalogue import CatalogueModel, ModelFile

PARTIAL: Final = ".part"
"""What the name of a file ends with while it is being fetched."""


@dataclass(frozen=True, slots=True)
class ModelStore:
    """What has been fetched, whole or in part."""

    directory: Path

    def folder(self, model: CatalogueModel) -> Path:
        """Where all files of a model lie."""
        return self.directory / model.name

    def path(self, model: CatalogueModel, file: ModelFile) -> Path:
        """Where one file lies once it is complete."""
        return self.folder(model) / file.path

    def has(self, model: CatalogueModel) -> bool:
        """Whether all files are here; only complete files have their final names."""
        return all(self.path(model, file).is_file() for file in model.files)

    def fetched(self, model: CatalogueModel) -> int:
        """Bytes that are here, unfinished files included."""
        return sum(self._fetched(self.path(model, file)) for file in model.files)

    def remove(self, model: CatalogueModel) -> bool:
        """Delete all files of a model; whether there was anything to delete."""
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
    """Where a file lies while it is being fetched."""
    return path.with_name(path.name + PARTIAL)
