"""Reranking by a cross-encoder exported to ONNX, loaded at its first use in a thread."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from memorizer.adapters.embeddings.model_config import CrossEncoderFiles
from memorizer.domain.errors import EmbedderUnavailable, RerankerUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BATCH_TOKENS: Final = 512
"""Padding included. Between batches it is looked whether somebody still waits for the scores."""
MAX_CHARACTERS: Final = 4_000
"""Of a text and of a query: more than any window of 512 tokens holds."""
PROBE: Final = ("Is it ready?", "Yes, it is ready.")


class CrossEncoder:
    """Implements ports.search.Reranker."""

    def __init__(self, files: CrossEncoderFiles, *, threads: int) -> None:
        """Load nothing yet. `threads`: of the model."""
        self.name = files.name
        self._files = files
        self._threads = threads
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reranker")
        self._model: _Model | None = None
        self._loading: asyncio.Future[_Model] | None = None

    async def load(self) -> None:
        await self._loaded()

    async def check(self) -> str:
        await self.scores(PROBE[0], [PROBE[1]])
        return f"{self.name}, up to {self._files.most_tokens} tokens"

    async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        model = await self._loaded()
        is_given_up = threading.Event()
        work = partial(self._scores, model, query, texts, is_given_up)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            is_given_up.set()

    async def close(self) -> None:
        """Stop the thread once the batch that it runs is done."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def _loaded(self) -> "_Model":
        """Return the model; concurrent first callers share one load."""
        if self._model is not None:
            return self._model
        if self._loading is None:
            loop = asyncio.get_running_loop()
            self._loading = loop.run_in_executor(self._thread, self._load)
        loading = self._loading
        try:
            self._model = await asyncio.shield(loading)
        except RerankerUnavailable:
            if self._loading is loading:
                self._loading = None  # so that the next call tries again
            raise
        return self._model

    def _load(self) -> "_Model":
        try:
            return _Model(self._files, self._threads)
        except EmbedderUnavailable as error:  # a graph for something else
            raise RerankerUnavailable(f"{self._files.graph}: {error}") from error
        except RerankerUnavailable:
            raise
        except Exception as error:  # the libraries' own errors have no base in common
            raise RerankerUnavailable(
                f"The reranking model {self._files.graph} cannot be loaded: {error}"
            ) from error

    def _scores(
        self, model: "_Model", query: str, texts: Sequence[str], is_given_up: threading.Event
    ) -> list[float]:
        try:
            return model.scores(query, texts, is_given_up)
        except RerankerUnavailable:
            raise
        except Exception as error:  # as above
            raise RerankerUnavailable(
                f"The reranking model {self.name} cannot read these texts: {error}"
            ) from error


class _Model:
    """Tokenizer and graph in memory. Every method blocks."""

    def __init__(self, files: CrossEncoderFiles, threads: int) -> None:
        # heavy, as what they import: whoever does not rerank need not load them
        from tokenizers import Tokenizer  # noqa: PLC0415

        from memorizer.adapters.embeddings.onnx_session import input_types, open_session  # noqa: PLC0415

        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(files.most_tokens, strategy="longest_first")
        self._session = open_session(files.graph, threads)
        self._types = input_types(self._session)
        self._output = _output_of(files, self._session)

    def scores(self, query: str, texts: Sequence[str], is_given_up: threading.Event) -> list[float]:
        pairs = [(query[:MAX_CHARACTERS], text[:MAX_CHARACTERS]) for text in texts]
        tokens = self._tokenizer.encode_batch(pairs)
        found = [0.0] * len(texts)
        for batch in _batches([len(each.ids) for each in tokens]):
            if is_given_up.is_set():
                break
            logits = self._run([tokens[place] for place in batch])
            for place, score in zip(batch, _probabilities(logits), strict=True):
                found[place] = score
        return found

    def _run(self, batch: Sequence[Any]) -> "NDArray[Any]":
        import numpy as np  # noqa: PLC0415 - as above

        shape = (len(batch), max(len(each.ids) for each in batch))
        ids, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
        for row, each in enumerate(batch):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
            types[row, : len(each.ids)] = each.type_ids
        possible = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": types,
            "position_ids": np.broadcast_to(np.arange(shape[1]), shape),
        }
        feeds = {name: possible[name].astype(type_) for name, type_ in self._types.items()}
        (logits,) = self._session.run([self._output], feeds)
        return np.asarray(logits, np.float64).reshape(len(batch), -1)


def _output_of(files: CrossEncoderFiles, session: Any) -> str:
    """Return the output with the logits. Raises RerankerUnavailable if no pair is scored there."""
    outputs = {each.name: each.shape for each in session.get_outputs()}
    name = "logits" if "logits" in outputs else next(iter(outputs))
    shape = outputs[name]
    is_one_number = len(shape) == 1 or (len(shape) == 2 and shape[1] in {1, 2})  # noqa: PLR2004
    if not is_one_number and not (len(shape) == 2 and isinstance(shape[1], str)):  # noqa: PLR2004
        raise RerankerUnavailable(
            f"{files.graph} is no cross-encoder: its output {name} has the shape "
            f"{' x '.join(map(str, shape))}, where one score for each pair of texts is wanted. "
            "Take a reranking model, exported for text classification."
        )
    return name


def _probabilities(logits: "NDArray[Any]") -> list[float]:
    """One logit is that of relevance; of two, the second against the first (softmax)."""
    import numpy as np  # noqa: PLC0415 - as above

    if logits.shape[1] > 2:  # noqa: PLR2004
        raise RerankerUnavailable(
            f"the model has {logits.shape[1]} labels, where one or two are wanted"
        )
    relevance = logits[:, -1] - (logits[:, 0] if logits.shape[1] == 2 else 0)  # noqa: PLR2004
    if not np.isfinite(relevance).all():
        raise RerankerUnavailable("a score is not a number")
    return [float(value) for value in 1 / (1 + np.exp(-np.clip(relevance, -500, 500)))]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like lengths, so that little is padded."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[place] * (len(batch) + 1) > MAX_BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
