"""Memorizer: a self-hosted long-term memory for AI agents."""

import os

__version__ = "0.1.0"

# onnxruntime (1.29 and newer) reports to its makers from its import on, unless this is set before.
# It stands here because no module of ours is imported earlier; child processes inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
