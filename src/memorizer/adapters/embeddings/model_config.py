"""Reads a model's configuration files: sentence-transformers' layout, and plain ONNX.

The files are not trusted; where they ask for what cannot be done, Misconfigured is raised rather
than wrong vectors computed.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from memorizer.adapters.embeddings.prompts import Prompts, known_prompts
from memorizer.domain.errors import Misconfigured

GRAPHS: Final = (
    "model.onnx",
    "onnx/model.onnx",
    "onnx/model_quantized.onnx",
    "onnx/model_int8.onnx",
    "model_quantized.onnx",
    "model_optimized.onnx",
)
TOKENIZER: Final = "tokenizer.json"
MAX_TOKENS: Final = 512
"""Read at once, even by models that can read more: the time grows with the square, and the vector
of a chunk is more specific than that of a chapter. Longer texts are chunked."""
MIN_WINDOW_TOKENS: Final = 32
"""Less would not hold a sentence."""
SPECIAL_TOKENS: Final = 2
"""They mark the start and the end of a text."""
MAX_JSON_BYTES: Final = 10_000_000
_OFFSET_POSITIONS: Final = ("roberta", "xlm-roberta", "camembert", "mpnet", "xmod")
"""Architectures that reserve the first two of their positions."""


class Pooling(StrEnum):
    """How the vectors of tokens are combined; values as in sentence-transformers."""

    MEAN = "mean"
    CLS = "cls"
    MAX = "max"
    LAST_TOKEN = "lasttoken"  # noqa: S105 - no secret
    WEIGHTED_MEAN = "weightedmean"


_MODES: Final = {
    "pooling_mode_mean_tokens": Pooling.MEAN,
    "pooling_mode_mean_sqrt_len_tokens": Pooling.MEAN,  # the same direction
    "pooling_mode_cls_token": Pooling.CLS,
    "pooling_mode_max_tokens": Pooling.MAX,
    "pooling_mode_lasttoken": Pooling.LAST_TOKEN,
    "pooling_mode_weightedmean_tokens": Pooling.WEIGHTED_MEAN,
}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model as its files describe it. `pooling` None: the graph has layers after pooling."""

    path: Path
    graph: Path
    pooling: Pooling | None
    prompts: Prompts
    most_tokens: int

    @property
    def tokenizer(self) -> Path:
        """The path of tokenizer.json."""
        return self.path / TOKENIZER

    @property
    def window(self) -> int:
        """Tokens left for a document; its prompt takes at most one per character."""
        return self.most_tokens - SPECIAL_TOKENS - len(self.prompts.document)


def read_folder(path: Path) -> ModelFolder:
    """Read a model's folder. Raises Misconfigured for one that is incomplete or contradictory."""
    if not (path / TOKENIZER).is_file():
        raise Misconfigured(
            f"{path} is not a model's folder: there is no {TOKENIZER} in it. "
            "Give the folder that also holds the .onnx file or the folder `onnx`."
        )
    folder = ModelFolder(
        path, _graph(path), _pooling(path), _prompts(path), min(_most_tokens(path), MAX_TOKENS)
    )
    if folder.window < MIN_WINDOW_TOKENS:
        raise Misconfigured(
            f"The model in {path} reads {folder.most_tokens} tokens at a time, which is too few "
            f"for a text behind its prompt {folder.prompts.document[:50]!r}."
        )
    return folder


@dataclass(frozen=True, slots=True)
class CrossEncoderFiles:
    """The files of a cross-encoder; `most_tokens`: of query and text together."""

    name: str
    graph: Path
    tokenizer: Path
    most_tokens: int


def read_cross_encoder(path: Path) -> CrossEncoderFiles:
    """Read a folder, or an .onnx file with its tokenizer beside it or one folder above.

    Raises Misconfigured.
    """
    folders = [path] if path.is_dir() else [path.parent, path.parent.parent]
    folder = next((each for each in folders if (each / TOKENIZER).is_file()), None)
    if folder is None:
        raise Misconfigured(
            f"There is no {TOKENIZER} in {' or '.join(map(str, folders))}. "
            "A reranking model needs the one that it was published with."
        )
    graph = _graph(path) if path.is_dir() else path
    most_tokens = min(_most_tokens(folder), MAX_TOKENS)
    return CrossEncoderFiles(folder.resolve().name, graph, folder / TOKENIZER, most_tokens)


