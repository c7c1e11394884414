"""The bundled model in integers: close to the floats, alone in its run, used where it is faster."""

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings import bundled, kernels
from memorizer.adapters.embeddings.batching import Batcher, Schedule, Tokens
from memorizer.adapters.embeddings.bundled import MODEL, VOCABULARY, BundledEmbedder, load
from memorizer.adapters.embeddings.kernels import Kernel, faster, load_fastest
from memorizer.adapters.embeddings.onnx_rewrite.integer_graph import integer_graph
from memorizer.adapters.embeddings.onnx_session import OnnxSession
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.memories import Vector
from support.waiting import HANG_SECONDS

GRAPH_SHA256 = "9302427d5c06820889724be82bf30790bb4f9bef5995d2e42b1438ac49272f36"
TEXTS = (
    "tea",
    "how do I roll back a bad release",
    "To undo a bad production release run `just rollback`, which points to the last one.",
    "배포는 화요일 오전에만 하고, 실패하면 이전 버전으로 바로 되돌린다.",
    "คาเฟ่",
    "def f(x): return x  # 🎉",
    "It was decided to keep the ledger in integers of cents. " * 20,
)


def kernel(which: Kernel) -> OnnxSession:
    return load(MODEL, VOCABULARY, 1, which)


@pytest.fixture(scope="module")
def integers() -> OnnxSession:
    return kernel(Kernel.INT8)


@pytest.fixture(scope="module")
def floats() -> OnnxSession:
    return kernel(Kernel.FLOAT)


def embedder_of(kernel: Kernel | None = None, file: Path | None = None) -> BundledEmbedder:
    telemetry = PrometheusTelemetry(CollectorRegistry())
    return BundledEmbedder(telemetry, threads=2, kernel=kernel, kernel_file=file)


def cosine(one: Vector, other: Vector) -> float:
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


def test_the_graph_is_the_one_that_was_measured() -> None:
    graph = integer_graph(MODEL.verified().read_bytes())
    assert hashlib.sha256(graph).hexdigest() == GRAPH_SHA256


def test_vectors_in_integers_are_close_to_those_in_floats(
    integers: OnnxSession, floats: OnnxSession
) -> None:
    batch = integers.encode(TEXTS)
    pairs = zip(integers.run(batch), (floats.run([tokens])[0] for tokens in batch), strict=True)
    assert min(cosine(*pair) for pair in pairs) >= 0.998


def test_a_vector_in_integers_is_the_same_in_any_company(integers: OnnxSession) -> None:
    batch = integers.encode(TEXTS)
    assert integers.run(batch) == [integers.run([tokens])[0] for tokens in batch]


async def test_both_are_one_model_by_name_and_dimensions() -> None:
    embedders = [embedder_of(kernel) for kernel in Kernel]
    assert len({embedder.name for embedder in embedders}) == 1
    assert {await embedder.dimensions() for embedder in embedders} == {384}
    for embedder in embedders:
        await embedder.close()


async def test_the_choice_is_measured_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / kernels.FILE_NAME
    loaded: list[Kernel] = []

    def counted(*arguments: object) -> OnnxSession:
        loaded.append(arguments[-1])  # type: ignore[arg-type]
        return load(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(bundled, "load", counted)
    for _ in range(2):
        embedder = embedder_of(file=file)
        await embedder.embed_query("tea")
        await embedder.close()
    [chosen] = json.loads(file.read_text()).values()
    assert loaded == [Kernel.FLOAT, Kernel.INT8, chosen]


@pytest.mark.parametrize("content", ["", "[]", '{"another machine": "int8"}', "{" * 100_000])
def test_what_is_remembered_of_others_or_broken_is_not_used(
    content: str, tmp_path: Path, floats: OnnxSession, integers: OnnxSession
) -> None:
    file = tmp_path / "choice.json"
    file.write_text(content)
    loaded: list[Kernel] = []

    def sessions(which: Kernel) -> OnnxSession:
        loaded.append(which)
        return {Kernel.FLOAT: floats, Kernel.INT8: integers}[which]

    load_fastest(sessions, file)
    assert loaded == [Kernel.FLOAT, Kernel.INT8]
    remembered = json.loads(file.read_text())
    load_fastest(sessions, file)
    assert loaded[2:] == [
        *set(remembered.values()) - {"int8"},
        *set(remembered.values()) - {"float"},
    ]


def test_where_nothing_can_be_written_it_is_measured_again(
    tmp_path: Path, floats: OnnxSession, integers: OnnxSession
) -> None:
    sessions = {Kernel.FLOAT: floats, Kernel.INT8: integers}
    assert load_fastest(sessions.__getitem__, tmp_path / "missing" / "file") in sessions.values()


def test_integers_that_are_slower_are_not_used(floats: OnnxSession) -> None:
    """As on a processor without units for them."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    slow = kernel(Kernel.FLOAT)
    # not optimised, it converts all weights to floats in each run
    slow._session = onnxruntime.InferenceSession(
        str(MODEL.verified()), options, providers=["CPUExecutionProvider"]
    )
    assert faster(floats, slow) is Kernel.FLOAT
    assert faster(slow, floats) is Kernel.INT8
    assert load_fastest({Kernel.FLOAT: floats, Kernel.INT8: slow}.__getitem__, None) is floats


def test_integers_that_compute_something_else_are_not_used(
    floats: OnnxSession, integers: OnnxSession
) -> None:
    """As where an operator overflows: fast, and wrong."""
    wrong = kernel(Kernel.INT8)
    wrong.run = lambda _: integers.run([[101, 102]])  # type: ignore[assignment, method-assign]
    assert faster(floats, wrong) is Kernel.FLOAT


def test_integers_that_do_not_run_here_are_not_used(floats: OnnxSession) -> None:
    def sessions(which: Kernel) -> OnnxSession:
        if which is Kernel.INT8:
            raise RuntimeError("no such operator")
        return floats

    assert load_fastest(sessions, None) is floats


async def test_texts_run_alone_and_side_by_side_where_the_schedule_says_so() -> None:
    both = threading.Barrier(2, timeout=HANG_SECONDS)
    batches: list[int] = []

    def run(batch: Sequence[Tokens]) -> list[Vector]:
        batches.append(len(batch))
        both.wait()  # nobody goes on before two are there
        return [Vector(bytes(tokens)) for tokens in batch]

    batcher = Batcher(run, PrometheusTelemetry(CollectorRegistry()), threads=2)
    batcher.schedule = Schedule(at_once=2, batch_tokens=0)
    texts = [[n] for n in range(6)]
    assert await batcher.documents(texts) == [Vector(bytes(text)) for text in texts]
    assert batches == [1] * 6
    await batcher.close()
    assert not any(thread.is_alive() for thread in batcher._threads._threads)


def test_any_processor_may_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "cpuinfo"
    monkeypatch.setattr(kernels, "_CPU_INFO", info)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert not kernels.has_integer_dot_product()  # not Linux
    for flags, expected in (("avx2 fma", False), ("avx2 avx_vnni", True)):
        info.write_text(f"model name\t: Some\nflags\t\t: {flags}\n\nflags : x\n")
        assert kernels.has_integer_dot_product() is expected
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert kernels.has_integer_dot_product()
