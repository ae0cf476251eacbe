"""Reading: who is in which course, how far, and what is due."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.enrolments.rows import ENROLMENTS, Done, Enrolment, enrolment_from, joined
from storage.tables import enrolments, lessons_done, member_accounts, roster


class Reading:
    """Questions about one community; each person has one enrolment a course."""

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

    async def one(self, community_id: int, member_id: int, course_id: int) -> Enrolment | None:
        """A member in a course, whatever became of it; None: they never were in it."""
        found = await self._read(
            ENROLMENTS.where(
                enrolments.c.community_id == community_id,
                enrolments.c.course_id == course_id,
                member_accounts.c.member_id == member_id,
            )
        )
        return found[0] if found else None

    async def in_course(self, community_id: int, course_id: int) -> list[Enrolment]:
        """Everybody in a course, the oldest first; also who left, was refunded, or has not come yet."""
        return await self._read(
            ENROLMENTS.where(enrolments.c.community_id == community_id, enrolments.c.course_id == course_id)
        )

    async def in_cohort(self, community_id: int, cohort_id: int) -> list[Enrolment]:
        """Everybody in a cohort, the oldest first; also who left, was refunded, or has not come yet."""
        return await self._read(
            ENROLMENTS.where(enrolments.c.community_id == community_id, enrolments.c.cohort_id == cohort_id)
        )

    async def everybody(self, community_id: int) -> list[Enrolment]:
        """Everybody in every course, the oldest first; also who left, was refunded, or has not come yet."""
        return await self._read(ENROLMENTS.where(enrolments.c.community_id == community_id))

    async def to_remind(self, community_id: int, now: datetime) -> list[Enrolment]:
        """Who asked to be reminded by now."""
        return await self._read(
            ENROLMENTS.where(enrolments.c.community_id == community_id, enrolments.c.remind_at <= now)
        )

    async def claimed_since(self, community_id: int, since: datetime) -> list[Enrolment]:
        """What people have whose rows of the roster turned out to be theirs since then."""
        claimed = select(member_accounts.c.member_id).join(
            roster, roster.c.account_id == member_accounts.c.account_id
        )
        theirs = claimed.where(
            member_accounts.c.community_id == community_id,
            roster.c.community_id == community_id,
            roster.c.claimed_at >= since,
        )
        return await self._read(
            ENROLMENTS.where(
                enrolments.c.community_id == community_id, member_accounts.c.member_id.in_(theirs)
            )
        )

    async def done(self, taken: Sequence[Enrolment]) -> dict[int, dict[int, Done]]:
        """Enrolment (its `id`) -> lesson -> how it was done, the oldest first. Each of `taken` is in it.

        Of a lesson that several rows tell of: the first time, and the best mark.
        """
        whose = {row: each.id for each in taken for row in each.all}
        found: dict[int, dict[int, Done]] = defaultdict(dict, {each.id: {} for each in taken})
        rows = await self.connection.execute(
            select(lessons_done)
            .where(among(lessons_done.c.enrolment_id, "rows"))
            .order_by(lessons_done.c.done_at, lessons_done.c.lesson_id),
            {"rows": list(whose)},
        )
        for row in rows:
            theirs = found[whose[row.enrolment_id]]
            known = theirs.get(row.lesson_id)
            mark = row.mark if known is None or known.mark is None else max(known.mark, row.mark or 0.0)
            theirs[row.lesson_id] = Done(
                row.lesson_id,
                known.at if known else row.done_at,
                mark,
                known.source if known else row.source,
            )
        return dict(found)

    async def _read(self, statement: Select[Any], **named: Any) -> list[Enrolment]:
        ordered = statement.order_by(enrolments.c.enrolled_at, enrolments.c.id)
        return joined([enrolment_from(row) for row in await self.connection.execute(ordered, named)])
