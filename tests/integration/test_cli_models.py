"""`memorizer models` as a person uses it: fetching from a hub that the test serves."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from memorizer.cli.main import application
from memorizer.domain import model_catalogue
from memorizer.domain.model_catalogue import TINYLLAMA, CatalogueModel, ModelFile, Purpose
from support.processes import environment
from support.web import Answer, Web, serving

CONTENT = b"GGUF and what follows"
SMALL = CatalogueModel(
    name="small",
    purpose=Purpose.TITLES,
    description="A model of a test",
    repository="someone/small-GGUF",
    revision="0123abc",
    licence="MIT",
    files=(ModelFile("small.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()),),
)
UNPROVED = CatalogueModel(
    name="unproved",
    purpose=Purpose.EMBEDDINGS,
    description="Another one",
    repository="someone/unproved",
    revision="0123abc",
    licence="MIT",
    files=(ModelFile("model.onnx", 10, None),),
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    with serving(lambda _: Answer(200, CONTENT)) as web:
        monkeypatch.setenv("HF_ENDPOINT", web.url + "/")
        yield web


@pytest.fixture
def small_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_catalogue, "CATALOGUE", (SMALL, UNPROVED))


def run(*arguments: str, data_dir: Path) -> Result:
    result = CliRunner().invoke(application(), ["models", *arguments, "--data-dir", str(data_dir)])
    assert result.exception is None
    return result


@pytest.mark.usefixtures("small_catalogue")
def test_a_model_is_fetched_listed_and_removed(data_dir: Path, hub: Web) -> None:
    fetched = run("pull", "small", data_dir=data_dir)
    assert f"from {hub.url}/someone/small-GGUF" in fetched.stdout
    assert f"✓ small is at {data_dir}/models/small" in fetched.stdout
    assert "MEMORIZER_TITLE_MODEL=gguf:small" in fetched.stdout
    assert (data_dir / "models/small/small.gguf").read_bytes() == CONTENT

    listed = run("list", data_dir=data_dir).stdout
    assert [line.split()[-1] for line in listed.splitlines() if "titles" in line] == ["downloaded"]

    assert "Deleted small, 21 B." in run("remove", "small", data_dir=data_dir).stdout
    assert not (data_dir / "models/small").exists()
    again = run("remove", "small", data_dir=data_dir)
    assert "nothing was deleted" in again.stderr


@pytest.mark.usefixtures("small_catalogue")
def test_the_list_shows_partial_downloads_and_missing_checksums(data_dir: Path) -> None:
    folder = data_dir / "models/small"
    folder.mkdir(parents=True)
    (folder / "small.gguf.part").write_bytes(CONTENT[:7])

    listed = run("list", data_dir=data_dir).stdout

    assert "33 % downloaded" in listed
    assert "Another one (no checksum known)" in listed
    assert "To download one, run `memorizer models pull small`." in listed


def memorizer(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "memorizer", *arguments],
        env=environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_offline_says_where_the_file_is_and_where_it_goes(data_dir: Path) -> None:
    dead = "http://127.0.0.1:1"
    ran = memorizer("models", "pull", "tinyllama", "--data-dir", str(data_dir), HF_ENDPOINT=dead)

    file = TINYLLAMA.files[0]
    assert ran.returncode == 1
    assert "error: Cannot fetch from 127.0.0.1" in ran.stderr
    assert f"  {TINYLLAMA.url(file, dead)}\n" in ran.stderr
    assert f"  {data_dir}/models/tinyllama/{file.path}\n" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_unknown_name_is_answered_with_the_known_ones(data_dir: Path) -> None:
    ran = memorizer("models", "pull", "tinylama", "--data-dir", str(data_dir))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "There is no model 'tinylama' in the catalogue. It has tinyllama" in ran.stderr


def test_doctor_names_a_title_model_that_is_not_downloaded(data_dir: Path) -> None:
    ran = memorizer("doctor", "--data-dir", str(data_dir), MEMORIZER_TITLE_MODEL="gguf:tinyllama")

    [line] = [line for line in ran.stdout.splitlines() if "title model" in line]
    assert ran.returncode == 1
    assert "✗" in line
    assert "Run `memorizer models pull tinyllama`." in line


@pytest.mark.parametrize("value", ["tinyllama", "gguf:", "ollama:llama3", "extractive:x"])
def test_a_wrong_title_model_is_one_clear_line(data_dir: Path, value: str) -> None:
    ran = memorizer("start", "--data-dir", str(data_dir), MEMORIZER_TITLE_MODEL=value)

    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert line.startswith(f"error: MEMORIZER_TITLE_MODEL is {value!r}: it should be `extractive`")


def test_a_key_is_never_shown(data_dir: Path) -> None:
    ran = memorizer(
        "doctor",
        "--data-dir",
        str(data_dir),
        MEMORIZER_TITLE_MODEL="openai:some",
        MEMORIZER_LLM_BASE_URL="http://127.0.0.1:1",
        MEMORIZER_LLM_API_KEY="sk-very-secret",
    )
    assert "MEMORIZER_LLM_API_KEY" in ran.stdout
    assert "127.0.0.1:1" in ran.stdout
    assert "secret" not in ran.stdout + ran.stderr
