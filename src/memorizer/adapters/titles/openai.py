"""Titles by a language model behind an OpenAI-compatible server."""

from collections.abc import Mapping
from typing import Any, Final

from memorizer.adapters.openai_api import OpenAiApi, Refused
from memorizer.adapters.titles import prompt
from memorizer.adapters.titles.llm_output import extract_title
from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import TextRejected, TitleWriterUnavailable
from memorizer.domain.memories import Content

MAX_REPLY_BYTES: Final = 1024 * 1024
"""A title is one line, but some models write their reasoning before it."""
_TITLE: Final = {"type": "string", "minLength": 1, "maxLength": prompt.MAX_TITLE_CHARACTERS}


def _json_schema(title: Mapping[str, object]) -> Mapping[str, object]:
    """Return the option that asks for an object with a title, as a JSON schema."""
    schema = {
        "type": "object",
        "properties": {"title": title},
        "required": ["title"],
        "additionalProperties": False,
    }
    named = {"name": "title", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


_REQUEST_OPTIONS: Final[tuple[Mapping[str, object], ...]] = (
    {**_json_schema(_TITLE), "temperature": 0.2, "max_tokens": 1_000},
    _json_schema({"type": "string"}),  # some know neither lengths, nor temperatures
    {},
)
"""Tried in this order: servers refuse options that they do not know."""
_OPTIONS_REFUSED: Final = frozenset({400, 422})
_CHECK_TIMEOUT_SECONDS: Final = 2.0


class OpenAiTitleWriter:
    """Implements ports.titles.TitleWriter."""

    name = "openai"

    def __init__(
        self, base_url: str, model: str, *, key: str | None = None, timeout_seconds: float = 60.0
    ) -> None:
        self.model = model
        self._timeout = timeout_seconds
        self._api = OpenAiApi(base_url, key, unavailable=TitleWriterUnavailable)
        self._form = 0
        """Index of the first of _REQUEST_OPTIONS that this server may accept."""

    async def check(self) -> str:
        await self._api.reach("/models", seconds=_CHECK_TIMEOUT_SECONDS)
        return f"{self.name}, {self.model} at {self._api.server}"

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        for form in range(self._form, len(_REQUEST_OPTIONS)):
            try:
                reply = await self._ask(content, _REQUEST_OPTIONS[form])
            except Refused as error:
                if error.status in _OPTIONS_REFUSED and form + 1 < len(_REQUEST_OPTIONS):
                    continue
                if error.advice is not None:
                    raise TitleWriterUnavailable(
                        f"{self._api.server} refuses: {error}. {error.advice}"
                    ) from error
                raise TextRejected(f"{self._api.server} refuses the text: {error}.") from error
            self._form = form
            return extract_title(_answer(reply))
        raise AssertionError("unreachable: the last form returns or raises")

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _ask(self, content: Content, form: Mapping[str, object]) -> Mapping[str, Any]:
        body = {"model": self.model, "messages": prompt.messages(content), **form}
        return await self._api.post(
            "/chat/completions", body, seconds=self._timeout, most_bytes=MAX_REPLY_BYTES
        )


def _answer(reply: Mapping[str, Any]) -> str:
    match reply:
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case _:
            return ""
