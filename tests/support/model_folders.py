"""Model folders as a hub has them: that of the bundled model, and tiny ones."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import BertWordPieceTokenizer, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from memorizer.adapters.embeddings.bundled import MODEL, VOCABULARY

WORDS = ["[UNK]", "tea", "honey", "cats", "rain"]
TINY_DIMENSIONS = 3


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def minilm_folder(
    path: Path,
    *,
    pooling: str = "pooling_mode_mean_tokens",
    prompts: dict[str, str] | None = None,
    longest: int = 256,
) -> Path:
    """The bundled model as its authors publish it, or with one thing changed."""
    (path / "onnx").mkdir(parents=True)
    (path / "onnx" / "model.onnx").symlink_to(MODEL.verified())
    BertWordPieceTokenizer(str(VOCABULARY.verified()), lowercase=True).save(
        str(path / "tokenizer.json")
    )
    kinds = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": at} for kind, at in kinds]
    write_json(path / "modules.json", modules)
    write_json(
        path / "1_Pooling" / "config.json", {pooling: True, "pooling_mode_max_tokens": False}
    )
    write_json(path / "sentence_bert_config.json", {"max_seq_length": longest})
    write_json(path / "config_sentence_transformers.json", {"prompts": prompts or {}})
    return path


def tiny_folder(
    path: Path, *, inputs: Sequence[str] = ("input_ids", "attention_mask"), output: str
) -> Path:
    """A model that looks each word's vector up in a table; with any inputs and any output."""
    path.mkdir(parents=True)
    words = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(words, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(path / "tokenizer.json"))
    onnx.save(_lookup(inputs, output), str(path / "model.onnx"))
    return path


def _lookup(inputs: Sequence[str], output: str) -> onnx.ModelProto:
    table = np.random.default_rng(3).standard_normal((len(WORDS), TINY_DIMENSIONS))
    is_pooled = output == "sentence_embedding"
    rows = "rows" if is_pooled else output
    nodes = [helper.make_node("Gather", ["table", "input_ids"], [rows])]
    if is_pooled:
        nodes.append(helper.make_node("ReduceMax", ["rows"], [output], axes=[1], keepdims=0))
    length: list[str | int | None] = [] if is_pooled else ["length"]
    shape = ["batch", *length, TINY_DIMENSIONS]
    graph = helper.make_graph(
        nodes,
        "lookup",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(table.astype(np.float32), "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def cross_encoder_folder(
    path: Path, weights: Mapping[str, float], *, labels: int = 1, in_onnx: bool = False
) -> Path:
    """A model that adds up the weights of the words that query and text share; negative without."""
    graph = path / "onnx" / "model.onnx" if in_onnx else path / "model.onnx"
    graph.parent.mkdir(parents=True)
    numbers = {word: number for number, word in enumerate(["[UNK]", "[SEP]", *weights])}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="[UNK]"))  # noqa: S106 - no secret
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="$A [SEP]",
        pair="$A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[SEP]", numbers["[SEP]"])],
    )
    tokenizer.save(str(path / "tokenizer.json"))
    onnx.save(_shared_words([0.0, 0.0, *weights.values()], labels), str(graph))
    return path


def _shared_words(weights: Sequence[float], labels: int) -> onnx.ModelProto:
    """For each pair: how often each word is in the query, times in the text, times its weight."""
    constants = {
        "one_hot": np.eye(len(weights)),
        "one": np.ones(1),
        "weights": np.outer(weights, np.arange(labels) - labels + 2),
        "bias": np.full(labels, -1.0),
    }
    nodes = [
        ("Gather", ["one_hot", "input_ids"], "words"),
        ("Cast", ["attention_mask"], "mask"),
        ("Cast", ["token_type_ids"], "types"),
        ("Sub", ["one", "types"], "is_query"),
        ("Mul", ["is_query", "mask"], "of_query"),
        ("Mul", ["types", "mask"], "of_text"),
        ("Einsum", ["of_query", "words"], "query"),
        ("Einsum", ["of_text", "words"], "text"),
        ("Mul", ["query", "text"], "shared"),
        ("MatMul", ["shared", "weights"], "sum"),
        ("Add", ["sum", "bias"], "logits"),
    ]
    more: dict[str, dict[str, Any]] = {
        "Cast": {"to": TensorProto.FLOAT},
        "Einsum": {"equation": "bl,blw->bw"},
    }
    graph = helper.make_graph(
        [helper.make_node(kind, of, [to], **more.get(kind, {})) for kind, of, to in nodes],
        "shared words",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])],
        [numpy_helper.from_array(v.astype(np.float32), n) for n, v in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
