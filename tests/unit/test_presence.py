"""How a running server is found, and why a stale file cannot mislead."""

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from memorizer.mcp.stdio import server_discovery
from memorizer.mcp.stdio.server_discovery import ServerRecord
from support.web import Answer, Asked, serving

KEY = "the key"


def healthy(instance: str) -> Answer:
    return Answer.of({"status": "ok"}, Memorizer_Instance=instance)


def at(url: str, instance: str) -> ServerRecord:
    return ServerRecord("127.0.0.1", int(url.rpartition(":")[2]), 1, instance, KEY)


def test_a_server_is_found_by_the_file_and_its_own_name(tmp_path: Path) -> None:
    with (
        serving(lambda _: healthy("mine")) as web,
        server_discovery.announced(tmp_path, at(web.url, "mine")),
    ):
        line = server_discovery.connect(tmp_path)
        assert line is not None
        assert line.key == KEY
        line.connection.close()
        assert [asked.path for asked in web.asked] == ["/healthz"]


def test_without_a_file_there_is_no_server(tmp_path: Path) -> None:
    assert server_discovery.connect(tmp_path) is None


def test_the_key_in_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with server_discovery.announced(tmp_path, ServerRecord("127.0.0.1", 5000, 1, "mine", KEY)):
        mode = (tmp_path / server_discovery.FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert KEY not in repr(ServerRecord("127.0.0.1", 5000, 1, "mine", KEY))


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give a file away")
def test_a_file_that_another_user_put_there_is_not_believed(tmp_path: Path) -> None:
    with server_discovery.announced(tmp_path, ServerRecord("127.0.0.1", 5000, 1, "mine", KEY)):
        assert server_discovery.read(tmp_path) is not None
        os.chown(tmp_path / server_discovery.FILE, 12_345, 12_345)
        assert server_discovery.read(tmp_path) is None
        os.chown(tmp_path, 12_345, 12_345)
        assert server_discovery.read(tmp_path) is not None, "whose directory it is, may"


def test_the_file_goes_with_the_server(tmp_path: Path) -> None:
    with server_discovery.announced(tmp_path, ServerRecord("127.0.0.1", 5000, 1, "mine", KEY)):
        assert server_discovery.read(tmp_path) is not None
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_stops_leaves_the_file_of_the_next_one(tmp_path: Path) -> None:
    next_one = ServerRecord("127.0.0.1", 5001, 2, "next", KEY)
    with server_discovery.announced(tmp_path, ServerRecord("127.0.0.1", 5000, 1, "mine", KEY)):
        (tmp_path / server_discovery.FILE).write_text(
            json.dumps(
                {"host": "127.0.0.1", "port": 5001, "pid": 2, "instance": "next", "key": KEY}
            )
        )
    assert server_discovery.read(tmp_path) == next_one


def test_a_port_that_another_memorizer_has_by_now_is_not_believed(tmp_path: Path) -> None:
    with (
        serving(lambda _: healthy("another")) as web,
        server_discovery.announced(tmp_path, at(web.url, "mine")),
    ):
        assert server_discovery.connect(tmp_path) is None


def test_a_port_that_another_program_has_by_now_is_not_believed(tmp_path: Path) -> None:
    def answer(_: Asked) -> Answer:
        return Answer(status=404, body=b"who?")

    with serving(answer) as web, server_discovery.announced(tmp_path, at(web.url, "mine")):
        assert server_discovery.connect(tmp_path) is None


def test_a_port_where_nobody_listens_is_not_believed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with server_discovery.announced(tmp_path, ServerRecord("127.0.0.1", port, 1, "mine", KEY)):
        assert server_discovery.connect(tmp_path) is None


@pytest.mark.parametrize(
    "said",
    ["", "{", "[]", "null", '{"host": "h"}', '{"host":"h","port":"x","pid":1,"instance":"i"}'],
)
def test_a_file_that_cannot_be_understood_is_no_file(tmp_path: Path, said: str) -> None:
    (tmp_path / server_discovery.FILE).write_text(said)
    assert server_discovery.connect(tmp_path) is None
