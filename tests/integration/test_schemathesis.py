"""Requests made up from our own OpenAPI, good and bad: every reply is one that it promises."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI

from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import AuthPolicy
from memorizer.http.auth.rate_limit import LoginThrottle
from support.memorizer import Memorizer
from support.waiting import HANG_SECONDS

COMMAND = [
    *(sys.executable, "-m", "schemathesis.cli", "run", "--no-color"),
    "--exclude-path=/api/admin/events",  # it never ends; test_sse.py follows it
    f"--request-timeout={HANG_SECONDS}",
    *("--checks=all", "--max-examples=10", "--suppress-health-check=all"),
    *("--seed=1", "--generation-deterministic"),
]


@pytest.mark.long
async def test_every_reply_is_one_that_the_description_promises(
    server: str, app: FastAPI, memorizer: Memorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the tokens that it makes should not lock it out
    monkeypatch.setattr(state_of(app).authenticator, "policy", AuthPolicy(auth="off"))
    monkeypatch.setattr(LoginThrottle, "MAX_DELAY_SECONDS", 0.0)  # it has many
    await memorizer.start_worker()
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    schemathesis = await asyncio.create_subprocess_exec(
        *COMMAND,
        f"{server}/openapi.json",
        cwd=memorizer.settings.data_dir,
        env=os.environ | hooks,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await schemathesis.communicate()
    assert schemathesis.returncode == 0, report.decode()
