"""Nudging: whether a member is to be told of their next lesson, and in which course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a member is in one course, as far as a nudge goes by it."""

    moved_at: datetime
    """When anything happened last."""
    nudged_at: datetime | None
    """When they were told of it last, as far as that was not answered."""
    waits_since: datetime | None
    """Since when their next lesson is open; None: none waits for them, or nobody is nudged about it."""


def to_nudge(stands: Sequence[Stand], now: datetime, patience: timedelta, day_began: datetime) -> int | None:
    """Which of a member's courses to tell them of; None: of none.

    Never twice in a row while nothing has happened, in any course of theirs; at most once a day; only where
    nothing has happened for so long although a lesson was open. Of several the one that moved last.
    """
    told = [stand.nudged_at for stand in stands if stand.nudged_at is not None]
    if told:
        last = max(told)
        if last >= day_began or all(stand.moved_at <= last for stand in stands):
            return None
    waiting = [
        (stand.moved_at, at)
        for at, stand in enumerate(stands)
        if stand.waits_since is not None
        and max(stand.moved_at, stand.waits_since) + patience <= now
        and (stand.nudged_at is None or stand.moved_at > stand.nudged_at)
    ]
    return max(waiting)[1] if waiting else None
