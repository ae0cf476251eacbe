"""Dates and periods in words. Patterns are Unicode's (CLDR) and part of each language's catalogue."""

from datetime import date, datetime, timedelta

from babel.dates import format_date, format_datetime

from handlers.base import Texts
from storage.calendar import ALL, Calendar, zone_of


def day_in_words(t: Texts, day: date, today: date) -> str:
    """ "Tue 24 Nov", with the year where it is another one."""
    if day.year == today.year:
        return format_date(day, t.c("date pattern: a day", "EEE d MMM"), locale=t.language)
    return format_date(day, t.c("date pattern: a day of another year", "EEE d MMM y"), locale=t.language)


def moment_in_words(t: Texts, at: datetime, calendar: Calendar) -> str:
    """ "24 Nov, 14:05" on the community's clock."""
    pattern = t.c("date pattern: a moment", "d MMM, HH:mm")
    return format_datetime(at, pattern, tzinfo=zone_of(calendar.zone), locale=t.language)


def clock_in_words(t: Texts, at: datetime, zone: str) -> str:
    """ "14:05", by the clock of a zone."""
    return format_datetime(at, t.c("date pattern: a time", "HH:mm"), tzinfo=zone_of(zone), locale=t.language)


def range_in_words(t: Texts, first: date, last: date, today: date) -> str:
    """ "Mon 16 to Sun 22 Nov": no word said twice."""
    if first.year != last.year:
        start = end = t.c("date pattern: a day of another year", "EEE d MMM y")
    elif first.month != last.month:
        start = end = t.c("date pattern: a day in a range", "EEE d MMM")
    else:
        start = t.c("date pattern: first day in a range within a month", "EEE d")
        end = t.c("date pattern: last day in a range within a month", "EEE d MMM")
    dates = t(
        "{first} to {last}",
        first=format_date(first, start, locale=t.language),
        last=format_date(last, end, locale=t.language),
    )
    if first.year == last.year != today.year:
        return t("{dates} {year}", dates=dates, year=first.year)
    return dates


def month_in_words(t: Texts, day: date, today: date) -> str:
    """ "November", with the year where it is another one."""
    if day.year == today.year:
        return format_date(day, t.c("date pattern: a month", "LLLL"), locale=t.language)
    return format_date(day, t.c("date pattern: a month of another year", "LLLL y"), locale=t.language)


def period_in_words(t: Texts, period: str, calendar: Calendar, now: datetime) -> tuple[str, str]:
    """A stored period's title and its dates, which may be empty: ("This week", "Mon 16 to Sun 22 Nov")."""
    today = calendar.day(now)
    span = calendar.days(period)
    if period == ALL or span is None:
        return t("All time"), ""
    first, last = span
    present = first <= today <= last
    if first == last:
        words = day_in_words(t, first, today)
        if present:
            return t("Today"), words
        return (t("Yesterday"), words) if first == today - timedelta(days=1) else (words, "")
    if "W" in period:
        words = range_in_words(t, first, last, today)
        if present:
            return t("This week"), words
        if last < today <= last + timedelta(days=7):
            return t("Last week"), words
        return t("Week {number}", number=int(period[-2:])), words
    words = month_in_words(t, first, today)
    if present:
        return t("This month"), words
    return (t("Last month"), words) if _follows(first, today) else (words, "")


def _follows(first: date, today: date) -> bool:
    """Whether `today` lies in the month after `first`'s."""
    return (today.year * 12 + today.month) - (first.year * 12 + first.month) == 1
