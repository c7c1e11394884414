"""Words of time in English, German, Spanish and French, read by dateparser.

Its own search in texts is not used: it takes "we" for Wednesday and reads "Q3" by today's date
(dateparser 1.5). Here phrases are picked that can hardly mean anything else, one at a time, and
dateparser says which day, week, month or year they are. Names that are also words ("may", "march",
"mars") count only behind a preposition or before a year.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from unicodedata import combining, normalize

from memorizer.domain.time_windows import TimeWindow

MAX_READ: Final = 500
"""Characters of a query, at its beginning, in which words of time are looked for."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - dateparser's times are naive, in UTC

_YEAR: Final = r"(?:19|20)\d\d"
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            *("a an one ein eine einem einer un una une uno", "two zwei dos deux"),
            *("three drei tres trois", "four vier cuatro quatre", "five funf cinco cinq"),
            *("six sechs seis", "seven sieben siete sept", "eight acht ocho huit"),
            *("nine neun nueve neuf", "ten zehn diez dix", "eleven elf once onze"),
            "twelve zwolf doce douze",
        ),
        start=1,
    )
    for word in words.split()
}
_NUMBER: Final = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"

Phrase = Callable[[re.Match[str]], str]


def _units(**units: str) -> Phrase:
    """Return the phrase for the unit that the first group begins with."""
    return lambda found: next(
        phrase for start, phrase in units.items() if found[1].startswith(start)
    )


def _ago(template: str, **units: str) -> Phrase:
    """Return the phrase for a number of units, the second group."""
    unit = {start: name.split("|") for start, name in units.items()}

    def phrase(found: re.Match[str]) -> str:
        number = _NUMBERS.get(found[1]) or int(found[1])
        one, many = next(names for start, names in unit.items() if found[2].startswith(start))
        return template.format(number, one if number == 1 else many)

    return phrase


def _same(found: re.Match[str]) -> str:
    return found[0]


def _group(found: re.Match[str]) -> str:
    return " ".join(group for group in found.groups() if group)


def _spelled(**names: str) -> Phrase:
    """As `_group`, with names spelled as dateparser knows them."""
    return lambda found: " ".join(names.get(group, group) for group in found.groups() if group)


_EN_MONTHS: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_DE_MONTHS: Final = (
    "januar|februar|marz|april|mai|juni|juli|august|september|oktober|november|dezember"
)
_ES_MONTHS: Final = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_FR_MONTHS: Final = (
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
)
_EN_DAYS: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DE_DAYS: Final = "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
_ES_DAYS: Final = "lunes|martes|miercoles|jueves|viernes|sabado|domingo"
_FR_DAYS: Final = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_FR_SPELLED: Final = {"fevrier": "février", "aout": "août", "decembre": "décembre"}
_ES_SPELLED: Final = {"miercoles": "miércoles", "sabado": "sábado"}

