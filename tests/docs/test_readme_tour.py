"""The README's sixty seconds, pasted in one go before a real server, do what the README says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.server_process import server_process
from support.waiting import HANG_SECONDS

README = Path(__file__).resolve().parents[2] / "README.md"
TOUR = re.compile(r"## Sixty seconds.*?```sh\n(.*?)```", re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour calls curl")
def test_the_tour_works_in_one_go(tmp_path: Path) -> None:
    found = TOUR.search(README.read_text())
    assert found
    data_dir = tmp_path / "data"
    with server_process(data_dir) as server:
        script = found[1].replace("localhost:5000", server.url.removeprefix("http://"))
        script = re.sub(r"^export PATH=.*$", "", script, flags=re.MULTILINE)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=os.environ | {"PATH": path, "MEMORIZER_DATA_DIR": str(data_dir)},
            capture_output=True,
            check=False,
            text=True,
            timeout=HANG_SECONDS,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^ *1 +The mobile app keeps people signed in", ran.stdout, re.MULTILINE)
    titles = re.findall(r'"title": ?(.*)', ran.stdout)
    assert len(titles) == 3
    assert all(title.startswith('"') for title in titles), "a title is missing"
