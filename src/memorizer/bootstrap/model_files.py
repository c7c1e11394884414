"""The model files of a data directory, for the command line."""

from collections.abc import Callable

from memorizer.adapters.model_files.download import Download
from memorizer.adapters.model_files.store import ModelStore
from memorizer.domain.model_catalogue import CatalogueModel
from memorizer.settings import Settings


class ModelFiles(ModelStore):
    """What has been downloaded, and the way to download more."""

    def download(self, model: CatalogueModel, on_progress: Callable[[int], None], hub: str) -> None:
        """Fetch the missing files from the hub. Raises DownloadFailed.

        `on_progress` is called with the bytes of this model that are there by now.
        """
        Download(self, model, on_progress, hub).run()


def open_model_files(settings: Settings) -> ModelFiles:
    """Return the model files in the data directory of these settings."""
    return ModelFiles(settings.models_dir)
