"""Tells what may be cut off a sentence without turning its meaning round.

A title is a main clause or the beginning of a sentence. What narrows a statement ("except on
Sundays", "if the disk is full", "but not for admins") stays with it; what only names the opposite
of it ("not on Fridays", "instead of MySQL") may go, but is no title alone. The words are English,
German, Spanish and French.
"""
# ruff: noqa: RUF001 - an apostrophe of its own

import re
from typing import Final

_NOT: Final = (
    r"(?:no\slonger|no\smore|not|never|nor|no|nicht|niemals|nie|kein\w{0,2}|ya\sno|nunca|jamais"
    r"|non|plus|pas)"
)
_AND: Final = r"(?:and|und|y|e|et|or|oder|o|ou)"
_BUT: Final = r"(?:but|yet|aber|pero|mais)"
_INSTEAD: Final = (
    r"(?:instead\sof|rather\sthan|as\sopposed\sto|unlike|anstatt|statt|anstelle|en\slugar\sde"
    r"|en\svez\sde|au\slieu\sde|plut[ôo]t\sque)"
)
_CONTRAST: Final = re.compile(
    rf"(?i)\s*[,;(–—-]\s*(?:{_AND}\s)?(?:{_NOT}|{_INSTEAD})\b|\s+{_AND}\s{_NOT}\b|\s+{_INSTEAD}\b"
)
"""Begins what is not so, behind what is."""
_CONDITION: Final = (
    rf"(?:{_BUT}\s(?:\S+\s)?(?:{_NOT}|only|now|except|nur|jetzt|s[oó]lo|ahora|seulement|maintenant)"
    r"|except(?:ing)?|unless|until|till|if|only\s(?:if|when|for|on|in|after|before|during|with)"
    r"|apart\sfrom|aside\sfrom|other\sthan|as\slong\sas|provided\sthat"
    r"|außer|ausser|ausgenommen|es\ssei\sdenn|wenn|falls|sofern|solange|sondern"
    r"|excepto|salvo|a\smenos\sque|si|siempre\sque|sino|sauf|excepté|hormis|à\smoins\sque)"
)
_LIMIT: Final = (
    r"(?:only|without|now|until|bis|ohne|nur|jetzt|hasta|sin|s[oó]lo|solamente|ahora|sans|seulement"
    r"|désormais|maintenant|jusqu['’]\w+)"
)
_NARROWING: Final = re.compile(
    rf"(?i)(?<=[\s(]){_CONDITION}(?!\w)|[,;(–—]\s(?:{_AND}\s)?{_LIMIT}(?!\w)"
)
"""Begins what narrows or replaces the statement before it."""
_NARROWING_CLAUSE: Final = re.compile(
    rf"(?i)(?:^|[,;(–—])\s*(?:{_AND}\s)?(?:{_CONDITION}|{_LIMIT})(?!\w)"
)
_OTHER_STATEMENT: Final = re.compile(
    r"(?i)[.!?;:]\s|\s(?:because|since|so\sthat|which|who|whose|weil|porque|parce\sque)\s"
)

_SUBORDINATE: Final = (
    r"(?:after|although|as|because|before|during|except|for|given|if|in|on|once|since|though|to"
    r"|unless|until|when|whenever|while|with|without|apart\sfrom"
    r"|wenn|falls|seit|nachdem|obwohl|weil|bevor|während|sobald|solange|ohne|bis"
    r"|si|cuando|aunque|porque|desde|antes|después|mientras|sin|hasta"
    r"|quand|lorsque|bien\sque|parce\sque|depuis|avant|après|sans|pendant"
    rf"|{_INSTEAD})"
)
_INTRODUCTION: Final = re.compile(rf"(?i){_SUBORDINATE}\s[^,;:]{{3,70}},\s")
_UNMARKED: Final = re.compile(
    r"(?i)(?:after|since)\s(?:the|our|a|an|this|last)\s[\w-]+(?:\s[\w-]+)?\s"
    r"(?=(?:the|our|a|an|all|every|we|it|they)\s)"
)
"""An introduction without a comma, such as `Since the audit`."""
_TRUE_WITHOUT: Final = re.compile(rf"(?i)(?:although|though|as|because|given|since|{_INSTEAD})\b")
_AFTER: Final = re.compile(r"(?i)after\b")
_PAST: Final = re.compile(r"(?i)\s(?:was|were|has|have|had)\s")

