"""Rows: what is kept of one person in one course, and how several rows of one person are one enrolment.

An enrolment is an account's, or a row's of the roster: then it is whose the row is. A member has what any of
their accounts has, so one person may have several rows for a course: enrolled in the chat, and bought.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import and_, func, select

from storage.tables import enrolments, member_accounts, roster

EnrolmentState = Literal["enrolled", "left", "refunded"]
Source = Literal["chat", "admin", "import", "shop", "roster"]
SOURCES: Final[tuple[Source, ...]] = ("chat", "admin", "import", "shop", "roster")
"""Who told of an enrolment or of a lesson done: the member, an admin, a file, the shop, the roster."""
WEIGHS: Final[dict[EnrolmentState, int]] = {"enrolled": 0, "left": 1, "refunded": 2}
"""Of two that are told for the same moment the heavier is true, whichever came first."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person in one course."""

    id: int
    community_id: int
    course_id: int
    member_id: int | None
    """None: bought by somebody who has not come yet."""
    account_id: int | None
    """The account of theirs that it hangs on."""
    cohort_id: int | None
    source: Source
    state: EnrolmentState
    enrolled_at: datetime
    """The first that was ever heard of them in the course."""
    started_at: datetime | None
    finished_at: datetime | None
    moved_at: datetime
    """When anything happened last."""
    stars: int | None
    words: str | None
    rated_at: datetime | None
    remind_at: datetime | None
    nudged_at: datetime | None
    state_at: datetime | None = None
    """When the state came to be. None: nobody said it, lessons were done."""
    row_id: int | None = None
    """The row of the roster that it hangs on."""
    rows: tuple[int, ...] = ()
    """The numbers of all rows of theirs in the course, where it is put together of several."""

    @property
    def all(self) -> tuple[int, ...]:
        """The numbers of all rows of theirs in the course."""
        return self.rows or (self.id,)

    @property
    def whose(self) -> tuple[str, int]:
        """The person: rows of one person have the same."""
        if self.member_id is not None:
            return "member", self.member_id
        return ("row", self.row_id) if self.row_id is not None else ("account", self.account_id or 0)

    @property
    def takes(self) -> bool:
        """They are in the course, finished or not."""
        return self.state == "enrolled"


@dataclass(frozen=True, slots=True)
class Done:
    """A lesson that somebody did."""

    lesson_id: int
    at: datetime
    mark: float | None
    """The share that was right, 0 to 1."""
    source: Source


def joined(rows: Iterable[Enrolment]) -> list[Enrolment]:
    """One enrolment a person and course: what any row of theirs tells; the state is the one told last.

    In the order of the first row of each.
    """
    found: dict[tuple[tuple[str, int], int], Enrolment] = {}
    for row in rows:
        key = (row.whose, row.course_id)
        known = found.get(key)
        found[key] = row if known is None else _both(known, row)
    return list(found.values())


def _both(one: Enrolment, other: Enrolment) -> Enrolment:
    """What two rows of one person in one course tell together. The first one's number stays."""
    said = max(one, other, key=_last_word)
    rated = max(one, other, key=lambda each: (each.rated_at is not None, each.rated_at or each.moved_at))
    return replace(
        one,
        cohort_id=one.cohort_id or other.cohort_id,
        state=said.state,
        state_at=said.state_at,
        enrolled_at=min(one.enrolled_at, other.enrolled_at),
        started_at=first(one.started_at, other.started_at),
        finished_at=first(one.finished_at, other.finished_at),
        moved_at=max(one.moved_at, other.moved_at),
        stars=rated.stars,
        words=rated.words,
        rated_at=rated.rated_at,
        remind_at=first(one.remind_at, other.remind_at),
        nudged_at=last(one.nudged_at, other.nudged_at),
        rows=(*one.all, other.id),
    )


def _last_word(each: Enrolment) -> tuple[bool, datetime, int]:
    return (each.state_at is not None, each.state_at or each.enrolled_at, WEIGHS[each.state])


def first(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments, as far as there are any."""
    return min((each for each in (one, other) if each is not None), default=None)


def last(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two moments, as far as there are any."""
    return max((each for each in (one, other) if each is not None), default=None)


ACCOUNT = func.coalesce(enrolments.c.account_id, roster.c.account_id)
"""Whose account an enrolment hangs on, where ENROLMENTS is selected from."""

ENROLMENTS = select(
    enrolments.c.id,
    enrolments.c.community_id,
    enrolments.c.course_id,
    member_accounts.c.member_id,
    ACCOUNT.label("account_id"),
    enrolments.c.cohort_id,
    enrolments.c.source,
    enrolments.c.state,
    enrolments.c.enrolled_at,
    enrolments.c.started_at,
    enrolments.c.finished_at,
    enrolments.c.moved_at,
    enrolments.c.stars,
    enrolments.c.words,
    enrolments.c.rated_at,
    enrolments.c.remind_at,
    enrolments.c.nudged_at,
    enrolments.c.state_at,
    enrolments.c.row_id,
).select_from(
    enrolments.outerjoin(roster, roster.c.id == enrolments.c.row_id).outerjoin(
        member_accounts,
        and_(
            member_accounts.c.account_id == ACCOUNT,
            member_accounts.c.community_id == enrolments.c.community_id,
        ),
    )
)
"""The columns of an Enrolment, with whose it is now."""


def enrolment_from(row: Any) -> Enrolment:
    """An enrolment from the columns ENROLMENTS."""
    return Enrolment(*row)
