"""Generate the synchronous half of clients/python: `python -m tools.sync_client`.

Both halves are the same but for `async` and `await`, so one is written by hand. A test compares
the committed files with the generated text.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "clients" / "python" / "src" / "memorizer_client"
WORDS: Final[Mapping[str, str]] = {
    r"async (def|with|for)": r"\1",
    r"await ": "",
    r"asyncio\.sleep": "time.sleep",
    r"import asyncio": "import time",
    r"asynccontextmanager": "contextmanager",
    r"AsyncIterator": "Iterator",
    r"Async(?=Client|Memor|Workspaces|Trash|Jobs)": "",
    r"__a(enter|exit)__": r"__\1__",
    r"a(close|read|iter_lines)\b": r"\1",
    r"_async_(\w+)": r"_\1",
    r"asynchronous": "synchronous",
}
GENERATED: Final = "Made of `{}` by `make client`."


def sync_files() -> Iterator[tuple[Path, str]]:
    """Yield each generated file, and its text."""
    for source in sorted(FOLDER.glob("_async_*.py")):
        text = source.read_text(encoding="utf-8")
        for pattern, replacement in WORDS.items():
            text = re.sub(pattern, replacement, text)
        docstring = re.compile(r'\A"""(.*?)\. `.*?"""', re.DOTALL)
        text = docstring.sub(rf'"""\1. {GENERATED.format(source.name)}"""', text)
        yield source.with_name(source.name.replace("_async_", "_")), _formatted(text)


def _formatted(text: str) -> str:
    name = f"--stdin-filename={FOLDER / 'any.py'}"  # where it lies, imports are sorted by
    fix = ["check", "--select", "I,UP028", "--fix", "--unsafe-fixes", "--exit-zero"]
    for arguments in (fix, ["format"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--quiet", name, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)  # noqa: S603
        text = done.stdout
    return text


if __name__ == "__main__":
    for file, text in sync_files():
        file.write_text(text, encoding="utf-8")
