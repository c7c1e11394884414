"""Words of time in four languages, read as a window; everything else is no time."""

from datetime import UTC, datetime

import pytest

from memorizer.adapters.time_expressions import DateparserTimes

NOW = int(datetime(2026, 11, 30, 9, 30, tzinfo=UTC).timestamp() * 1_000)  # a Monday
TIMES = DateparserTimes()


def read(text: str) -> str | None:
    window = TIMES.read(text, NOW)
    assert TIMES.may_read(text) or window is None
    return None if window is None else window.said(NOW)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("what did we decide last week", "23–29 November"),
        ("was haben wir letzte Woche entschieden", "23–29 November"),
        ("die Entscheidungen der vergangenen Woche", "23–29 November"),
        ("¿qué decidimos la semana pasada?", "23–29 November"),
        ("qu’avons-nous décidé la semaine dernière ?", "23–29 November"),
        ("la semaine derniere", "23–29 November"),
        ("what happened yesterday", "29 November"),
        ("gestern", "29 November"),
        ("lo que pasó ayer", "29 November"),
        ("hier soir", "29 November"),
        ("vorgestern", "28 November"),
        ("who was on call two weeks ago?", "16–22 November"),
        ("vor zwei Wochen", "16–22 November"),
        ("hace dos semanas", "16–22 November"),
        ("il y a trois jours", "27 November"),
        ("outages last month", "October"),
        ("im letzten Monat", "October"),
        ("el mes pasado", "October"),
        ("le mois dernier", "October"),
        ("what did we ship in March", "March"),
        ("was war im März?", "March"),
        ("lo que hicimos en marzo", "March"),
        ("en mars", "March"),
        ("the release of December", "December 2025"),
        ("marzo de 2025", "March 2025"),
        ("budget last year", "2025"),
        ("l'année dernière", "2025"),
        ("in 2024", "2024"),
        ("what did Ada say on Friday", "27 November"),
        ("am Freitag", "27 November"),
        ("el viernes pasado", "27 November"),
        ("vendredi dernier", "27 November"),
        ("the outage of 2026-11-03", "3 November"),
        ("3 November 2025", "3 November 2025"),
        ("this week", "30 November – 6 December"),
    ],
)
def test_words_of_time_are_read(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("we", "what do we know?", "Q3 2025", "you may march", "march of the penguins"),
        *("Mars rover", "the second retry", "sat nav", "sun", "mon ami", "el mar", "so am I"),
        *("week planning", "the last retry", "v2026.11", "file-2026-11-03.log", "once more"),
        *("monday.com", "how many days", "am Montageband", "im Maissilo", "hierarchy"),
    ],
)
def test_other_words_are_no_time(text: str) -> None:
    assert read(text) is None
