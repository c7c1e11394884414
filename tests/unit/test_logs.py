"""One stream of logs, ours and those of libraries alike."""

import json
import logging
import secrets
from collections.abc import Iterator
from typing import NoReturn

import pytest
import structlog

from memorizer.cli import logs
from memorizer.domain.auth import Kind, Secret

HOSTILE = "a\x1b[2J\x9b31m\u202egpj\u2066\u061c\r\nfake line\U000e0041"
"""Escapes of terminals, in both forms; characters that turn text around; a line of its own."""
ESCAPED = r"a\x1b[2J\x9b31m\u202egpj\u2066\u061c\r\nfake line\U000e0041"

both_formats = pytest.mark.parametrize("log_format", ["json", "human"])


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


def fail(text: str) -> NoReturn:
    raise ValueError(text)


@both_formats
def test_nothing_in_a_line_steers_a_terminal(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", log_format)
    log = structlog.get_logger("ours")
    for value in (HOSTILE, [HOSTILE], {HOSTILE: {"deep": (HOSTILE,)}}):
        log.info("request", path=value)
    logging.getLogger("theirs").warning("%s refused", HOSTILE)

    said = capsys.readouterr().err
    assert said.count("\n") == 4
    assert all(c.isprintable() for c in said.replace("\n", ""))
    assert said.replace("\\\\", "\\").count(ESCAPED) == 5


@both_formats
def test_nothing_in_a_traceback_does(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", log_format)
    try:
        fail(HOSTILE)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("theirs").exception("failed")

    said = capsys.readouterr().err
    assert all(c.isprintable() for c in said.replace("\n", ""))
    assert said.count("ValueError: a") == 2


@both_formats
@pytest.mark.parametrize("kind", Kind)
def test_no_line_holds_a_secret_nor_a_part_of_one(
    log_format: str, kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = Secret(kind, "0c7d3f91ab52", secrets.token_hex(32))
    logs.configure("info", log_format)
    log = structlog.get_logger("ours")
    log.info("at /%s", secret.text, path=f"/x/{secret.text}", error=ValueError(secret.text))
    log.info("cut off", path=f"/x/{secret.text}"[:40], upper=secret.text.upper())
    try:
        fail(secret.text)
    except ValueError:
        log.exception("failed")

    said = capsys.readouterr().err
    assert secret.key[:8] not in said.lower()
    assert said.count(f"{kind}_0c7d3f91ab52_…") == 5  # the id stays, to revoke it by
