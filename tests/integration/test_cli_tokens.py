"""`memorizer token`, and servers that want one, as processes."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from support.browsing import serving
from support.processes import environment, started
from support.waiting import HANG_SECONDS, wait_until

EVERYWHERE = "0.0.0.0"  # noqa: S104


def run(
    tmp_path: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "memorizer", *arguments, "--data-dir", str(tmp_path)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
        env=environment(**settings),
    )


def make(tmp_path: Path, name: str, scope: str) -> str:
    made = run(tmp_path, "token", "create", "--name", name, "--scope", scope)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_a_token_is_alone_on_standard_output_and_the_first_one_says_what_it_means(
    tmp_path: Path,
) -> None:
    first = run(tmp_path, "token", "create", "--name", "me", "--scope", "admin")
    second = run(tmp_path, "token", "create", "-n", "tv", "--scope", "read", "--days", "7")

    assert (len(first.stdout.split()), first.stdout[:4]) == (1, "mzr_")
    assert "cannot be shown again" in first.stderr
    assert "every client of this store needs one" in first.stderr
    assert "every client" not in second.stderr


def test_tokens_are_listed_without_what_opens_and_revoked_by_name(tmp_path: Path) -> None:
    text = make(tmp_path, "me", "admin")
    listed = run(tmp_path, "token", "list").stdout
    assert listed.splitlines()[1].split()[1:3] == ["me", "admin"]
    assert text.rpartition("_")[2] not in listed

    assert "Revoked “me”" in run(tmp_path, "token", "revoke", "me").stdout
    assert run(tmp_path, "token", "list").stdout == "No tokens.\n"
    again = run(tmp_path, "token", "revoke", "me")
    assert (again.returncode, again.stderr) == (
        3,
        "error: There is no token 'me'. It may have been deleted.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--scope", "root", "--name", "x"), "'root' is not one of 'read', 'write', 'admin'"),
        (("--scope", "read"), "Missing option '--name'"),
    ],
)
def test_a_wrong_option_is_told(tmp_path: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = run(tmp_path, "token", "create", *arguments)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert (done.returncode, problem in said) == (2, True), said


def test_a_name_that_is_taken_is_one_line(tmp_path: Path) -> None:
    make(tmp_path, "me", "admin")
    done = run(tmp_path, "token", "create", "--name", "me", "--scope", "read")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: There is a token “me” already.")


def test_a_server_for_others_refuses_to_listen_without_a_token(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with started(
        "memorizer", "start", "--host", EVERYWHERE, "--port", str(port), "--data-dir", str(tmp_path)
    ) as server:
        out, err = server.communicate(timeout=HANG_SECONDS)

    assert (server.returncode, out) == (1, "")
    command = f"memorizer token create --name me --scope admin --data-dir {tmp_path}"
    assert err.splitlines()[-1].endswith(command)


def test_with_a_token_it_listens_and_asks_everybody_for_one(tmp_path: Path) -> None:
    token = make(tmp_path, "me", "admin")
    with serving(tmp_path, "--host", EVERYWHERE) as url:
        mine = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{url}/healthz", timeout=HANG_SECONDS).status_code == 200
        assert httpx.get(f"{url}/api/stats", timeout=HANG_SECONDS).status_code == 401
        assert httpx.get(f"{url}/api/stats", headers=mine, timeout=HANG_SECONDS).status_code == 200
        by_number = mine | {"Host": "192.0.2.7:5000"}
        by_name = mine | {"Host": "memory.example"}
        foreign = by_number | {"Origin": "http://192.0.2.8:5000"}
        assert (
            httpx.get(f"{url}/api/stats", headers=by_number, timeout=HANG_SECONDS).status_code
            == 200
        )
        assert (
            httpx.get(f"{url}/api/stats", headers=by_name, timeout=HANG_SECONDS).status_code == 403
        )
        assert (
            httpx.get(f"{url}/api/stats", headers=foreign, timeout=HANG_SECONDS).status_code == 403
        )


async def test_a_running_server_learns_of_tokens_that_the_command_line_makes_and_revokes(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url) as client:

            async def status(headers: dict[str, str] | None = None) -> int:
                return (await client.get("/api/stats", headers=headers)).status_code

            assert await status() == 200
            mine = {"Authorization": f"Bearer {make(tmp_path, 'me', 'admin')}"}
            assert (await status(mine), await status()) == (200, 401)

            run(tmp_path, "token", "revoke", "me")

            async def is_refused() -> bool:
                return await status(mine) == 401

            await wait_until(is_refused, description="the revoked token to be refused")
            assert await status() == 401


def test_the_bridge_on_the_data_directory_needs_no_token(tmp_path: Path) -> None:
    make(tmp_path, "me", "admin")
    call = {
        "name": "store",
        "arguments": {"type": "note", "text": "Over the bridge.", "source": "x"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    with serving(tmp_path) as url:
        assert httpx.post(f"{url}/mcp", json=message, timeout=HANG_SECONDS).status_code == 401
        done = run(tmp_path, "mcp", stdin=json.dumps(message) + "\n")
        [answer] = [json.loads(line) for line in done.stdout.splitlines()]
    assert answer["result"]["structuredContent"]["version"] == 1


def test_no_secret_reaches_the_log(tmp_path: Path) -> None:
    token = make(tmp_path, "me", "admin")
    secret = token.rpartition("_")[2]
    arguments = ("memorizer", "start", "--port", "0", "--data-dir", str(tmp_path))
    with started(*arguments, log_level="debug") as server:
        assert server.stderr is not None
        lines = iter(server.stderr)
        url = next(json.loads(line)["url"] for line in lines if '"event": "listening"' in line)
        bearer, wrong = f"Bearer {token}", f"Bearer {token[:-1]}"
        for shown in (bearer, wrong):
            httpx.get(
                f"{url}/api/stats?token={token}",
                headers={"Authorization": shown},
                timeout=HANG_SECONDS,
            )
            httpx.post(
                f"{url}/mcp",
                json={"token": token},
                headers={"Authorization": shown},
                timeout=HANG_SECONDS,
            )
        login = httpx.post(f"{url}/api/session", json={"token": token}, timeout=HANG_SECONDS)
        metrics = httpx.get(
            f"{url}/metrics", headers={"Authorization": bearer}, timeout=HANG_SECONDS
        ).text
        server.terminate()
        log = "".join(lines)

    session = login.headers["Set-Cookie"].partition(";")[0].rpartition("_")[2]
    assert '"path": "/api/stats"' in log
    for hidden in (secret, secret[:-1], session):
        assert hidden not in log
        assert hidden not in metrics
        for file in tmp_path.iterdir():
            assert hidden.encode() not in file.read_bytes(), file.name
