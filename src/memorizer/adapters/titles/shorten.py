"""Makes a title of a phrase: strips decoration at both ends, and cuts it to MAX_COLUMNS."""
# ruff: noqa: RUF001 - signs of many scripts are meant

import re
import unicodedata
from typing import Final

from memorizer.adapters.titles import clauses

MAX_COLUMNS: Final = 80
"""Width on a screen: a Chinese or Japanese character takes two columns, a letter one."""
_MIN_COLUMNS: Final = 30
"""A cut at a clause must leave so many; else the next kind of boundary is tried."""
_MIN_SUBJECT_COLUMNS: Final = 15
_MIN_MAIN_COLUMNS: Final = 20
"""Of a main clause behind an introduction."""

_BULLET: Final = re.compile(
    r"(?:>+|[-*+•‣◦·–—]|\d{1,3}[.)]|\(\d{1,3}\)|[a-z][.)]|[A-Z]\)|#{1,6}|\[[ xX]?\]|[☐☑✓✔]\ufe0f?"
    r"|\$(?=\s[a-z]))\s+"
)
_TIMESTAMP: Final = re.compile(
    r"[\[(]?\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\b"
    r"[\])]?(?:\s*[:|-]\s)?|[\[(]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?[\])](?:\s*[:|-]\s)?"
)
_LABEL: Final = re.compile(
    r"(?i)(?:(?:quick|side|important|please|personal|general)\s)?"
    r"(?:notes?(?: to self)?|n\.?b\.?|to-?do|fix-?me|fyi|btw|p\.?s\.?|reminder|remember|important"
    r"|memo|tip|info|heads[ -]?up|tl;?dr|update|edit|summary|hinweis|notiz|merke|achtung|nota"
    r"|remarque|attention|примечание|заметка|важно|ملاحظة|注意|备注|備註|笔记|提示|待办|メモ)"
    r"\s?(?:\([^()]{0,40}\)\s?)?(?::(?!:)\s*|：\s*|\s[-–—]\s+|!+\s+)"
    r"|(?:title|subject|user|human|assistant|question|answer|q|a)\s?:\s+"
)
_SHOUT: Final = re.compile(r"(?:TODO|FIXME|FYI|XXX|NB|BTW)\b[\s:,.!–—-]*|(?:Fyi|fyi|btw|Btw)[\s,]+")
_OPENER: Final = re.compile(
    r"(?i)(?:please\s)?(?:remember|recall|note|be aware|keep in mind|bear in mind|don['’]?t forget"
    r"|do not forget|make a note|(?:just )?a reminder|as a reminder|for the record"
    r"|just so you know)(?:[,:]?\s(?:that|to)\b[,:]?|[,:])\s"
    r"|(?:it\s)?turns\sout(?:\sthat)?,?\s"
    r"|(?:i|we)\s(?:have\s|just\s){0,2}(?:learn(?:ed|t)|found(?:\sout)?|noticed|discovered"
    r"|reali[sz]ed)\sthat\s"
    r"|it\sis\s(?:important|worth)\s(?:to\s(?:note|remember)|noting|remembering)\sthat\s"
    r"|(?:however|also|so|then|well|ok|okay|anyway|basically|actually|finally|first|firstly|thus"
    r"|therefore|hence|unfortunately|apparently|in short|in summary|in general|as a result"
    r"|for example|for instance|by the way|(?:dear|hi|hello|hey)(?:\s[^\s,]{1,30}){0,3}),\s"
    r"|e\.g\.,?\s|(?:and|but|so)\s"
)
_FRONT: Final = re.compile(
    r"[\s\"'“”‘’«»„‚‹›「」『』,;:!?…¿¡،؛؟。、，；：！？*=|)\]}]+|\.(?!\w)[.\s]*|[-–—]+\s+"
)
_PREFIXES: Final = (_FRONT, _BULLET, _LABEL, _SHOUT, _OPENER)