def _graph(path: Path) -> Path:
    """Return the graph of a usual name, else the only .onnx file. Raises Misconfigured."""
    for name in GRAPHS:
        if (path / name).is_file():
            return path / name
    others = sorted([*path.glob("*.onnx"), *path.glob("onnx/*.onnx")])
    if len(others) == 1:
        return others[0]
    found = ", ".join(str(other.relative_to(path)) for other in others[:5])
    raise Misconfigured(
        f"{path} has no {GRAPHS[0]} and no {GRAPHS[1]}"
        + (f", but {found}: rename the one to use." if found else ": only ONNX models can be used.")
    )


def _pooling(path: Path) -> Pooling | None:
    """Return the pooling; the mean by default, None for layers after pooling."""
    modules = list(_modules(path))
    if any(kind in {"Dense", "CNN", "LSTM", "WordWeights"} for kind, _ in modules):
        return None
    said = next((place for kind, place in modules if kind == "Pooling"), "1_Pooling")
    file = _within(path, said) / "config.json"
    config = _object(file)
    modes = _modes(config)
    if len(modes) > 1 or config.get("include_prompt") is False:
        raise Misconfigured(
            f"{file} asks for a kind of pooling that Memorizer cannot do: one of "
            f"{', '.join(Pooling)} over all tokens."
        )
    known = {mode.value: mode for mode in Pooling}
    if modes and not modes <= known.keys():
        raise Misconfigured(f"{file}: there is no pooling {next(iter(modes))!r}.")
    return known[next(iter(modes), Pooling.MEAN.value)]


def _within(path: Path, place: str) -> Path:
    """Return a folder below the model's. Raises Misconfigured for one outside."""
    try:
        if (path / place).resolve().is_relative_to(path.resolve()):
            return path / place
    except (OSError, ValueError):  # too long, or with characters that no path has
        pass
    raise Misconfigured(f"{path / 'modules.json'} points to something outside of the folder.")


def _modes(config: Mapping[str, object]) -> set[str]:
    """Return the enabled pooling modes, in the old or the new notation."""
    if isinstance(named := config.get("pooling_mode"), str):
        return {named[:40]}
    switched = {key for key, value in config.items() if key.startswith("pooling_mode_") and value}
    return {_MODES[key].value if key in _MODES else key[:40] for key in switched}


def _modules(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the type and the folder of each layer."""
    file = path / "modules.json"
    modules = _parsed(file)
    if modules is None:
        return
    for module in modules if isinstance(modules, list) else [modules]:
        match module:
            case {"type": str(kind), "path": str(place)}:
                yield kind.rpartition(".")[2], place
            case _:
                raise Misconfigured(f"{file} is not a list of layers, each with type and path.")


def _prompts(path: Path) -> Prompts:
    """Return the configured prompts, else those known for the model's family."""
    file = path / "config_sentence_transformers.json"
    config = _object(file)
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(isinstance(p, str) for p in prompts.values()):
        raise Misconfigured(f"{file}: prompts must be an object of texts.")
    texts: dict[str, str] = prompts
    default = texts.get(str(config.get("default_prompt_name")), "")
    named = [texts[name] for name in ("document", "passage", "corpus") if name in texts]
    said = Prompts(texts.get("query", default), next(iter(named), default))
    return said if said != Prompts() else known_prompts(path.resolve().name)


def _most_tokens(path: Path) -> int:
    """Return the least limit of tokens in the files; some name more than the model can."""
    sizes = [
        _size(path / "sentence_bert_config.json", "max_seq_length"),
        _size(path / "tokenizer_config.json", "model_max_length"),
        _positions(path / "config.json"),
    ]
    return math.floor(min((size for size in sizes if size is not None), default=MAX_TOKENS))


def _positions(file: Path) -> float | None:
    size = _size(file, "max_position_embeddings") or _size(file, "n_positions")
    offset = 2 if _object(file).get("model_type") in _OFFSET_POSITIONS else 0
    return None if size is None else size - offset


def _size(file: Path, key: str) -> float | None:
    value = _object(file).get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise Misconfigured(f"{file}: {key} must be a number above 0.")
    return value


def _object(file: Path) -> Mapping[str, object]:
    """Return the JSON object in a file; empty if the file is missing. Raises Misconfigured."""
    parsed = _parsed(file)
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise Misconfigured(f"{file} is not a JSON object.")
    return parsed


def _parsed(file: Path) -> object:
    """Return the JSON in a file; None if the file is missing. Raises Misconfigured."""
    try:
        if not file.exists():
            return None
        if file.stat().st_size > MAX_JSON_BYTES:
            raise Misconfigured(f"{file} is too large to be the description of a model.")
        parsed: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Misconfigured(f"{file} cannot be read as JSON: {error}.") from error
    return parsed
