"""Models in a folder: used as their own files say, and named so that no two are mixed up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.embeddings.kernels import Kernel
from memorizer.adapters.embeddings.onnx import OnnxEmbedder, open_folder
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.errors import EmbedderUnavailable, Misconfigured
from memorizer.domain.memories import Vector
from support.model_folders import TINY_DIMENSIONS, minilm_folder, tiny_folder, write_json
from support.waiting import HANG_SECONDS

TEXTS = ["Green tea wants water of 80 degrees", "日本語 🎉", "long " * 2_000, "x"]

Open = Callable[[Path], OnnxEmbedder]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def opened(stack: AsyncExitStack) -> Open:
    """Opens folders, and closes their models at the end."""

    def open_(path: Path) -> OnnxEmbedder:
        telemetry = PrometheusTelemetry(CollectorRegistry())
        embedder = open_folder(path, telemetry, threads=1, timeout_seconds=HANG_SECONDS)
        stack.push_async_callback(embedder.close)
        return embedder

    return open_


@pytest.fixture
def bundled(stack: AsyncExitStack) -> BundledEmbedder:
    telemetry = PrometheusTelemetry(CollectorRegistry())
    embedder = BundledEmbedder(telemetry, threads=1, kernel=Kernel.FLOAT)
    stack.push_async_callback(embedder.close)
    return embedder


def cosine(one: Vector, other: Vector) -> float:
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def test_the_bundled_model_in_a_folder_makes_the_same_vectors(
    tmp_path: Path, opened: Open, bundled: BundledEmbedder
) -> None:
    folder = opened(minilm_folder(tmp_path / "minilm"))
    assert (await folder.dimensions(), folder.window) == (384, bundled.window)
    pairs = zip(
        [*await folder.embed_documents(TEXTS), await folder.embed_query("tea")],
        [*await bundled.embed_documents(TEXTS), await bundled.embed_query("tea")],
        strict=True,
    )
    assert all(cosine(one, other) > 0.9999 for one, other in pairs)
    assert await folder.tokens("hot drinks") == await bundled.tokens("hot drinks")


@pytest.mark.parametrize(
    "pooling",
    ["pooling_mode_cls_token", "pooling_mode_max_tokens", "pooling_mode_lasttoken",
     "pooling_mode_weightedmean_tokens"],
)  # fmt: skip
async def test_the_pooling_is_that_of_the_folder(
    tmp_path: Path, opened: Open, bundled: BundledEmbedder, pooling: str
) -> None:
    folder = minilm_folder(tmp_path / "other")
    write_json(folder / "1_Pooling" / "config.json", {pooling: True})
    embedder = opened(folder)
    alone, [together, _] = (
        await embedder.embed_query("tea"),
        await embedder.embed_documents(["tea", "hot water for tea"]),
    )
    assert cosine(alone, await bundled.embed_query("tea")) < 0.99
    assert cosine(alone, together) == pytest.approx(1.0, abs=1e-4)  # whatever the padding


async def test_prompts_are_put_before_queries_and_documents(
    tmp_path: Path, opened: Open, bundled: BundledEmbedder
) -> None:
    prompts = {"query": "search_query: ", "document": "search_document: "}
    embedder = opened(minilm_folder(tmp_path / "prompted", prompts=prompts))

    async def same(vector: Awaitable[Vector], text: str) -> bool:
        return cosine(await vector, await bundled.embed_query(text)) > 0.9999

    async def document(text: str) -> Vector:
        return (await embedder.embed_documents([text]))[0]

    assert await same(embedder.embed_query("tea"), "search_query: tea")
    assert await same(document("tea"), "search_document: tea")
    assert embedder.window < bundled.window


async def test_a_known_family_has_its_prompts_where_its_files_have_none(
    tmp_path: Path, opened: Open, bundled: BundledEmbedder
) -> None:
    embedder = opened(minilm_folder(tmp_path / "nomic-embed-text-v1.5"))
    expected = await bundled.embed_query("search_query: tea")
    assert cosine(await embedder.embed_query("tea"), expected) > 0.9999


async def test_the_name_tells_apart_all_that_makes_other_vectors(
    tmp_path: Path, opened: Open
) -> None:
    same = [opened(minilm_folder(tmp_path / at / "m")).name for at in ("one", "moved")]
    assert same[0] == same[1]
    assert same[0].startswith("m-")
    prompted = minilm_folder(tmp_path / "two" / "m", prompts={"query": "q: "})
    pooled = minilm_folder(tmp_path / "three" / "m", pooling="pooling_mode_cls_token")
    retrained = minilm_folder(tmp_path / "four" / "m")
    changed = bytearray((retrained / "onnx" / "model.onnx").read_bytes())
    changed[len(changed) // 2] ^= 1
    (retrained / "onnx" / "model.onnx").unlink()
    (retrained / "onnx" / "model.onnx").write_bytes(changed)
    names = {opened(folder).name for folder in (prompted, pooled, retrained)}
    assert len(names | {same[0]}) == 4


@pytest.mark.parametrize("inputs", [
    ["input_ids"],
    ["input_ids", "attention_mask", "token_type_ids"],
    ["input_ids", "position_ids", "attention_mask"],
])  # fmt: skip
@pytest.mark.parametrize("output", ["last_hidden_state", "token_embeddings", "something"])
async def test_a_graph_is_given_the_inputs_that_it_wants(
    tmp_path: Path, opened: Open, inputs: list[str], output: str
) -> None:
    embedder = opened(tiny_folder(tmp_path / "tiny", inputs=inputs, output=output))
    assert await embedder.dimensions() == TINY_DIMENSIONS
    tea, both = await embedder.embed_documents(["tea", "tea tea"])
    assert cosine(tea, both) == pytest.approx(1.0)


async def test_a_graph_that_pools_itself_is_believed(tmp_path: Path, opened: Open) -> None:
    folder = tiny_folder(tmp_path / "tiny", output="sentence_embedding")
    kinds = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Dense", "2_Dense")]
    write_json(folder / "modules.json", [{"type": kind, "path": at} for kind, at in kinds])
    embedder = opened(folder)
    honey, tea = await embedder.embed_query("honey"), await embedder.embed_query("tea")
    assert cosine(honey, tea) < 0.99


async def test_a_layer_that_the_graph_lacks_is_named(tmp_path: Path, opened: Open) -> None:
    folder = tiny_folder(tmp_path / "tiny", output="last_hidden_state")
    write_json(folder / "modules.json", [{"type": "x.Dense", "path": "2_Dense"}])
    with pytest.raises(EmbedderUnavailable, match="no output sentence_embedding"):
        await opened(folder).embed_query("tea")


async def test_a_graph_for_something_else_is_refused(tmp_path: Path, opened: Open) -> None:
    inputs = ["input_ids", "past_key_values.0.key"]
    folder = tiny_folder(tmp_path / "tiny", inputs=inputs, output="logits")
    with pytest.raises(EmbedderUnavailable, match=r"past_key_values\.0\.key.*feature extraction"):
        await opened(folder).embed_query("tea")


@pytest.mark.parametrize("file", ["tokenizer.json", "model.onnx"])
async def test_a_broken_file_fails_when_the_model_is_loaded(
    tmp_path: Path, opened: Open, file: str
) -> None:
    folder = tiny_folder(tmp_path / "tiny", output="last_hidden_state")
    (folder / file).write_bytes(b"{}")
    with pytest.raises(EmbedderUnavailable, match=r"tiny-.* cannot be loaded"):
        await opened(folder).embed_query("tea")


def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path, opened: Open) -> None:
    folder = tiny_folder(tmp_path / "tiny", output="last_hidden_state")
    (folder / "model.onnx").unlink()
    with pytest.raises(Misconfigured, match=r"has no model\.onnx"):
        opened(folder)
