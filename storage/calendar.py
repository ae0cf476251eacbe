"""Calendar: a community's days, weeks and months, in its own zone, through clock changes.

A period is named by a string: "2026-11-25", "2026-W48", "2026-11", or "all". A week is named by the
ISO week of its fourth day, so that with a Monday start it is the ISO week.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ALL = "all"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ZoneInfoNotFoundError (a KeyError) or ValueError."""
    return ZoneInfo(name)


@lru_cache(maxsize=1024)
def _day(at: datetime, zone: str) -> date:
    """The same moment is asked for by each rule that hears of an event."""
    return at.astimezone(zone_of(zone)).date()


@lru_cache(maxsize=4096)
def _periods(day: date, week_start: int) -> tuple[str, str, str, str]:
    return (day.isoformat(), _week(day, week_start), f"{day.year:04}-{day.month:02}", ALL)


def _week(day: date, week_start: int) -> str:
    start = day - timedelta(days=(day.weekday() - week_start) % 7)
    year, week, _ = (start + timedelta(days=3)).isocalendar()
    return f"{year:04}-W{week:02}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Zone and week start (Monday = 0) of a community."""

    zone: str = "UTC"
    week_start: int = 0

    def day(self, at: datetime) -> date:
        """The local date of a moment."""
        return _day(at, self.zone)

    def periods(self, day: date) -> tuple[str, str, str, str]:
        """The day, week, month and "all" that a local date belongs to."""
        return _periods(day, self.week_start)

    def start_of(self, day: date) -> datetime:
        """The first moment of a local date, in UTC; where midnight does not exist, the first that does."""
        start = datetime.combine(day, time.min, tzinfo=zone_of(self.zone))
        moment = start.astimezone(UTC)
        while moment.astimezone(zone_of(self.zone)).date() < day:  # midnight skipped by a clock change
            moment += timedelta(minutes=15)
        return moment

    def days(self, period: str) -> tuple[date, date] | None:
        """First and last local date of a period; None for "all". Raises ValueError for no such period."""
        if period == ALL:
            return None
        if _DAY.match(period):
            day = date.fromisoformat(period)
            return day, day
        if match := _WEEK.match(period):
            year, week = int(match[1]), int(match[2])
            fourth = date.fromisocalendar(year, week, 4)
            start = next(
                s for s in (fourth - timedelta(days=n) for n in range(7)) if s.weekday() == self.week_start
                and _week(s, self.week_start) == period
            )  # fmt: skip
            return start, start + timedelta(days=6)
        if match := _MONTH.match(period):
            first = date(int(match[1]), int(match[2]), 1)
            return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        raise ValueError(f"no such period: {period}")
