"""Marks: the few pieces of markup that the page is made of. Members' words are always escaped here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from handlers.base import Texts
from handlers.words.dates import day_in_words, month_in_words
from handlers.words.durations import duration

ANOTHER_YEAR = date(1, 1, 1)
"""A page is read in any year, so its dates always say theirs."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: what it is about, what was found, what to do about it, and the figures."""

    key: str
    title: str
    finding: str
    advice: str
    body: str
    """Markup."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a list of bars."""

    label: str
    value: int
    shown: str
    tone: str = ""
    """"" for the accent, else "warm" or "quiet"."""


def day(t: Texts, at: date) -> str:
    """A day with its year."""
    return day_in_words(t, at, ANOTHER_YEAR)


def month(t: Texts, name: str) -> str:
    """A month such as "2026-11" in words."""
    return month_in_words(t, date.fromisoformat(f"{name}-01"), ANOTHER_YEAR)


def share(part: float, whole: float) -> str:
    """Part of a whole, in whole percent; below one, with a place more."""
    found = part / whole if whole else 0
    if 0 < found < 0.0005:
        return "<0.1%"
    return f"{found:.1%}" if 0 < found < 0.0095 else f"{found:.0%}"


def counted(t: Texts, part: int, whole: int) -> str:
    """A number, and its share of the whole."""
    return f"{t.number(part)} · {share(part, whole)}"


def of_100(part: float, whole: float) -> int:
    """How many of a hundred."""
    return round(100 * part / whole) if whole else 0


def about(t: Texts, seconds: float) -> str:
    """A length of time as one would say it: two units at most, the smaller one only where it tells."""
    for below, step in ((120, 1), (3_600, 60), (36_000, 600), (172_800, 3_600)):
        if seconds < below:
            return duration(t, timedelta(seconds=round(seconds / step) * step))
    return duration(t, timedelta(days=round(seconds / 86_400)))


def bars(found: Iterable[Bar]) -> str:
    """Lines with a bar each, as long as the largest allows."""
    rows = list(found)
    most = max((row.value for row in rows), default=0) or 1
    return f'<ul class="bars">{"".join(_bar(row, most) for row in rows)}</ul>'


def _bar(row: Bar, most: int) -> str:
    return (
        f'<li><span class="label">{escape(row.label)}</span><span class="track">'
        f'<i class="{row.tone}" style="width:{100 * row.value / most:.2f}%"></i></span>'
        f'<span class="value">{escape(row.shown)}</span></li>'
    )


def figures(found: Iterable[tuple[str, str]]) -> str:
    """Large numbers, each with what it is."""
    cells = (f"<div><dd>{escape(value)}</dd><dt>{escape(label)}</dt></div>" for value, label in found)
    return f'<dl class="figures">{"".join(cells)}</dl>'


def folded(summary: str, body: str) -> str:
    """What is one press away."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def note(text: str) -> str:
    """A line in small type."""
    return f'<p class="note">{escape(text)}</p>'


def table(head: Sequence[str], rows: Iterable[str], *, kind: str) -> str:
    """A table; the rows are markup."""
    cells = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
