"""One stream of logs, ours and those of libraries alike."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from memorizer.cli import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.basicConfig(handlers=handlers, level=level, force=True)
    structlog.reset_defaults()


def test_entries_are_json_lines_with_the_ids_of_their_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info", "json")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("ours").info("stored", memory_id="m-1")
        logging.getLogger("theirs").warning("%s is slow", "the disk")

    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert list(ours)[:3] == ["timestamp", "level", "event"]
    assert ours | {"event": "stored", "memory_id": "m-1", "request_id": "r-1"} == ours
    assert theirs | {"event": "the disk is slow", "level": "warning", "request_id": "r-1"} == theirs


def test_an_error_stays_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    try:
        int("gone")
    except ValueError:
        structlog.get_logger().exception("failed")

    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


def test_for_eyes_there_is_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "human")
    structlog.get_logger().info("stored", memory_id="m-1")

    assert capsys.readouterr().err.rstrip().endswith("[info] stored memory_id=m-1")


@pytest.mark.parametrize(("level", "shown"), [("debug", 3), ("info", 2), ("error", 0)])
def test_the_level_holds_for_all(
    level: str, shown: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level, "json")
    structlog.get_logger("ours").debug("detail")
    structlog.get_logger("ours").info("news")
    logging.getLogger("theirs").info("news")

    assert len(capsys.readouterr().err.splitlines()) == shown
