"""Which tests stay together when several processes share them."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = {
    "test_llama_titles.py": "gguf",  # one copy of the model in memory, and one that computes
    "test_title_models.py": "gguf",
    "test_title_writer.py": "gguf",
    "test_mcp_conformance.py": "conformance",
    "test_mcp_inspector.py": "conformance",
    "test_bullmq_interop.py": "node",
}
"""By file: pytest-xdist 3.8 overlooks its own mark `xdist_group` with pytest 9.2."""


class OneByOne(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """The next test goes to whoever is free; the largest group begins."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].rpartition("/")[2]
        return TOGETHER.get(file, nodeid)