_PATTERNS: Final[Mapping[str, tuple[tuple[str, Phrase], ...]]] = {
    "en": (
        (rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_EN_MONTHS})(?:,? ({_YEAR}))?", _group),
        (rf"({_EN_MONTHS}) (\d{{1,2}})(?:st|nd|rd|th)?(?:,? ({_YEAR}))?", _group),
        (
            r"(?:last|past|previous) (week|month|year)",
            _units(week="last week", month="last month", year="last year"),
        ),
        (
            r"this (week|month|year)",
            _units(week="this week", month="this month", year="this year"),
        ),
        (
            rf"{_NUMBER} (day|week|month|year)s? ago",
            _ago(
                "{} {} ago",
                day="day|days",
                week="week|weeks",
                month="month|months",
                year="year|years",
            ),
        ),
        (rf"{_YEAR}-\d\d-\d\d|day before yesterday|yesterday|today", _same),
        (rf"(?:in|since|during|last|early|late|of|from) ({_EN_MONTHS})(?: ({_YEAR}))?", _group),
        (rf"({_EN_MONTHS}) ({_YEAR})", _group),
        (rf"(?:on|last) ({_EN_DAYS})", _group),
        (rf"(?:in|since|during) ({_YEAR})", _group),
    ),
    "de": (
        (rf"(\d{{1,2}})\. ({_DE_MONTHS})(?: ({_YEAR}))?", _spelled(marz="märz")),
        (
            r"(?:letzt|vorig|vergangen)e[nrs]? (woche|monat|jahr)",
            _units(woche="letzte woche", monat="letzten monat", jahr="letztes jahr"),
        ),
        (
            r"diese[nrsm]? (woche|monat|jahr)",
            _units(woche="diese woche", monat="diesen monat", jahr="dieses jahr"),
        ),
        (
            rf"vor {_NUMBER} (tag|woche|monat|jahr)e?n?",
            _ago(
                "vor {} {}",
                tag="tag|tagen",
                woche="woche|wochen",
                monat="monat|monaten",
                jahr="jahr|jahren",
            ),
        ),
        (r"vorgestern|gestern|heute", _same),
        (
            rf"(?:im|seit|letzten|anfang|mitte|ende) ({_DE_MONTHS})(?: ({_YEAR}))?",
            _spelled(marz="märz"),
        ),
        (rf"({_DE_MONTHS}) ({_YEAR})", _spelled(marz="märz")),
        (rf"(?:am|letzten|vergangenen) ({_DE_DAYS})", _group),
    ),
    "es": (
        (rf"(\d{{1,2}}) de ({_ES_MONTHS})(?: (?:del? )?({_YEAR}))?", _group),
        (
            r"(?:la |el )?(semana|mes|ano) pasad[oa]",
            _units(semana="la semana pasada", mes="el mes pasado", ano="el año pasado"),
        ),
        (
            r"est[ae] (semana|mes|ano)",
            _units(semana="esta semana", mes="este mes", ano="este año"),
        ),
        (
            rf"hace {_NUMBER} (dia|semana|mes|ano)(?:e?s)?",
            _ago(
                "hace {} {}",
                dia="día|días",
                semana="semana|semanas",
                mes="mes|meses",
                ano="año|años",
            ),
        ),
        (r"anteayer|ayer|hoy", _same),
        (
            rf"(?:en|desde|durante) ({_ES_MONTHS})(?: (?:del? )?({_YEAR}))?",
            _group,
        ),
        (rf"({_ES_MONTHS}) (?:del? )?({_YEAR})", _group),
        (rf"el ({_ES_DAYS})(?: pasado)?", _spelled(**_ES_SPELLED)),
    ),
    "fr": (
        (rf"(?:le )?(\d{{1,2}}) ({_FR_MONTHS})(?: ({_YEAR}))?", _spelled(**_FR_SPELLED)),
        (
            r"(?:la |le |l')?(semaine|mois|annee|an) (?:derni|pass)ere?e?",
            _units(
                semaine="la semaine dernière",
                mois="le mois dernier",
                annee="l'année dernière",
                an="l'année dernière",
            ),
        ),
        (
            r"(?:le |l')?(mois|an) dernier",
            _units(mois="le mois dernier", an="l'année dernière"),
        ),
        (
            r"(?:cette|ce) (semaine|mois|annee)",
            _units(semaine="cette semaine", mois="ce mois-ci", annee="cette année"),
        ),
        (
            rf"il y a {_NUMBER} (jour|semaine|mois|an)s?",
            _ago(
                "il y a {} {}",
                jour="jour|jours",
                semaine="semaine|semaines",
                mois="mois|mois",
                an="an|ans",
            ),
        ),
        (r"avant-hier|hier|aujourd'hui", _same),
        (rf"(?:en|depuis|debut|fin) ({_FR_MONTHS})(?: ({_YEAR}))?", _spelled(**_FR_SPELLED)),
        (rf"({_FR_MONTHS}) ({_YEAR})", _spelled(**_FR_SPELLED)),
        (rf"({_FR_DAYS}) dernier", _group),
    ),
}
_COMPILED: Final = tuple(
    (language, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), phrase)
    for language, patterns in _PATTERNS.items()
    for pattern, phrase in patterns
)


class DateparserTimes:
    """Implements ports.search.TimeExpressions."""

    def may_read(self, text: str) -> bool:
        plain = _plain(text)
        return any(pattern.search(plain) for _, pattern, _ in _COMPILED)

    def read(self, text: str, now: int) -> TimeWindow | None:
        plain = _plain(text)
        for language, pattern, phrase in _COMPILED:
            if found := pattern.search(plain):
                window = _window(language, phrase(found), now)
                if window is not None:
                    return window
        return None


def _plain(text: str) -> str:
    """In lower case, without accents; one blank between words."""
    decomposed = normalize(
        "NFD", text[:MAX_READ].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return " ".join("".join(each for each in decomposed if not combining(each)).split())


def _window(language: str, phrase: str, now: int) -> TimeWindow | None:
    """Return what a phrase means today; None if dateparser does not know it, or 1969 and before."""
    today = datetime.fromtimestamp(now / 1_000, UTC).replace(tzinfo=None)
    noon = today.replace(hour=12, minute=0, second=0, microsecond=0)
    found = _parser(language, noon).get_date_data(phrase)
    if found.date_obj is None:
        return None
    day = found.date_obj.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    match found.period:
        case "week":
            start = day - timedelta(days=day.weekday())
            end = start + timedelta(days=7)
        case "month":
            start = day.replace(day=1)
            end = (start + timedelta(days=31)).replace(day=1)
        case "year":
            start = day.replace(month=1, day=1)
            end = start.replace(year=start.year + 1)
        case _:
            start, end = day, day + timedelta(days=1)
    first, last = (int((each - _EPOCH).total_seconds()) * 1_000 for each in (start, end))
    return TimeWindow(first, last) if first >= 0 else None


@cache
def _parser(language: str, noon: datetime) -> Any:
    """One for each day: dateparser keeps the settings of each that was ever made."""
    from dateparser.date import DateDataParser  # noqa: PLC0415 - takes 0.4 s, and few need it

    settings = {
        "RELATIVE_BASE": noon,
        "PREFER_DATES_FROM": "past",
        "PARSERS": ["relative-time", "absolute-time"],
    }
    return DateDataParser(languages=[language], settings=settings)
