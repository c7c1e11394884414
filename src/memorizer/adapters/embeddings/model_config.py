"""What the files beside a model say about its use: sentence-transformers' layout, and plain ONNX.

Nothing here is trusted: a folder comes from anywhere, and a wrong reading gives wrong vectors.
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
LONGEST: Final = 512
"""Tokens read at once, even by models that can read more: the time grows with the square, and
a chunk's vector is sharper than that of a whole chapter. Nothing is lost: texts are chunked."""
SHORTEST: Final = 32
"""Fewer would not hold a sentence."""
ENDS: Final = 2
"""Tokens that mark the start and the end of a text."""
MOST_JSON: Final = 10_000_000  # bytes
_OFFSET_POSITIONS: Final = ("roberta", "xlm-roberta", "camembert", "mpnet", "xmod")
"""Kinds of model that never use the first two of their positions."""


class Pooling(StrEnum):
    """How the vectors of tokens become one; the values are sentence-transformers' own."""

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
    """A model as its files describe it. `pooling` None: only the graph itself can do it."""

    path: Path
    graph: Path
    pooling: Pooling | None
    prompts: Prompts
    most_tokens: int

    @property
    def tokenizer(self) -> Path:
        """The file that cuts texts into tokens."""
        return self.path / TOKENIZER

    @property
    def window(self) -> int:
        """Tokens left for a document; its prompt has at most a token per character."""
        return self.most_tokens - ENDS - len(self.prompts.document)


def read_folder(path: Path) -> ModelFolder:
    """Raises Misconfigured for a folder that is incomplete, contradictory or not a model's."""
    if not (path / TOKENIZER).is_file():
        raise Misconfigured(
            f"{path} is not a model's folder: there is no {TOKENIZER} in it. "
            "Give the folder that also holds the .onnx file or the folder `onnx`."
        )
    folder = ModelFolder(
        path, _graph(path), _pooling(path), _prompts(path), min(_most_tokens(path), LONGEST)
    )
    if folder.window < SHORTEST:
        raise Misconfigured(
            f"The model in {path} reads {folder.most_tokens} tokens at a time, which is too few "
            f"for a text behind its prompt {folder.prompts.document[:50]!r}."
        )
    return folder


def _graph(path: Path) -> Path:
    """The usual names first; else the only .onnx file there is."""
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
    """The mean if nothing is said, as sentence-transformers does it."""
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
    """A folder in the model's folder."""
    try:
        if (path / place).resolve().is_relative_to(path.resolve()):
            return path / place
    except (OSError, ValueError):  # too long, or with characters that no path has
        pass
    raise Misconfigured(f"{path / 'modules.json'} points to something outside of the folder.")


def _modes(config: Mapping[str, object]) -> set[str]:
    """All that are switched on, in the old or the new spelling."""
    if isinstance(named := config.get("pooling_mode"), str):
        return {named[:40]}
    switched = {key for key, value in config.items() if key.startswith("pooling_mode_") and value}
    return {_MODES[key].value if key in _MODES else key[:40] for key in switched}


def _modules(path: Path) -> Iterator[tuple[str, str]]:
    """The kind and the folder of each layer."""
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
    """What the files say; where they say nothing, what the family of the model is known for."""
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
    """The least of what the files say; they often name more than the model was made for."""
    sizes = [
        _size(path / "sentence_bert_config.json", "max_seq_length"),
        _size(path / "tokenizer_config.json", "model_max_length"),
        _positions(path / "config.json"),
    ]
    return math.floor(min((size for size in sizes if size is not None), default=LONGEST))


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
    """The object in a file; empty if there is no such file."""
    parsed = _parsed(file)
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise Misconfigured(f"{file} is not a JSON object.")
    return parsed


def _parsed(file: Path) -> object:
    """The JSON in a file; None if there is no such file."""
    try:
        if not file.exists():
            return None
        if file.stat().st_size > MOST_JSON:
            raise Misconfigured(f"{file} is too large to be the description of a model.")
        parsed: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Misconfigured(f"{file} cannot be read as JSON: {error}.") from error
    return parsed
