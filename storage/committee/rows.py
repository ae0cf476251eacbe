"""Rows of the committee: what waits, what was said, and who says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that somebody could look at now: as much as it takes to choose one."""

    id: int
    account_id: int
    kind: str
    score: float
    origin: str
    action: str
    opened_at: datetime
    appealed_at: datetime | None
    reports: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits for experts, and since when."""

    cases: int
    appeals: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict that holds, by whom and about which case."""

    case_id: int
    account_id: int
    outcome: str
    again: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Author:
    """What is known of who wrote a post: since when they are here, and how many posts stand."""

    since: datetime | None
    posts: int


@dataclass(frozen=True, slots=True)
class Before:
    """A post that stood before another one in its channel."""

    account_id: int | None
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an expert wishes, on whichever account they said it."""

    a_day: int | None = None
    """So many cards a day; None: as many as usual."""
    paused_until: datetime | None = None
    letters: bool = False
    """Whether they are told once a day what waits."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose record speaks for making them an expert."""

    member_id: int
    name: str
    posts: int
    thanks: int


def last_pause(pauses: Sequence[datetime | None]) -> datetime | None:
    """The latest of what was said on several accounts."""
    return max((each for each in pauses if each is not None), default=None)
