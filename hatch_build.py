"""The build hook: wheels and source distributions carry the built web page."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface[Any]):
    """Builds the web page where it is not built yet."""

    def dependencies(self) -> list[str]:
        """Node, if the machine has none that serves and the page has to be built."""
        page = _page_build(self.root)
        built = page.is_current(page.sources_digest())
        return [] if built or page.has_node() else [page.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; an editable installation is left to `make`, which builds when sources change."""
        if version != "editable":
            _page_build(self.root).build()


def _page_build(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("page_build", Path(root, "web", "build.py"))
    if spec is None or spec.loader is None:
        raise FileNotFoundError("web/build.py is missing, so the web page cannot be built")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
