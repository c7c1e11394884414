"""The error tree and the architecture page show what the code has."""

import ast
import re
import tomllib
from collections.abc import Iterator

from memorizer.domain import errors
from support.repository import ROOT

PACKAGE = ROOT / "src/memorizer"
PAGE = (ROOT / "docs/architecture.md").read_text()


def _drawn(base: type, indent: str = "") -> Iterator[str]:
    """The subclasses of a class as lines of a tree, without their descriptions."""
    children = [kind for kind in vars(errors).values() if base in getattr(kind, "__bases__", ())]
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└──' if last else '├──'} {child.__name__}"
        yield from _drawn(child, indent + ("    " if last else "│   "))


def test_the_error_tree() -> None:
    lines = str(errors.__doc__).splitlines()
    tree = [re.match(r"[│ ├└─]*\w+", line) for line in lines if re.match(r"[│├└ ]+", line)]
    assert [match[0] for match in tree if match] == list(_drawn(errors.MemorizerError))


def test_the_order_of_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    drawn = [f"{{{layer}}}" if "|" in layer else layer for layer in layers]
    assert f"**{' → '.join(drawn)}.**" in PAGE


def _imported(layer: str) -> set[str]:
    """The layers that the files of a layer import."""
    path = PACKAGE / layer
    files = [path.with_suffix(".py")] if not path.is_dir() else path.rglob("*.py")
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("memorizer."):
                found.add(str(node.module).split(".")[1])
    return found - {layer}


def test_what_each_layer_imports() -> None:
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|.*\| (.*) \|$", PAGE, re.MULTILINE)
    stated = {layer: set(text.split(", ")) - {"nothing"} for layer, text in rows}
    assert stated == {layer: _imported(layer) for layer in stated}
    layers = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith(("_", "py."))}
    assert set(stated) == layers