_CLAUSE: Final = re.compile(
    r"(?:[,;]|(?<!\b\w)[.!?])(?=\s)|[，、；：،؛。！？؟]|(?<!\d)\s[-–—|·•]+(?=\s)|—|\s(?=\()"
)
# at the first of these, where the main clause ends; at the last of the others that fits
_CONJUNCTION: Final = re.compile(
    r"(?i)\s(?=(?:but|because|since|so|when|while|where|which|who|whose|that|if|unless|until"
    r"|although|though)\s)"
)
_PREPOSITION: Final = re.compile(
    r"(?i)\s(?=(?:after|before|for|from|in|into|on|onto|at|with|without|by|via|using|having|as|over"
    r"|under|between|during|through|around|about|past|near|across|along|due|including|instead"
    r"|rather|per|within|against|toward|towards|subjected|applied|applicable|based|designed"
    r"|measured|obtained|caused|followed|according|especially|particularly|such)\s)"
)
_WITHIN: Final = re.compile(r"(?i):(?=\s)|\s(?=of\s)")
_BOUNDARIES: Final = (_CLAUSE, _CONJUNCTION, _PREPOSITION, _WITHIN)
"""Where a phrase may be cut, the best places first."""
_FIRST_CLAUSE: Final = re.compile(rf"{_CLAUSE.pattern}|:(?=\s)")
_HANGING: Final = re.compile(
    r"\s(?:a|an|the|and|or|but|nor|of|in|into|on|onto|at|to|for|from|with|without|by|via|per"
    r"|as|if|is|are|was|were|be|been|being|that|which|who|whose|than|then|this|these|those|its|our"
    r"|your|their|his|her|my|we|it|when|while|because|so|not|no|can|could|will|would|should|must"
    r"|may|might|has|have|had|do|does|did|very|such|between|through|over|under|about|around|past"
    r"|using|having|due|e\.g|i\.e|und|oder|der|das|den|dem|ein|eine|mit|von|für|et|ou|le|la|les"
    r"|des|du|de|avec|pour|y|el|los|las|con|para|и|в|на|с|по|для|от|к|о|из|не|что)$"
)
_ALWAYS_HANGING: Final = re.compile(r"\s(?:a|an|the|and|or|but|nor|of|with)$")
_HANGING_CHARACTERS: Final = 12
"""The longest of these words with its space is shorter."""
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
"""Control characters, line separators, bidirectional controls and private use."""
_TICK: Final = re.compile(r"(?<![\w`])`+|`+(?![\w`])")
_OPENING: Final = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«", "」": "「", "）": "（"}
_CLOSING: Final = {opening: closing for closing, opening in _OPENING.items()}
_LOWER_CASE_PROSE: Final = re.compile(
    r"(?!(?:npm|pnpm|npx|yarn|git|gh|pip|uv|pytest|mypy|ruff|docker|kubectl|helm|curl|wget|ssh|scp"
    r"|cmake|cargo|rustc|gcc|bash|zsh|psql|sqlite|nginx|systemctl|apt|sudo|vim|tmux|jq|awk|sed|grep"
    r"|terraform)\b)[a-zà-öø-ÿа-яёα-ω][^\W\d_A-Z]*(?:['’-][^\W\d_A-Z]+)*"
    r"[,;:]? (?![-=+<>|&{(])\S"
)
"""At least two words, the first in lower case and neither a command nor an identifier."""


def strip_decoration(phrase: str) -> str:
    """Strip bullets, labels, openers, timestamps and punctuation around a phrase."""
    phrase = one_line(phrase)
    timeless = _TIMESTAMP.sub(" ", phrase)
    words = (timeless if has_alnum(timeless) else phrase).split()
    return without_end(without_prefix(" ".join(words)))


