"""Whether the bundled model computes in floats or in integers: what is faster here (ADR 0044)."""

import json
import os
import platform
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Final

import structlog

from memorizer import __version__
from memorizer.adapters.embeddings.local import Model, usable_cores
from memorizer.domain.memories import Vector

log = structlog.get_logger()

MEASURED_TOKENS: Final = tuple(range(2_000, 2_032))
"""A short text; any ids will do."""
ROUNDS: Final = 7
MUCH_FASTER: Final = 0.85
"""Share of the floats' time that integers may take at most: less is no gain to lose bits for."""
CLOSE: Final = 0.98
"""Cosine between the vectors of both; below, an operator does not work on this processor."""
FILE_NAME: Final = "embedding-kernel.json"
_CPU_INFO: Final = Path("/proc/cpuinfo")


class Kernel(StrEnum):
    """The numbers in which the model multiplies."""

    FLOAT = "float"
    INT8 = "int8"


Load = Callable[[Kernel], Model]


def has_integer_dot_product() -> bool:
    """Whether the processor adds four products of int8 at once, as far as Linux says.

    Without, onnxruntime adds in 16 bits on x86, which may overflow unless it is told to be precise.
    """
    if platform.machine().lower() in {"arm64", "aarch64"}:
        return True
    return bool({"avx512_vnni", "avx_vnni", "amx_int8"} & {*_cpu_info("flags").split()})


def load_fastest(load: Load, file: Path | None) -> Model:
    """Load the model in the kernel that is faster here; blocks.

    What was measured is remembered in `file` for this processor and these versions.
    """
    if (known := _remembered(file)) is not None:
        return load(known)
    floats = load(Kernel.FLOAT)
    try:
        integers = load(Kernel.INT8)
        found = faster(floats, integers)
    except Exception as error:  # noqa: BLE001 - an onnxruntime that lacks the operators
        log.warning("the model does not run in integers here", error=str(error))
        return floats
    _remember(file, found)
    return floats if found is Kernel.FLOAT else integers


def faster(floats: Model, integers: Model) -> Kernel:
    """Compare both in turns on one short text, in 0.1 s."""
    seconds: dict[Kernel, float] = dict.fromkeys(Kernel, float("inf"))
    vectors: dict[Kernel, Vector] = {}
    for _ in range(ROUNDS):
        for kernel, model in ((Kernel.FLOAT, floats), (Kernel.INT8, integers)):
            start = perf_counter()
            [vectors[kernel]] = model.run([MEASURED_TOKENS])
            seconds[kernel] = min(seconds[kernel], perf_counter() - start)
    ratio = seconds[Kernel.INT8] / seconds[Kernel.FLOAT]
    cosine = _cosine(vectors[Kernel.FLOAT], vectors[Kernel.INT8])
    found = Kernel.INT8 if ratio <= MUCH_FASTER and cosine >= CLOSE else Kernel.FLOAT
    log.info(
        "measured the embedding kernels",
        chosen=found, int8_to_float=round(ratio, 2), cosine=round(cosine, 4),
    )  # fmt: skip
    return found


def _cosine(one: Vector, other: Vector) -> float:
    import numpy as np  # noqa: PLC0415 - heavy

    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


def _remembered(file: Path | None) -> Kernel | None:
    try:
        return Kernel(_choices(file)[_place()])
    except (KeyError, ValueError):
        return None


def _remember(file: Path | None, kernel: Kernel) -> None:
    """Write the choice; where nothing can be written it is measured at every start."""
    if file is None:
        return
    new = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        new.write_text(json.dumps({**_choices(file), _place(): kernel}, indent=1), encoding="utf-8")
        new.replace(file)
    except OSError as error:
        log.debug("the embedding kernel is not remembered", error=str(error))


def _choices(file: Path | None) -> Mapping[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _place() -> str:
    """Return what a measurement holds for; machines may share a folder."""
    processor = _cpu_info("model name") or platform.processor() or platform.machine()
    runtime = version("onnxruntime")
    return f"{processor}, {usable_cores()} cores, onnxruntime {runtime}, memorizer {__version__}"


def _cpu_info(name: str) -> str:
    """Return the first processor's entry of this name; empty where there is none."""
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    entries = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in entries if key.strip() == name), "")
