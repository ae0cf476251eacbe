"""Enrolments: who takes which course, which lessons are done, and what they said of it.

An enrolment is an account's, or a row's of the roster: then it is whose the row is. A member has what any of
their accounts has.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import enrolments, lessons_done, member_accounts, roster

EnrolmentState = Literal["enrolled", "left", "refunded"]
Source = Literal["chat", "admin", "import", "shop", "roster"]
SOURCES: Final[tuple[Source, ...]] = ("chat", "admin", "import", "shop", "roster")
"""Who told of an enrolment or of a lesson done: the member, an admin, a file, the shop, the roster."""


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
    started_at: datetime | None
    finished_at: datetime | None
    moved_at: datetime
    """When anything happened last."""
    stars: int | None
    words: str | None
    rated_at: datetime | None
    remind_at: datetime | None
    nudged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Done:
    """A lesson that somebody did."""

    lesson_id: int
    at: datetime
    mark: float | None
    """The share that was right, 0 to 1."""
    source: Source


class EnrolmentRepository:
    """Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def of(self, community_id: int, member_id: int) -> list[Enrolment]:
        """What a member takes, took, left or was refunded, the oldest first."""
        return await self._read(
            ENROLMENTS.where(
                enrolments.c.community_id == community_id, member_accounts.c.member_id == member_id
            )
        )

    async def in_course(self, community_id: int, course_id: int) -> list[Enrolment]:
        """Everybody in a course, the oldest first."""
        return await self._read(
            ENROLMENTS.where(enrolments.c.community_id == community_id, enrolments.c.course_id == course_id)
        )

    async def _read(self, statement: Select[Any]) -> list[Enrolment]:
        ordered = statement.order_by(enrolments.c.enrolled_at, enrolments.c.id)
        return [Enrolment(*row) for row in await self.connection.execute(ordered)]

    async def done(self, enrolment_ids: Sequence[int]) -> dict[int, list[Done]]:
        """Enrolment -> the lessons that were done, the oldest first."""
        found: dict[int, list[Done]] = defaultdict(list)
        rows = await self.connection.execute(
            select(lessons_done)
            .where(lessons_done.c.enrolment_id.in_(list(enrolment_ids)))
            .order_by(lessons_done.c.done_at, lessons_done.c.lesson_id)
        )
        for row in rows:
            found[row.enrolment_id].append(Done(row.lesson_id, row.done_at, row.mark, row.source))
        return found

    async def enrol(
        self, community_id: int, course_id: int, account_id: int, *, source: Source, now: datetime
    ) -> bool:
        """Enrol somebody; False: they are in it already. Safe to call twice."""
        added = await insert_new(
            self.connection,
            enrolments,
            [
                {
                    "community_id": community_id,
                    "course_id": course_id,
                    "account_id": account_id,
                    "source": source,
                    "state": "enrolled",
                    "enrolled_at": now,
                    "moved_at": now,
                }
            ],
            returning=[enrolments.c.id],
        )
        return bool(added)


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
