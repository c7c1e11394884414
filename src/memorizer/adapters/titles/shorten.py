"""Making a title of a phrase: nothing in front of it, nothing hanging behind it, not too long."""
# ruff: noqa: RUF001 - signs of many scripts are meant

import re
import unicodedata
from typing import Final

LONGEST: Final = 80
"""Columns; a Chinese or Japanese character takes two, an ordinary letter one."""
_ENOUGH: Final = 30
"""A cut that leaves less says too little: rather a later and less tidy one."""

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
_TAIL: Final = 12
"""Characters that hold the longest of these words and what stands before it."""
_DISTURBS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ue000-\uf8ff]")
"""Control characters, some of which turn the writing direction of all that follows."""
_TICK: Final = re.compile(r"(?<![\w`])`+|`+(?![\w`])")
_OPENING: Final = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«", "」": "「", "）": "（"}
_CLOSING: Final = {opening: closing for closing, opening in _OPENING.items()}
_SMALL_PROSE: Final = re.compile(
    r"(?!(?:npm|pnpm|npx|yarn|git|gh|pip|uv|pytest|mypy|ruff|docker|kubectl|helm|curl|wget|ssh|scp"
    r"|cmake|cargo|rustc|gcc|bash|zsh|psql|sqlite|nginx|systemctl|apt|sudo|vim|tmux|jq|awk|sed|grep"
    r"|terraform)\b)[a-zà-öø-ÿа-яёα-ω][^\W\d_A-Z]*(?:['’-][^\W\d_A-Z]+)*"
    r"[,;:]? (?![-=+<>|&{(])\S"
)
"""Two words at least, the first in small letters and neither a command nor an identifier."""


def strip_decoration(phrase: str) -> str:
    """The phrase without bullets, labels, openers and punctuation around it."""
    phrase = _DISTURBS.sub(" ", phrase)
    timeless = _TIMESTAMP.sub(" ", phrase)
    words = (timeless if has_alnum(timeless) else phrase).split()
    return without_end(without_prefix(" ".join(words)))


def without_prefix(phrase: str) -> str:
    """The phrase from its first telling word on."""
    while found := next(filter(None, (prefix.match(phrase) for prefix in _PREFIXES)), None):
        rest = phrase[found.end() :]
        if not has_alnum(rest):
            break
        phrase = rest
    return phrase


def without_end(phrase: str) -> str:
    """The phrase without punctuation behind it. A closing bracket stays if it closes one."""
    phrase = phrase.rstrip()
    while phrase:
        hanging = _ALWAYS_HANGING.search(phrase, max(0, len(phrase) - _TAIL))
        if hanging and has_alnum(phrase[: hanging.start()]):
            phrase = phrase[: hanging.start()].rstrip()
        elif _is_loose(phrase):
            phrase = phrase[:-1].rstrip()
        else:
            break
    return phrase


def shortened(phrase: str) -> str:
    """At most LONGEST columns of it, cut where a clause, a part of one, or a word ends."""
    room = len(truncate_columns(phrase))
    if room == len(phrase):
        return phrase
    for boundary in _BOUNDARIES:
        cuts = [found.start() for found in boundary.finditer(phrase, 0, room + 2)]
        kept = (_without_hanging(phrase[:cut]) for cut in cuts if cut <= room)
        if enough := [cut for cut in kept if columns(cut) >= _ENOUGH]:
            return enough[0 if boundary is _CONJUNCTION else -1]
    return _without_hanging(phrase[: _word_end(phrase, room)])


def first_clause(phrase: str, *, least: int) -> str:
    """The phrase up to where its first clause ends, if that leaves `least` columns."""
    for boundary in _FIRST_CLAUSE.finditer(phrase, 0, LONGEST):
        if columns(kept := _without_hanging(phrase[: boundary.start()])) >= least:
            return kept
    return phrase


def capitalised(title: str) -> str:
    """With a capital letter, if it is some words and begins with an ordinary one."""
    return title[0].upper() + title[1:] if _SMALL_PROSE.match(title) else title


def as_title(phrase: str) -> str:
    """A stripped phrase as a title, without the ticks of code."""
    words = _TICK.sub("", shortened(phrase)).split()
    return balanced(without_end(" ".join(words)))


def balanced(title: str) -> str:
    """The title without a bracket or quotation mark whose partner was cut off."""
    for opening, closing in _CLOSING.items():
        while title.count(opening) > title.count(closing):
            at = title.rindex(opening)
            title = without_end(title[:at] if at >= _ENOUGH else _gap(title, at))
    if title.count('"') % 2:
        title = without_end(_gap(title, title.rindex('"')))
    return title


def truncate_columns(text: str) -> str:
    """As much from the start of the text as fits."""
    used = 0
    for at, character in enumerate(text):
        used += _width(character)
        if used > LONGEST:
            return text[:at]
    return text


def has_alnum(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(map(str.isalnum, text))


def columns(text: str) -> int:
    """How wide the text is on a screen, roughly."""
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
    """Take off, after a cut, the words that lead to what was cut off."""
    phrase = without_end(phrase)
    while hanging := _HANGING.search(phrase, max(0, len(phrase) - _TAIL)):
        phrase = without_end(phrase[: hanging.start()])
    return phrase


def _word_end(phrase: str, room: int) -> int:
    """The last place up to `room` where nothing that belongs together is parted."""
    space = phrase.rfind(" ", 0, room + 1)
    if space > 0 and columns(phrase[:space]) >= _ENOUGH // 2:
        return space
    sign = max((phrase.rfind(mark, 0, room + 1) for mark in "/?&=._-"), default=0)
    if sign >= _ENOUGH:
        return sign
    while room > 1 and _belongs_to_previous(phrase, room):
        room -= 1
    return room


def _belongs_to_previous(phrase: str, at: int) -> bool:
    """Whether a cut would part an accent, a skin tone or a joined emoji from its base."""
    here, before = phrase[at], phrase[at - 1]
    return (
        unicodedata.category(here) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or before == "\u200d"
    )


def _width(character: str) -> int:
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def _gap(text: str, at: int) -> str:
    """The text without the character at this place."""
    return " ".join(f"{text[:at]} {text[at + 1 :]}".split())
