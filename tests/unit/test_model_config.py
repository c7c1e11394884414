"""Reading what a model's files say: never a guess where they contradict, never a traceback."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.embeddings.model_config import MAX_TOKENS, Pooling, read_folder
from memorizer.adapters.embeddings.prompts import Prompts, known_prompts
from memorizer.domain.errors import Misconfigured
from support.model_folders import write_json

FILES = (
    "modules.json",
    "1_Pooling/config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
    "config.json",
)
KEYS = (
    "type", "path", "pooling_mode", "pooling_mode_cls_token", "include_prompt", "prompts", "query",
    "default_prompt_name", "max_seq_length", "model_max_length", "n_positions", "model_type",
)  # fmt: skip

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The least that a model has."""
    return least(tmp_path / "some-model")


def least(path: Path) -> Path:
    path.mkdir()
    (path / "tokenizer.json").touch()
    (path / "model.onnx").touch()
    return path


@given(st.dictionaries(st.sampled_from(FILES), anything))
def test_whatever_the_files_hold_the_answer_is_a_model_or_a_clear_error(
    files: dict[str, Any],
) -> None:
    with TemporaryDirectory() as place:
        folder = least(Path(place) / "model")
        for name, value in files.items():
            write_json(folder / name, value)
        try:
            read = read_folder(folder)
        except Misconfigured as error:
            assert str(folder) in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert read.window >= 32


@given(st.sampled_from(FILES), st.binary(max_size=40))
def test_bytes_that_are_no_json_are_refused_by_the_name_of_the_file(
    name: str, content: bytes
) -> None:
    with TemporaryDirectory() as place:
        folder = least(Path(place) / "model")
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"\xff" + content)
        with pytest.raises(Misconfigured, match="cannot be read as JSON"):
            read_folder(folder)


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5_000, '{"a": 1'])
def test_json_that_breaks_parsers_is_refused(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(Misconfigured, match=r"config\.json cannot be read as JSON"):
        read_folder(folder)


def test_a_description_of_many_megabytes_is_not_read(folder: Path) -> None:
    (folder / "config.json").write_text(" " * 10_000_001)
    with pytest.raises(Misconfigured, match="too large"):
        read_folder(folder)


def test_without_descriptions_a_model_is_used_as_most_are(folder: Path) -> None:
    read = read_folder(folder)
    assert (read.pooling, read.prompts) == (Pooling.MEAN, Prompts())
    assert (read.most_tokens, read.graph) == (MAX_TOKENS, folder / "model.onnx")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sentence_bert_config.json": {"max_seq_length": 128}}, 128),
        ({"sentence_bert_config.json": {"max_seq_length": None}}, MAX_TOKENS),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, MAX_TOKENS),
        ({"config.json": {"max_position_embeddings": 300}}, 300),
        ({"config.json": {"max_position_embeddings": 130, "model_type": "xlm-roberta"}}, 128),
        ({"config.json": {"n_positions": 8192}}, MAX_TOKENS),
        (
            {
                "sentence_bert_config.json": {"max_seq_length": 384},
                "tokenizer_config.json": {"model_max_length": 256},
            },
            256,
        ),
    ],
)
def test_the_longest_text_is_the_least_of_what_is_said(
    folder: Path, files: dict[str, object], expected: int
) -> None:
    for name, value in files.items():
        write_json(folder / name, value)
    assert read_folder(folder).most_tokens == expected


@pytest.mark.parametrize("value", [0, -5, "512", True, [512]])
def test_a_length_that_is_none_is_named(folder: Path, value: object) -> None:
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": value})
    with pytest.raises(Misconfigured, match="max_seq_length must be a number above 0"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, Pooling.CLS),
        ({"pooling_mode_lasttoken": True}, Pooling.LAST_TOKEN),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, Pooling.MEAN),
        ({"pooling_mode": "cls"}, Pooling.CLS),
    ],
)
def test_pooling_is_read_in_both_spellings(
    folder: Path, config: dict[str, object], expected: Pooling
) -> None:
    write_json(folder / "1_Pooling" / "config.json", config)
    assert read_folder(folder).pooling is expected


@pytest.mark.parametrize(
    "config",
    [
        {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "include_prompt": False},
        {"pooling_mode": "attention"},
        {"pooling_mode_new_invention": True},
    ],
)
def test_pooling_that_cannot_be_done_is_refused_not_replaced(
    folder: Path, config: dict[str, object]
) -> None:
    write_json(folder / "1_Pooling" / "config.json", config)
    with pytest.raises(Misconfigured, match="pooling"):
        read_folder(folder)


def test_a_layer_beyond_pooling_leaves_it_to_the_graph(folder: Path) -> None:
    kinds = ("Transformer", "Pooling", "Dense", "Normalize")
    write_json(folder / "modules.json", [{"type": f"a.b.{k}", "path": k} for k in kinds])
    assert read_folder(folder).pooling is None


@pytest.mark.parametrize("place", ["..", "/etc", "1_Pooling/../..", "\0", "\ud800"])
def test_files_outside_of_the_folder_are_not_read(folder: Path, place: str) -> None:
    write_json(folder.parent / "config.json", {"pooling_mode": "cls"})
    write_json(folder / "modules.json", [{"type": "x.Pooling", "path": place}])
    with pytest.raises(Misconfigured, match="outside of the folder"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"prompts": {"query": "q: ", "document": "d: "}}, Prompts("q: ", "d: ")),
        ({"prompts": {"query": "q: ", "passage": "p: "}}, Prompts("q: ", "p: ")),
        ({"prompts": {"a": "all: "}, "default_prompt_name": "a"}, Prompts("all: ", "all: ")),
        ({"prompts": {"query": "", "document": ""}}, Prompts()),
    ],
)
def test_prompts_are_those_of_the_files(
    folder: Path, config: dict[str, object], expected: Prompts
) -> None:
    write_json(folder / "config_sentence_transformers.json", config)
    assert read_folder(folder).prompts == expected


def test_a_prompt_that_fills_the_window_is_refused(folder: Path) -> None:
    config = {"prompts": {"document": "very long " * 100}}
    write_json(folder / "config_sentence_transformers.json", config)
    with pytest.raises(Misconfigured, match="too few"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: ")),
        ("intfloat/multilingual-e5-small", Prompts("query: ", "passage: ")),
        ("all-MiniLM-L6-v2", Prompts()),
        ("text-embedding-3-small", Prompts()),
    ],
)
def test_families_are_known_by_their_names(model: str, expected: Prompts) -> None:
    assert known_prompts(model) == expected


def test_the_only_graph_is_taken_whatever_its_name(folder: Path) -> None:
    (folder / "model.onnx").rename(folder / "best.onnx")
    assert read_folder(folder).graph == folder / "best.onnx"
    (folder / "second.onnx").touch()
    with pytest.raises(Misconfigured, match=r"best\.onnx, second\.onnx: rename the one to use"):
        read_folder(folder)


def test_every_description_is_optional_json(folder: Path) -> None:
    for name in FILES:
        write_json(folder / name, [] if name == "modules.json" else {})
    assert json.loads((folder / "config.json").read_text()) == {}
    assert read_folder(folder).pooling is Pooling.MEAN