def one_line(text: str) -> str:
    """Join the words of a text with spaces, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def without_prefix(phrase: str) -> str:
    """Strip decoration in front of a phrase, unless nothing with a letter or digit is left."""
    while found := next(filter(None, (prefix.match(phrase) for prefix in _PREFIXES)), None):
        rest = phrase[found.end() :]
        if not has_alnum(rest):
            break
        phrase = rest
    return phrase


def without_end(phrase: str) -> str:
    """Strip punctuation and articles behind a phrase; a bracket that closes another stays."""
    phrase = phrase.rstrip()
    while phrase:
        hanging = _ALWAYS_HANGING.search(phrase, max(0, len(phrase) - _HANGING_CHARACTERS))
        if hanging and has_alnum(phrase[: hanging.start()]):
            phrase = phrase[: hanging.start()].rstrip()
        elif _is_loose(phrase):
            phrase = phrase[:-1].rstrip()
        else:
            break
    return phrase


def shortened(phrase: str) -> str:
    """Cut a phrase to MAX_COLUMNS; one that would lose what narrows it, to its subject."""
    limit = len(truncate_columns(phrase))
    if limit == len(phrase):
        return phrase
    cut = _cut(phrase, limit)
    if not clauses.narrows(phrase[len(cut) :]):
        return cut
    longest = _without_hanging(phrase[: _word_end(phrase, limit)])
    if clauses.keeps_narrowing(longest):
        return longest
    subject = _without_hanging(clauses.subject(cut) or "")
    return subject if columns(subject) >= _MIN_SUBJECT_COLUMNS else cut


def _cut(phrase: str, limit: int) -> str:
    """Cut a phrase at the best boundary: a clause, a part of one, or a word."""
    start = clauses.introduction_end(phrase)
    least = start + _MIN_COLUMNS // 2 if start + _MIN_MAIN_COLUMNS <= limit else 0
    for boundary in _BOUNDARIES:
        cuts = [found.start() for found in boundary.finditer(phrase, least, limit + 2)]
        kept = (_without_hanging(phrase[:cut]) for cut in cuts if cut <= limit)
        if enough := [cut for cut in kept if columns(cut) >= _MIN_COLUMNS]:
            return enough[0 if boundary is _CONJUNCTION else -1]
    kept_words = phrase[: _word_end(phrase, limit)]
    contrast = clauses.contrast_start(kept_words)
    return _without_hanging(kept_words[:contrast] if contrast else kept_words)


def first_clause(phrase: str, *, least: int) -> str:
    """Cut a phrase at the end of its first clause, if that leaves `least` columns."""
    start = clauses.introduction_end(phrase)
    for boundary in _FIRST_CLAUSE.finditer(phrase, start, MAX_COLUMNS):
        if columns(kept := _without_hanging(phrase[: boundary.start()])) >= start + least:
            return kept
    return phrase


def with_question_mark(title: str, sentence: str) -> str:
    """Give a question its marks back if it would read as a statement without them."""
    is_question = sentence.rstrip().endswith("?") and clauses.reads_as_statement(title)
    opening = "¿" if "¿" in sentence else ""
    if not is_question or "?" in title or " " not in title or columns(title) + 2 > MAX_COLUMNS:
        return title
    return f"{opening}{title}?"


def capitalised(title: str) -> str:
    """Capitalise a title that is prose in lower case, not a command or identifier."""
    return title[0].upper() + title[1:] if _LOWER_CASE_PROSE.match(title) else title


def as_title(phrase: str) -> str:
    """Make a title of a stripped phrase: shorten it, and remove the backticks of code."""
    words = _TICK.sub("", shortened(phrase)).split()
    return balanced(without_end(" ".join(words)))


def balanced(title: str) -> str:
    """Remove brackets and quotation marks whose partner was cut off."""
    for opening, closing in _CLOSING.items():
        while title.count(opening) > title.count(closing):
            at = title.rindex(opening)
            title = without_end(title[:at] if at >= _MIN_COLUMNS else _gap(title, at))
    if title.count('"') % 2:
        title = without_end(_gap(title, title.rindex('"')))
    return title


def truncate_columns(text: str) -> str:
    """Cut a text to MAX_COLUMNS, at any character."""
    used = 0
    for at, character in enumerate(text):
        used += _width(character)
        if used > MAX_COLUMNS:
            return text[:at]
    return text


def has_alnum(text: str) -> bool:
    """Whether a text has a letter or digit."""
    return any(map(str.isalnum, text))


def columns(text: str) -> int:
    """Return the approximate width of a text on a screen."""
    return sum(_width(character) for character in text)


def _is_loose(phrase: str) -> bool:
    last, rest = phrase[-1], phrase[:-1]
    if last in _OPENING:
        return rest.count(_OPENING[last]) <= rest.count(last)
    if last in "\"'`":
        return rest.count(last) % 2 == 0
    if last in "%#" and rest[-1:].isalnum():
        return False
    return last in "=<>|~^`" or (last != "_" and unicodedata.category(last).startswith("P"))


def _without_hanging(phrase: str) -> str:
    """Strip words such as `with the` that led to what was cut off."""
    phrase = without_end(phrase)
    while hanging := _HANGING.search(phrase, max(0, len(phrase) - _HANGING_CHARACTERS)):
        phrase = without_end(phrase[: hanging.start()])
    return phrase


def _word_end(phrase: str, limit: int) -> int:
    """Return the last position up to `limit` at a space or sign, or between whole characters."""
    space = phrase.rfind(" ", 0, limit + 1)
    if space > 0 and columns(phrase[:space]) >= _MIN_COLUMNS // 2:
        return space
    sign = max((phrase.rfind(mark, 0, limit + 1) for mark in "/?&=._-"), default=0)
    if sign >= _MIN_COLUMNS:
        return sign
    while limit > 1 and _belongs_to_previous(phrase, limit):
        limit -= 1
    return limit


def _belongs_to_previous(phrase: str, at: int) -> bool:
    """Whether a cut would separate an accent, a skin tone or a joined emoji from its base."""
    here, before = phrase[at], phrase[at - 1]
    return (
        unicodedata.category(here) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or before == "\u200d"
    )


def _width(character: str) -> int:
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def _gap(text: str, at: int) -> str:
    """Remove the character at this position."""
    return " ".join(f"{text[:at]} {text[at + 1 :]}".split())
