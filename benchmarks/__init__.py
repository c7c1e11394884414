"""What we measure, and how; docs/benchmarks.md explains each figure."""

import os

# before anybody imports onnxruntime, as memorizer/__init__.py does; peers' drivers too
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
