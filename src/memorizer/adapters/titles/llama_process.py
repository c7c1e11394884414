"""The process that holds a GGUF model: reads requests and writes replies as lines of JSON.

`python -m memorizer.adapters.titles.llama_process MODEL SOCKET`. It is not the server's own process
because loading a model holds the GIL for seconds, a crash in native code ends the process, and only
its end is sure to free all memory. It ends when its input ends.
"""

import json
import os
import secrets
import signal
import socket
import sys
from typing import Any, TextIO

import xllamacpp

CONTEXT_TOKENS = 2_048
"""Prompt and answer together: all that TinyLlama has, and enough for most texts."""
BATCH_TOKENS = 256
"""Of the prompt, computed at once."""


def main(model: str, address: str) -> None:
    """Load the model, then reply to requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    if hasattr(os, "nice"):
        os.nice(5)  # searches have priority over titles
    replies = _own_output()
    try:
        server = xllamacpp.Server(_parameters(model, address))
    except RuntimeError as error:
        _write(replies, {"error": {"message": str(error)}})
        return
    _write(replies, {"ready": True})
    for line in sys.stdin:
        _write(replies, server.handle_chat_completions(json.loads(line)))


def _parameters(model: str, address: str) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_batch = BATCH_TOKENS
    parameters.n_parallel = 1
    parameters.cache_ram_mib = 0
    parameters.cpuparams.poll = 0  # idle threads must sleep: the machine has other work
    parameters.verbosity = -1
    parameters.warmup = False  # the first request warms up
    # the library always opens a web server too: on a private socket, with a secret key
    has_sockets = hasattr(socket, "AF_UNIX")
    parameters.hostnames = [address] if has_sockets else ["127.0.0.1"]
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.ui = False
    parameters.endpoint_slots = False
    return parameters


def _own_output() -> TextIO:
    """Return standard output for replies only; what the library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _write(replies: TextIO, reply: Any) -> None:
    print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
