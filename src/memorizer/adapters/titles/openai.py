"""Titles by a language model behind an OpenAI-compatible server."""

from collections.abc import Mapping
from typing import Any, Final

from memorizer.adapters.openai_api import OpenAiApi, Refused
from memorizer.adapters.titles import prompt
from memorizer.adapters.titles.llm_output import title_of
from memorizer.domain.errors import TextRejected, TitleWriterUnavailable
from memorizer.domain.memories import Content

MOST_BYTES: Final = 1024 * 1024
"""Of a reply: a title is a line, but some models think aloud before it."""
_TITLE: Final = {"type": "string", "minLength": 1, "maxLength": prompt.LONGEST}


def _json_of(title: Mapping[str, object]) -> Mapping[str, object]:
    """The wish for an object with a title, as a JSON schema."""
    schema = {
        "type": "object",
        "properties": {"title": title},
        "required": ["title"],
        "additionalProperties": False,
    }
    named = {"name": "title", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


_FORMS: Final[tuple[Mapping[str, object], ...]] = (
    {**_json_of(_TITLE), "temperature": 0.2, "max_tokens": 1_000},
    _json_of({"type": "string"}),  # some know neither lengths, nor temperatures
    {},
)
"""Ways to ask, the best first; what a server does not know it refuses."""
_MAYBE_FORM: Final = frozenset({400, 422})
_CHECK_SECONDS: Final = 2.0


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
        """Of those ways, the first that this server is known to accept."""

    async def check(self) -> str:
        await self._api.reach("/models", seconds=_CHECK_SECONDS)
        return f"{self.name}, {self.model} at {self._api.server}"

    async def write(self, content: Content) -> str:
        for form in range(self._form, len(_FORMS)):
            try:
                reply = await self._ask(content, _FORMS[form])
            except Refused as error:
                if error.status in _MAYBE_FORM and form + 1 < len(_FORMS):
                    continue
                if error.advice is not None:
                    raise TitleWriterUnavailable(
                        f"{self._api.server} refuses: {error}. {error.advice}"
                    ) from error
                raise TextRejected(f"{self._api.server} refuses the text: {error}.") from error
            self._form = form
            return title_of(_answer(reply))
        raise AssertionError("unreachable: the last form returns or raises")

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _ask(self, content: Content, form: Mapping[str, object]) -> Mapping[str, Any]:
        body = {"model": self.model, "messages": prompt.messages(content), **form}
        return await self._api.post(
            "/chat/completions", body, seconds=self._timeout, most_bytes=MOST_BYTES
        )


def _answer(reply: Mapping[str, Any]) -> str:
    match reply:
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case _:
            return ""
