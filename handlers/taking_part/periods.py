"""Periods: a day, a week, a month or all time, as members name them.

A word of a command stays a word until the community's calendar can tell what it means: `stored` gives
the name under which storage keeps it.
"""

from datetime import datetime, timedelta
from typing import Annotated

from handlers.base import N_, Help, Parsed, Texts, UserError
from handlers.words.dates import period_in_words
from storage.calendar import ALL, Calendar

DAY, WEEK, MONTH = "day", "week", "month"
LABELS = {DAY: N_("day"), WEEK: N_("week"), MONTH: N_("month"), ALL: N_("all")}

_WORDS = {
    DAY: ("today", "daily", "d", "天", "日", "今天", "今日", "本日", "日榜"),
    WEEK: ("weekly", "w", "周", "週", "星期", "本周", "这周", "周榜"),
    MONTH: ("monthly", "m", "月", "本月", "这个月", "月榜"),
    ALL: ("ever", "total", "all-time", "alltime", "全部", "总", "全部时间", "总榜", "历史"),
}


def read_period(word: str, t: Texts) -> str:
    """One of the usual periods, or the word as it was written, upper-cased: the calendar decides later.

    A bare number is no period, so that "/top 2" can mean the second page.
    """
    folded = word.casefold()
    for period, label in LABELS.items():
        if folded in (period, t(label).casefold(), *_WORDS[period]):
            return period
    if word.isdigit():
        raise UserError(t("“{word}” is not a period.", word=word[:40]))
    return word.upper()


Period = Annotated[
    str,
    Parsed(read_period, choices=tuple(LABELS.items())),
    Help(N_("day, week, month, all, or a past one such as 2026-W46")),
]


def stored(period: str, calendar: Calendar, now: datetime, t: Texts) -> str:
    """The stored name of a period that `read_period` gave. Raises UserError for none, or one to come."""
    today = calendar.day(now)
    present = dict(zip((DAY, WEEK, MONTH, ALL), calendar.periods(today), strict=True))
    if period in present:
        return present[period]
    try:
        days = calendar.days(period)
    except (ValueError, OverflowError):
        raise UserError(mistake(calendar, now, t)) from None
    if days is not None and days[0] > today:
        raise UserError(t("That has not begun yet."), mistake(calendar, now, t))
    return period


def mistake(calendar: Calendar, now: datetime, t: Texts) -> str:
    """What periods there are, with examples that work today."""
    today = calendar.day(now)
    yesterday = today - timedelta(days=1)
    _, week, _, _ = calendar.periods(today - timedelta(days=7))
    _, _, month, _ = calendar.periods(today.replace(day=1) - timedelta(days=1))
    return t(
        "I know these periods: {words}, or a past one such as {week} or {month}. For yesterday: {example}",
        words=t.c("list", ", ").join(t(label) for label in LABELS.values()),
        week=week,
        month=month,
        example=f"/top {yesterday.isoformat()}",
    )


def title(t: Texts, period: str, calendar: Calendar, now: datetime) -> tuple[str, str]:
    """A stored period's title, and its dates in brackets, or nothing."""
    name, dates = period_in_words(t, period, calendar, now)
    return name, t(" ({dates})", dates=dates) if dates else ""


def kind_of(period: str) -> str:
    """Whether a stored period is a day, a week, a month or all time."""
    if period == ALL:
        return ALL
    if "W" in period:
        return WEEK
    return DAY if period.count("-") == 2 else MONTH
