"""Dates as spreadsheets and shops write them; what can be read in two ways is refused."""

import re
from datetime import UTC, date, datetime, timedelta

from bot.importers.errors import Unfit
from bot.sentences import Sentence

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?")
_CHINESE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?")
_POINTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: .*)?")
_WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})|([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?)"
    r",? (\d{4})(?: .*)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")
_SECONDS = re.compile(r"\d{10}(?:\.\d+)?|\d{13}")
FIRST_OF_SPREADSHEETS = date(1899, 12, 30)
FOR_EVER = {"lifetime", "forever", "never", "unlimited", "life", "永久", "终身", "无限期"}


def day_of(text: str, what: str | Sentence) -> date | None:
    """The day that is meant; None for none. Raises Unfit."""
    text = " ".join(text.split()).casefold()
    if not text or text in FOR_EVER or text in ("-", "n/a", "null", "none"):
        return None
    try:
        day = _read(text, what)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit("{what}: there is no such day", what=what) from None
    if not 1990 <= day.year <= 2150:
        raise Unfit("{what}: the date {day} cannot be true", what=what, day=day)
    return day


def _read(text: str, what: str | Sentence) -> date:
    for pattern in (_ISO, _CHINESE):
        if found := pattern.fullmatch(text):
            return date(*map(int, found.groups()))
    if found := _POINTS.fullmatch(text):
        day, month, year = map(int, found.groups())
        return date(year, month, day)
    if found := _WORDS.fullmatch(text):
        day_first, month_after, month_first, day_after, of_year = found.groups()
        name = (month_after or month_first)[:3]
        if name in _MONTHS:
            return date(int(of_year), _MONTHS.index(name) + 1, int(day_first or day_after))
    if found := _SLASHES.fullmatch(text):
        one, other, year = map(int, found.groups())
        if one <= 12 and other <= 12 and one != other:
            raise Unfit("{what}: which is the month? Write it like 2026-03-01", what=what)
        return date(year, other, one) if one > 12 else date(year, one, other)
    if _SECONDS.fullmatch(text):
        seconds = float(text) / (1_000 if len(text) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).date()
    if _NUMBER.fullmatch(text):
        return FIRST_OF_SPREADSHEETS + timedelta(days=int(float(text)))
    raise Unfit("{what} is no date; write it like 2026-03-01", what=what)
