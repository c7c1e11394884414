"""Extracts a title from the answer of a language model, or rejects the answer."""

import json
import re
from typing import Final

from memorizer.adapters.titles import shorten
from memorizer.adapters.titles.prompt import INSTRUCTION, MAX_TITLE_CHARACTERS
from memorizer.domain.errors import TitleRejected

_THOUGHT: Final = re.compile(r"(?s)<think>.*?(?:</think>|\Z)")
_OBJECT: Final = re.compile(r"\{[^}]*(?:\}|\Z)")
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]"
)
_MARKS: Final = re.compile(r"^(?:#{1,6}|>|[-*•])\s+|[*_`]{2,}|`")
_LEAD: Final = re.compile(
    r"(?i)^(?:(?:sure|certainly|of course|ok(?:ay)?)[,!.]*\s*)?"
    r"(?:here(?:'s|’s| is| are)?\s.{0,40}?titles?\b.{0,40}?[:\-–—]"  # noqa: RUF001
    r"|(?:the |a |my )?(?:suggested |possible |short )?title(?: of (?:the|this) note)?(?: is)?"
    r"\s*[:=])\s*"
)
_QUOTES: Final = "\"'“”‘’«»„‚‹›「」『』"  # noqa: RUF001
_USELESS: Final = re.compile(
    r"(?i)(?:an? |the |your |my |this |no |new |short |untitled |note |of )*"
    r"(?:title|titles|untitled|note|notes|memory|text|summary|unknown|unnamed|none|null|undefined"
    r"|string|json|empty|subject|n/a|todo|title here|document)"
    r"(?: (?:of|for|about|is|in|as) (?:the|this|a|your) (?:note|notes|text|memory|json))*"
    r"|(?:sure|certainly|ok|okay|yes|no|hello|hi|thank you|thanks)"
    r"|(?:here(?:'s|’s| is| are))\b.*\btitles?\b.*"  # noqa: RUF001
    r"|(?:i['’]?m sorry|i am sorry|sorry|i can(?:no|['’])t|i cannot|as an ai)\b.*"  # noqa: RUF001
    r"|(?:type|tags) ?:.*|you write titles.*"
)
_MIN_ECHO_CHARACTERS: Final = 12
"""Shorter pieces of the instruction are ordinary words."""
_MIN_REPEATED_WORDS: Final = 3


def extract_title(answer: str) -> str:
    """Return the cleaned title of an answer.

    Raises TitleRejected, which does not quote the answer: it may quote the memory, and errors of
    jobs stay longer than memories do.
    """
    title = _clean(_named(_THOUGHT.sub("", answer).strip()))
    if problem := _problem(title):
        raise TitleRejected(f"The title model wrote {problem}.")
    return title


def _named(answer: str) -> str:
    """Return the title in the answer's JSON; without JSON, its first line."""
    for candidate in (answer, *_OBJECT.findall(answer)):
        try:
            parsed = json.loads(candidate, strict=False)
        except ValueError:
            continue
        title = parsed.get("title") if isinstance(parsed, dict) else parsed
        return title if isinstance(title, str) else ""
    if answer.startswith(("{", "[", "```")) or '{"' in answer:
        return ""  # incomplete JSON
    return next((line for line in answer.splitlines() if line.strip()), "")


def _clean(title: str) -> str:
    words = " ".join(_CONTROL.sub(" ", title).split())
    words = _LEAD.sub("", _MARKS.sub("", words))
    return _short(_without_stop(_unquoted(_without_stop(words.strip()))))


def _without_stop(title: str) -> str:
    return title if title.endswith("...") else title.rstrip(" .。,;:")


def _unquoted(title: str) -> str:
    """Strip quotation marks around the whole title, if the same ones do not occur within."""
    is_quoted = len(title) > 1 and title[0] in _QUOTES and title[-1] in _QUOTES
    within = title[1:-1].strip()
    return within if is_quoted and not {title[0], title[-1]} & set(within) else title


def _short(title: str) -> str:
    """Shorten to MAX_TITLE_CHARACTERS; a title of just so many was most likely cut in a word."""
    if len(title) < MAX_TITLE_CHARACTERS:
        return title
    return shorten.as_title(
        title[:MAX_TITLE_CHARACTERS].rpartition(" ")[0] or title[:MAX_TITLE_CHARACTERS]
    )


def _problem(title: str) -> str | None:
    """Return why this is no title, or None."""
    words = title.casefold().split()
    if not title or not shorten.has_alnum(title):
        return "nothing that could be a title"
    if _USELESS.fullmatch(title):
        return "something that says nothing"
    if len(title) >= _MIN_ECHO_CHARACTERS and title.casefold() in INSTRUCTION.casefold():
        return "its own instruction"
    if len(words) >= _MIN_REPEATED_WORDS and len(set(words)) == 1:
        return "one word again and again"
    return None
