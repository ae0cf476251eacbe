"""Choosing: which case comes next, and when enough was said of one. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from storage.cases import BAD, GONE_AT_ONCE, GOOD, Outcome
from storage.committee import Waiting

SAMPLE = "sample"
"""The origin of what the judge is unsure of."""
SECOND_IN: Final = 5
"""Of a day's cards one in so many may be a second look, where there is one."""
GRAVITY = {"abuse": timedelta(days=1), "advert": timedelta(hours=12)}
AWAY = timedelta(days=1)
"""Somebody's post was taken away until this is judged."""
A_REPORT, MOST_REPORTS = timedelta(hours=6), 8


def in_turn(
    waiting: Sequence[Waiting],
    second: Sequence[Waiting],
    answered: int,
    now: datetime,
    *,
    unsure_percent: int = 33,
) -> list[Waiting]:
    """What to look at, best first: appeals, then what this card's turn asks for, then the rest.

    `answered`: so many cards they have answered today; `unsure_percent`: so many of 100 are to learn from.
    What was flagged or reported comes by age, and what is grave as if it were older.
    """
    appeals = [each for each in waiting if each.appealed_at is not None]
    flagged = sorted(
        (each for each in waiting if each.appealed_at is None and each.origin != SAMPLE),
        key=lambda each: (-weight(each, now), each.id),
    )
    unsure = sorted(
        (each for each in waiting if each.appealed_at is None and each.origin == SAMPLE),
        key=lambda each: each.id,  # opened in the order in which they teach most
    )
    turn = answered + 1
    if turn * unsure_percent // 100 > answered * unsure_percent // 100:
        rest = [*unsure, *flagged, *second]
    elif turn % SECOND_IN == 0:
        rest = [*second, *flagged, *unsure]
    else:
        rest = [*flagged, *unsure, *second]
    return [*appeals, *rest]


def weight(case: Waiting, now: datetime) -> timedelta:
    """How long a case has waited, and longer by as much as it is grave."""
    grave = GRAVITY.get(case.kind, timedelta()) + min(case.reports, MOST_REPORTS) * A_REPORT
    return now - case.opened_at + grave + (AWAY if case.action in GONE_AT_ONCE else timedelta())


def settled(outcomes: Sequence[str], wanted: int) -> Outcome | None:
    """What was decided, once `wanted` experts agree; None: somebody else is to look.

    Fine and excellent agree that nothing is wrong; it is excellent if enough say so.
    """
    said = Counter(outcomes)
    if said["excellent"] >= wanted:
        return "excellent"
    if sum(said[good] for good in GOOD) >= wanted:
        return "fine"
    agreed: list[Outcome] = [bad for bad in BAD if said[bad] >= wanted]
    return max(agreed, key=lambda bad: said[bad], default=None)
