"""A server process for one test, whose models wait for the test, and which can be killed."""

import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import httpx

from support.models import Models
from support.processes import started
from support.waiting import HANG_SECONDS


class KillableServer:
    """The server process; it keeps its address over a restart."""

    def __init__(self, folder: Path, models: Models, **settings: str) -> None:
        self.models = models
        self._folder = folder
        self._settings = settings
        self._running = ExitStack()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._client = httpx.Client(base_url=self.url, timeout=HANG_SECONDS)

    def start(self) -> None:
        """Return when it listens."""
        process = self._running.enter_context(
            started(
                *("memorizer", "start", "--port", str(self._port)),
                *("--data-dir", str(self._folder)),
                title_model="openai:titles",
                llm_base_url=self.models.url,
                embedding_model="openai:vectors",
                embedding_base_url=self.models.url,
                title_fallback="none",
                lease_seconds="3",
                **self._settings,
            )
        )
        log = process.stderr
        assert log is not None
        assert any('"event": "listening"' in line for line in log)
        # nobody reads on, and a full pipe would stop the server
        threading.Thread(target=_drain, args=(log,), daemon=True).start()

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self._running.close()

    def close(self) -> None:
        """Kill the process and close the client."""
        self.kill()
        self._client.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API, as somebody else would."""
        reply = self._client.request(method, path, json=body).raise_for_status()
        return reply.json() if reply.content else None

    def store(self, *texts: str) -> None:
        for text in texts:
            self.call("POST", "/api/memories", {"text": text, "title": "Given"})

    def store_untitled(self, count: int) -> None:
        """Memories without a title, and without a job that would write one."""
        self.call("POST", "/api/admin/queues/title-generation/pause")
        for number in range(count):
            self.call("POST", "/api/memories", {"text": f"Number {number} has no title."})
        waiting = "/api/admin/jobs?state=waiting&queue=title-generation&limit=100"
        for job in self.call("GET", waiting)["jobs"]:
            self.call("POST", f"/api/admin/jobs/{job['id']}/cancel")
        self.call("POST", "/api/admin/jobs/clean", {"olderThanHours": 0})
        self.call("POST", "/api/admin/queues/title-generation/resume")

    def counts(self, queue: str = "titleQueue") -> dict[str, int]:
        found: dict[str, int] = self.call("GET", "/api/admin/stats")[queue]
        return found


def _drain(log: IO[str]) -> None:
    with suppress(ValueError):  # closed at the end
        for _ in log:
            pass
