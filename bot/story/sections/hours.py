"""The busiest hours: posts by weekday and hour, on the community's clock."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from html import escape

from babel.dates import format_date

from bot.story.marks import Section, share
from bot.story.values import Story
from handlers.base import Texts
from handlers.words.weekdays import WEEKDAYS

LONG = 4
"""Hours of a stretch of the day."""
MONDAY = date(2024, 1, 1)


def hours(story: Story, t: Texts) -> Section:
    """When people are there."""
    weekday, hour = busiest(story.hours)
    finding = t(
        "{weekday} from {start} to {end} is the busiest hour.",
        weekday=t(WEEKDAYS[weekday]),
        start=_clock(hour),
        end=_clock(hour + 1),
    )
    by_hour = [sum(day[hour] for day in story.hours) for hour in range(24)]
    best, quiet = stretch(by_hour, most=True), stretch(by_hour, most=False)
    advice = t(
        "Put live sessions and announcements between {start} and {end}, when {share} of all posts are"
        " written. Between {quiet} and {until} fewest people are there: a helper who lives elsewhere closes"
        " that gap.",
        start=_clock(best),
        end=_clock(best + LONG),
        share=share(_sum_of(by_hour, best), sum(by_hour)),
        quiet=_clock(quiet),
        until=_clock(quiet + LONG),
    )
    return Section("hours", t("The busiest hours"), finding, advice, _heat(story, t))


def busiest(week: Sequence[Sequence[int]]) -> tuple[int, int]:
    """(weekday, hour) with most posts, the earliest of those who tie."""
    return max(
        ((day, hour) for day in range(7) for hour in range(24)),
        key=lambda at: (week[at[0]][at[1]], -at[0], -at[1]),
    )


def stretch(by_hour: Sequence[int], *, most: bool) -> int:
    """Where a stretch of hours begins that has most, or fewest, posts; of those who tie the middle one."""
    sums = [_sum_of(by_hour, hour) for hour in range(24)]
    wanted = max(sums) if most else min(sums)
    tied = [hour for hour, found in enumerate(sums) if found == wanted]
    return tied[len(tied) // 2]


def _sum_of(by_hour: Sequence[int], start: int) -> int:
    return sum(by_hour[(start + n) % 24] for n in range(LONG))


def _clock(hour: int) -> str:
    return f"{time(hour % 24):%H:%M}"


def _heat(story: Story, t: Texts) -> str:
    most = max(max(day) for day in story.hours) or 1
    rows = "".join(_day(weekday, story.hours[weekday], most, t) for weekday in range(7))
    marks = "".join(f"<span>{hour if hour % 3 == 0 else ''}</span>" for hour in range(24))
    zone = escape(t("Posts by weekday and hour. Times in {zone}.", zone=story.zone))
    scale = "".join(f'<span class="cell"><i style="opacity:{step / 4:.2f}"></i></span>' for step in range(5))
    top = escape(t.n("{n} post", "{n} posts", most))
    return (
        f'<div class="heatmap" role="img" aria-label="{zone}">{rows}'
        f'<div class="row marks"><b></b>{marks}</div></div>'
        f'<p class="note scale">{zone} <span class="steps">0 {scale} {top}</span></p>'
    )


def _day(weekday: int, counts: Sequence[int], most: int, t: Texts) -> str:
    name = format_date(MONDAY + timedelta(days=weekday), "EEE", locale=t.language)
    cells = "".join(
        f'<span class="cell" title="{escape(name)} {_clock(hour)} · {said}">'
        f'<i style="opacity:{count / most:.2f}"></i></span>'
        for hour, count in enumerate(counts)
        if (said := escape(t.n("{n} post", "{n} posts", count)))
    )
    return f'<div class="row"><b>{escape(name)}</b>{cells}</div>'
