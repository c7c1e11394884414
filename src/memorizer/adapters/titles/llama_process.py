"""The process that holds a GGUF model: a line of JSON asks, a line of JSON answers.

`python -m memorizer.adapters.titles.llama_process MODEL SOCKET`. Loading a model holds Python's
lock for seconds, a crash in native code ends the process, and only the end of a process is sure to
give all memory back: so it is not the process that serves people. It ends when its input ends.
"""

import json
import os
import secrets
import signal
import socket
import sys
from typing import Any, TextIO

import xllamacpp

CONTEXT = 2_048
"""Tokens of prompt and answer together: all that TinyLlama has, and enough for most texts."""
STEP = 256
"""Tokens of the prompt computed at once."""


def main(model: str, address: str) -> None:
    """Load the model, then answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    if hasattr(os, "nice"):
        os.nice(5)  # a person who searches goes before a title
    replies = _own_output()
    try:
        server = xllamacpp.Server(_parameters(model, address))
    except RuntimeError as error:
        _say(replies, {"error": {"message": str(error)}})
        return
    _say(replies, {"ready": True})
    for line in sys.stdin:
        _say(replies, server.handle_chat_completions(json.loads(line)))


def _parameters(model: str, address: str) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = CONTEXT
    parameters.n_batch = STEP
    parameters.n_parallel = 1
    parameters.cache_ram_mib = 0
    parameters.cpuparams.poll = 0  # idle threads must sleep: the machine has other work
    parameters.verbosity = -1
    parameters.warmup = False  # the first title does that
    # the library always opens a web server too: let nobody reach it
    has_sockets = hasattr(socket, "AF_UNIX")
    parameters.hostnames = [address] if has_sockets else ["127.0.0.1"]
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.ui = False
    parameters.endpoint_slots = False
    return parameters


def _own_output() -> TextIO:
    """Standard output for the answers alone; what the library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _say(replies: TextIO, reply: Any) -> None:
    print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