_AUXILIARY: Final = re.compile(
    r"(?i)\s(?:is|are|was|were|has|have|had|will|would|can|could|must|should|shall|may|might|do|does"
    r"|did|\w+n['’]t|cannot|ist|sind|war|waren|wird|werden|wurden?|hat|haben|kann|können|muss|müssen"
    r"|darf|dürfen|soll|sollen|son|está|están|era|fue|se|puede|pueden|debe|deben|est|sont|était"
    r"|sera|peut|peuvent|doit|doivent)\s"
)
_PRONOUN: Final = re.compile(r"(?i)(?:i|we|you|they|he|she|it)\s")
_FRAGMENT: Final = re.compile(
    r"(?i)(?:no\slonger|no\smore|not|nor|or|and|but|only|except|nicht|sondern|aber|außer|nur|ya\sno"
    r"|sino|pero|excepto|salvo|s[oó]lo|plus|pas|mais|sauf|seulement)\b"
)
_ANSWER: Final = re.compile(
    r"(?i)(?:no|nope|yes|yep|nein|ja|doch|sí|non|oui)(?:[,.!;:]|$)|(?:not|never)\sany\s?more\b"
)
_RETRACTION: Final = re.compile(
    r"(?i)(?:(?:that|this|it|das|dies|es|eso|esto|ça|ce|cela)\s|(?:that|it|c)['’])(?:\S+\s){0,2}?"
    r"(?:no\slonger|not|nicht(?:\smehr)?|ya\sno|plus|wrong|false|outdated|obsolete|untrue"
    r"|deprecated|changed|falsch|veraltet|falso|faux)\b"
    r"|(?:but\s)?(?:not\sany\s?more|no\slonger|not\snow|not\strue|nicht\smehr|ya\sno|plus\smaintenant"
    r"|wrong|false|outdated)\b"
)
_CLAUSE_END: Final = re.compile(r"[,;:](?=\s)")
_QUESTION_WORD: Final = re.compile(
    r"(?i)(?:what|which|who|whom|whose|how|why|when|where|was|welche\w?|wer|wen|wem|wie|warum|wann"
    r"|wo|qu[eé]|cu[aá]l\w*|qui[eé]n\w*|c[oó]mo|por\squé|cu[aá]ndo|d[oó]nde|quel\w*|qui|comment"
    r"|pourquoi|quand|où|что|кто|как|почему|когда|где)\b"
)
_REVERSING: Final = re.compile(
    r"(?i)\b(?:no|not|never|avoid|stop|without|except|unless|only|if|wrong|bad|deprecated|removed"
    r"|rejected|forbidden|prohibited|instead|old|obsolete|formerly|previously|myths?|\w+n['’]t"
    r"|nicht|kein\w*|nie|niemals|ohne|außer|falsch|verboten|vermeiden|früher"
    r"|sin|nunca|excepto|prohibido|evitar|antes|pas|jamais|sans|sauf|interdit|éviter)\b"
)
_MIN_NARROWING_CHARACTERS: Final = 8


def introduction_end(phrase: str) -> int:
    """Return where the introduction of a sentence ends, `If the disk is full, `; 0 without one."""
    found = _INTRODUCTION.match(phrase)
    return found.end() if found and not is_fragment(phrase[found.end() :]) else 0


def main_clause(phrase: str) -> str | None:
    """Return what follows an introduction that it is true without; None if there is none."""
    for pattern in (_UNMARKED, _INTRODUCTION):
        if (found := pattern.match(phrase)) and (main := phrase[found.end() :]):
            is_true = _TRUE_WITHOUT.match(phrase) or (_AFTER.match(phrase) and _PAST.search(main))
            if is_true and _has_verb(main) and not is_fragment(main):
                return main
    return None


def is_fragment(phrase: str) -> bool:
    """Whether a phrase lacks the clause that it belongs to, such as `No longer on Thursdays`."""
    if _ANSWER.match(phrase):
        return True
    return _FRAGMENT.match(phrase) is not None and not _has_verb(phrase)


def contrast_start(phrase: str) -> int | None:
    """Return where a sentence begins to only name the opposite: `, no longer on Thursdays`."""
    starts = [found.start() for found in _CONTRAST.finditer(phrase)]
    return starts[-1] if starts and not narrows(phrase[starts[-1] :]) else None


def narrows(rest: str) -> bool:
    """Whether a rest narrows the statement before it, such as `, except on Sundays`."""
    other = _OTHER_STATEMENT.search(rest)
    rest = rest[: other.start()] if other else rest
    if _NARROWING_CLAUSE.search(rest):
        return True
    return rest[:1] not in ",;(–—" and _NARROWING.search(rest) is not None


def keeps_narrowing(cut: str) -> bool:
    """Whether a cut sentence still shows what narrows it."""
    ends = [found.end() for found in _NARROWING.finditer(cut, 1)]
    return bool(ends) and len(cut) - ends[-1] >= _MIN_NARROWING_CHARACTERS


def subject(phrase: str) -> str | None:
    """Return what stands before the first auxiliary; None if none is seen."""
    found = _AUXILIARY.search(phrase)
    return phrase[: found.start()] if found else None


def retraction(sentence: str) -> str:
    """Return what takes back or narrows the sentence before, such as `Not any more.`, or ''."""
    if _RETRACTION.match(sentence) or is_fragment(sentence):
        return _CLAUSE_END.split(sentence, maxsplit=1)[0]
    return ""


def reverses_items(lead_in: str) -> bool:
    """Whether the items of a list cannot be read without the line above it, such as `Avoid:`."""
    return _REVERSING.search(lead_in) is not None


def reads_as_statement(question: str) -> bool:
    """Whether a question without its mark would read as a statement."""
    return _QUESTION_WORD.match(question) is None


def _has_verb(phrase: str) -> bool:
    return bool(_PRONOUN.match(phrase) or _AUXILIARY.search(phrase))
