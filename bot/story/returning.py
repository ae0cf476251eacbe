"""Returning: who came back after a first post, by week. Arithmetic over the days on which people wrote."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import date, timedelta

from bot.story.values import Cohort, Newcomers

WEEKS = 12
OLD_HANDS = timedelta(days=28)
"""Whoever writes in the first four weeks of a file may have been there for years."""
FEWEST = 5
"""A cohort smaller than that says nothing."""


def newcomers_of(days: Iterable[Set[int]], first: date, last: date) -> Newcomers:
    """What came of those who were new. `days`: for each person the days (as ordinals) on which they wrote.

    Week k is days 7k to 7k + 6 after the first post; it is asked only of those for whom it is over.
    """
    begins, ends = first.toordinal() + OLD_HANDS.days, last.toordinal()
    before = 0
    new: list[list[int]] = []
    for each in days:
        wrote = sorted(each)
        if wrote[0] < begins:
            before += 1
        else:
            new.append(wrote)
    month = OLD_HANDS.days
    seen = [wrote for wrote in new if wrote[0] + month <= ends]
    alone = sum(1 for wrote in seen if not _wrote_between(wrote, wrote[0] + 1, wrote[0] + month))
    cohorts: dict[str, list[list[int]]] = {}
    for wrote in new:
        cohorts.setdefault(f"{date.fromordinal(wrote[0]):%Y-%m}", []).append(wrote)
    return Newcomers(
        people=len(new),
        before=before,
        one_day_only=(alone, len(seen)),
        weeks=_weeks(new, ends),
        cohorts=[
            Cohort(name, len(people), _weeks(people, ends))
            for name, people in sorted(cohorts.items())
            if len(people) >= FEWEST
        ],
    )


def _weeks(people: Sequence[Sequence[int]], ends: int) -> dict[int, tuple[int, int]]:
    came, could = Counter[int](), Counter[int]()
    for wrote in people:
        for week in range(1, WEEKS + 1):
            start = wrote[0] + 7 * week
            if start + 6 > ends:
                break
            could[week] += 1
            came[week] += _wrote_between(wrote, start, start + 6)
    return {week: (came[week], could[week]) for week in sorted(could)}


def _wrote_between(wrote: Sequence[int], first: int, last: int) -> bool:
    at = bisect_left(wrote, first)
    return at < len(wrote) and wrote[at] <= last
