"""Days that are written: "today", "friday" or 2026-12-01."""

import re
from datetime import date, timedelta

from handlers.base import Texts, UserError
from handlers.words.weekdays import read_weekday

_TODAY = ("today", "now", "今天", "今日")
_TOMORROW = ("tomorrow", "明天", "明日")
_NUMBERS = re.compile(r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?\Z")


def read_day(word: str, t: Texts) -> date | timedelta | int:
    """A day, how far it is from today, or a day of the week (Monday is 0). Raises UserError."""
    folded = word.strip().casefold()
    if folded in (*_TODAY, t("today").casefold()):
        return timedelta(0)
    if folded in (*_TOMORROW, t("tomorrow").casefold()):
        return timedelta(days=1)
    if _NUMBERS.match(folded):
        year, month, day = re.findall(r"[0-9]+", folded)
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise UserError(t("“{word}” is no day of the calendar.", word=word[:40])) from None
    try:
        return read_weekday(word, t)
    except UserError:
        raise UserError(
            t("“{word}” is no day. Write for example 2026-12-01, tomorrow or friday.", word=word[:40])
        ) from None


def the_day(told: date | timedelta | int, today: date) -> date:
    """The day that was meant, where it is today; a day of the week is the next of that name, or today."""
    match told:
        case date():
            return told
        case timedelta():
            return today + told
        case _:
            return today + timedelta(days=(told - today.weekday()) % 7)
