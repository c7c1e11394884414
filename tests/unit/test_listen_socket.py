"""Taking the address to listen on."""

import errno
import socket

import pytest

from memorizer.domain.errors import Misconfigured
from memorizer.http.server import listen_socket


@pytest.mark.parametrize(
    ("host", "name"),
    [("127.0.0.1", "localhost"), ("localhost", "localhost"), ("127.0.0.2", "127.0.0.2")],
)
def test_a_loopback_address_is_taken_and_listens(host: str, name: str) -> None:
    with listen_socket.listen(host, 0) as listener:
        port = listener.getsockname()[1]
        socket.create_connection((host, port)).close()

        assert listen_socket.url(listener) == f"http://{name}:{port}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "memory.example", ""])  # noqa: S104
def test_only_numbers_that_lead_back_here_count_as_this_machine(host: str) -> None:
    assert not listen_socket.is_loopback(host)


def test_a_server_on_all_addresses_is_announced_under_the_one_that_works_here() -> None:
    with listen_socket.listen("0.0.0.0", 0) as listener:  # noqa: S104 - nothing is served
        assert listen_socket.url(listener).startswith("http://localhost:")


@pytest.mark.parametrize("host", ["192.0.2.1", "memory.invalid"])
def test_an_address_that_this_machine_has_not_is_one_line(host: str) -> None:
    with pytest.raises(Misconfigured, match=f"Cannot listen on {host}, port 0: "):
        listen_socket.listen(host, 0)


def test_a_taken_port_suggests_a_free_one() -> None:
    with listen_socket.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(Misconfigured, match=f"Port {port} is in use") as caught:
            listen_socket.listen("127.0.0.1", port)

    suggested = int(str(caught.value).rsplit(" ", 1)[1])
    assert suggested > port
    listen_socket.listen("127.0.0.1", suggested).close()


def test_a_port_that_is_taken_but_does_not_answer_is_found_too() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # without SO_REUSEADDR, and not listening
        port = taken.getsockname()[1]

        with pytest.raises(Misconfigured, match=f"Port {port} is in use"):
            listen_socket.listen("127.0.0.1", port)


def test_a_port_for_administrators_suggests_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(Misconfigured, match=r"administrator rights.*--port 8080"):
        listen_socket.listen("127.0.0.1", 80)
