"""The command line as a person uses it, on a real data directory with the real model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from memorizer import __version__
from memorizer.http.app import openapi_text
from memorizer.settings import Settings
from support.commands import Cli
from support.model_folders import minilm_folder

ML = "Machine learning is a subset of artificial intelligence."


def add(cli: Cli, text: str, *options: str) -> dict[str, str]:
    """Store a memory; its REST shape."""
    ran = cli("add", text, "--json", *options)
    assert ran.code == 0, ran.err
    memory: dict[str, str] = json.loads(ran.out)
    return memory


def test_help_names_every_command(cli: Cli) -> None:
    ran = cli("--help")

    assert ran.code == 0
    for command in ("start", "worker", "add", "search", "jobs", "doctor", "openapi"):
        assert command in ran.out


def test_paragraphs_of_help_fold_at_the_width_of_the_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    lines = [line.strip() for line in cli("mcp", "--help").out.splitlines()]

    assert "to it. Otherwise this process opens the data directory, with a worker." in lines


def test_nothing_heavy_is_imported_for_help() -> None:
    heavy = {"fastapi", "pydantic", "apsw", "numpy", "onnxruntime", "structlog", "uvicorn"}
    # a fresh interpreter: this one has imported everything
    code = f"import sys, memorizer.cli.main; print({heavy!r} & set(sys.modules))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert imported.stdout == b"set()\n"


def test_the_version_is_printed(cli: Cli) -> None:
    assert cli("--version").out == f"memorizer {__version__}\n"


def test_an_unknown_option_is_explained_with_exit_code_2(cli: Cli) -> None:
    ran = cli("add", "x", "--colour", "red")

    assert ran.code == 2
    assert "--colour" in ran.err


def test_a_memory_is_stored_and_found_by_its_meaning(cli: Cli) -> None:
    add(cli, "Honey never spoils.", "--tag", "food")
    stored = cli("add", ML, "--title", "Machine learning", "--tag", "ai", "--tag", "AI")

    found = cli("search", "AI and ML", "--limit", "1")

    assert stored.out.startswith("✓ Stored ")
    assert (found.code, found.err) == (0, "")
    title, text, details = found.out.splitlines()
    assert "Machine learning" in title
    assert text.strip() == ML
    assert details.split(" · ")[1::2] == ["note", "ai"]


def test_standard_input_is_stored_verbatim(cli: Cli) -> None:
    ran = cli("add", "-", "--json", stdin="# Grüße\n\nZwei Zeilen.\n".encode())

    assert json.loads(ran.out)["text"] == "# Grüße\n\nZwei Zeilen.\n"


def test_standard_input_that_is_no_text_is_refused(cli: Cli) -> None:
    ran = cli("add", "-", stdin=b"\xff\xfe\x00")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: text: standard input is not UTF-8 text\n"


def test_a_wrong_field_is_one_line_that_names_it(cli: Cli) -> None:
    ran = cli("add", "x", "--confidence", "1.5")

    assert ran.code == 1
    assert ran.err == "error: confidence: must lie between 0 and 1\n"


def test_a_missing_title_is_announced_while_no_worker_is_alive(cli: Cli) -> None:
    ran = cli("add", ML)

    announced = "note: Its title will be written"
    assert ran.err in {  # the second where embedding took longer than a request may wait
        f"{announced} once `memorizer start` or `memorizer worker` runs.\n",
        f"{announced} and its meaning indexed once `memorizer start` or `memorizer worker` runs.\n",
    }


def test_a_search_can_explain_itself(cli: Cli) -> None:
    add(cli, ML, "--title", "Machine learning")

    ran = cli("search", "machine learning", "--explain")

    for leg in ("words", "meaning of the text", "title and tags"):
        assert f"{leg:<20} rank 1" in ran.out


def test_a_search_can_answer_in_the_shape_of_the_rest_api(cli: Cli) -> None:
    memory = add(cli, ML, "--type", "fact", "--source", "book")
    memory.pop("titleJobId")

    answer = json.loads(cli("search", "learning", "--json", "--explain").out)

    assert answer["count"] == 1
    assert answer["results"][0]["memory"] == memory
    assert "explanation" in answer["results"][0]


def test_filters_are_hard(cli: Cli) -> None:
    add(cli, ML, "--type", "fact", "--tag", "ai")

    assert cli("search", "learning", "--type", "fact", "--tag", "AI").out.startswith(" 1  ")
    assert cli("search", "learning", "--type", "opinion").out == "Nothing found for “learning”.\n"


def test_a_memory_cannot_steer_the_terminal(cli: Cli) -> None:
    add(cli, "evil \x1b[2Jtext [red]markup[/red]", "--title", "a\x1b]0;title\x07b")

    out = cli("search", "evil").out

    assert "\x1b" not in out
    assert "[red]markup[/red]" in out


def test_reading_where_nothing_was_stored_says_how_to_begin(cli: Cli, data_dir: Path) -> None:
    ran = cli("search", "anything")

    assert ran.code == 1
    assert ran.err.startswith(f"error: There is nothing in {data_dir} yet. Start with ")
    assert not data_dir.exists()


def test_the_option_counts_more_than_the_variable(cli: Cli, data_dir: Path, tmp_path: Path) -> None:
    cli("add", "elsewhere", "--title", "Elsewhere", "--data-dir", str(tmp_path / "other"))

    assert (tmp_path / "other" / "memorizer.db").exists()
    assert not data_dir.exists()


def test_a_wrong_variable_is_one_line_that_names_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORIZER_PORT", "abc")

    assert cli("jobs", "list").err == (
        "error: MEMORIZER_PORT is 'abc': it should be a valid integer\n"
    )


def test_jobs_are_listed_with_their_counts(cli: Cli) -> None:
    job = add(cli, ML)["titleJobId"]

    ran = cli("jobs", "list", "--queue", "title-generation", "--state", "waiting")

    assert job in ran.out
    assert "write title" in ran.out
    assert "title-generation        1 waiting\n" in ran.out
    assert "No worker is running" in ran.err
    assert cli("jobs", "list", "--state", "failed").out.startswith("No jobs.\n")


def test_an_unknown_queue_is_refused_with_the_choice(cli: Cli) -> None:
    ran = cli("jobs", "list", "--queue", "embedding-slices")

    assert ran.code == 2
    assert "title-generation" in ran.err
    assert "embedding-regeneration" in ran.err


def test_a_job_is_shown_cancelled_and_retried(cli: Cli) -> None:
    job = add(cli, ML)["titleJobId"]

    assert f"memorizer jobs cancel {job}" in cli("jobs", "show", job).out
    assert cli("jobs", "cancel", job).out == f"Job {job} is cancelled.\n"
    assert f"memorizer jobs retry {job}" in cli("jobs", "show", job).out
    assert cli("jobs", "retry", job).out == f"Job {job} is waiting for a worker.\n"
    refused = cli("jobs", "retry", job)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("error: A job that is waiting cannot be")


def test_an_unknown_job_is_one_line(cli: Cli) -> None:
    add(cli, ML)

    for command in ("show", "retry", "cancel", "watch"):
        ran = cli("jobs", command, "nothing")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("error: There is no job 'nothing'.")


def test_watching_a_job_that_did_not_complete_ends_with_exit_code_1(cli: Cli) -> None:
    job = add(cli, ML)["titleJobId"]
    cli("jobs", "cancel", job)

    ran = cli("jobs", "watch", job)

    assert ran.code == 1
    assert "✗ cancelled" in ran.out


def test_re_embedding_waits_for_a_worker(cli: Cli) -> None:
    add(cli, "Honey never spoils.")
    ran = cli("reembed")
    assert ran.code == 0
    job_id = ran.out.split()[1]
    assert job_id.startswith("bulk-")
    assert f"memorizer jobs watch {job_id}" in ran.out
    assert "No worker is running" in ran.err
    again = cli("reembed")
    assert (again.code, f"Job {job_id} already does this" in again.err) == (1, True)


def test_re_embedding_from_the_terminal_changes_the_model(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(cli, ML, "--title", "Machine learning")
    folder = minilm_folder(tmp_path / "second", pooling="pooling_mode_cls_token")
    monkeypatch.setenv("MEMORIZER_EMBEDDING_MODEL", f"onnx:{folder}")
    assert "Memories are embedded with all-MiniLM-L6-v2-int8" in cli("doctor").out

    ran = cli("reembed", "--watch")

    assert ran.code == 0, ran.err
    assert "this command runs the job itself" in ran.err
    assert "100 %  completed, 1/1" in ran.out
    assert '"model": "second-' in ran.out
    cli("reembed")
    monkeypatch.delenv("MEMORIZER_EMBEDDING_MODEL")
    other = cli("reembed", "--watch")  # a job for another model is not what is wanted
    assert (other.code, "cancel it first" in other.err) == (1, True)
    monkeypatch.setenv("MEMORIZER_EMBEDDING_MODEL", f"onnx:{folder}")
    assert cli("reembed", "--watch").code == 0
    found = cli("search", "AI and ML")
    assert (found.code, found.err) == (0, "")
    assert "Machine learning" in found.out
    assert cli("doctor").code == 0


def test_the_doctor_finds_everything_well(cli: Cli, data_dir: Path) -> None:
    ran = cli("doctor")

    assert ran.code == 0, ran.out
    assert str(data_dir) in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["✓"] * 9


def test_the_doctor_names_what_is_wrong(cli: Cli, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "memorizer.db").write_text("this is no database" * 1_000)

    ran = cli("doctor")

    assert ran.code == 1
    assert "✗  database" in ran.out


def test_the_doctor_finds_a_misspelt_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_PROT", "6000")

    ran = cli("doctor")

    assert ran.code == 1
    assert "MEMORIZER_PROT is not a setting. Did you mean MEMORIZER_PORT?" in ran.out


def test_openapi_is_printed_as_it_is_committed(cli: Cli) -> None:
    assert cli("openapi").out == openapi_text()


def test_settings_are_listed_with_their_sources_and_without_secrets(
    cli: Cli, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.mkdir()
    hidden = "pass-word"
    (data_dir / "memorizer.toml").write_text(f'port = 5001\nredis_url = "redis://:{hidden}@h/0"\n')
    monkeypatch.setenv("MEMORIZER_LLM_BASE_URL", f"http://me:{hidden}@llm.example/v1")
    monkeypatch.setenv("MEMORIZER_PROT", "6000")

    listed = cli("config", "list")
    found = json.loads(cli("config", "list", "--json").out)

    assert hidden not in listed.out + str(found)
    assert "MEMORIZER_PROT is not a setting. Did you mean MEMORIZER_PORT?" in listed.err
    rows = {row["name"]: (row["value"], row["source"]) for row in found["settings"]}
    assert rows["port"] == (5001, str(data_dir / "memorizer.toml"))
    assert rows["data_dir"] == (str(data_dir), "MEMORIZER_DATA_DIR")
    assert rows["worker"] == (True, "default")
    assert rows["redis_url"][1] == str(data_dir / "memorizer.toml")
    assert set(rows) == set(Settings.model_fields)
    assert found["files"] == [str(data_dir / "memorizer.toml")]
