"""Taken: how many took which course, and what after what, as it is told to members as a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, distinct, func, select

from storage.enrolments import ACCOUNT
from storage.suggestions.due import DueRepository
from storage.tables import course_needs, courses, enrolments, member_accounts, roster


@dataclass(frozen=True, slots=True)
class Taken:
    """How many members took a course, refunds left out."""

    ever: int
    lately: int


class TakenRepository(DueRepository):
    """Exact numbers, each member counted once a course."""

    __slots__ = ()

    async def taken(
        self, community_id: int, since: datetime, only: Sequence[int] | None = None
    ) -> dict[int, Taken]:
        """Course -> how many took it ever, and how many of them since a moment; none where nobody did."""
        member = member_accounts.c.member_id
        late = case((enrolments.c.enrolled_at >= since, member))
        statement = (
            _MEMBERS.with_only_columns(
                enrolments.c.course_id, func.count(distinct(member)), func.count(distinct(late))
            )
            .where(enrolments.c.community_id == community_id, enrolments.c.state != "refunded")
            .group_by(enrolments.c.course_id)
        )
        if only is not None:
            statement = statement.where(enrolments.c.course_id.in_(only))
        rows = await self.connection.execute(statement)
        return {course: Taken(ever, lately) for course, ever, lately in rows}

    async def takers(self, community_id: int) -> int:
        """How many members took any course."""
        statement = _MEMBERS.with_only_columns(func.count(distinct(member_accounts.c.member_id))).where(
            enrolments.c.community_id == community_id, enrolments.c.state != "refunded"
        )
        return int((await self.connection.execute(statement)).scalar_one())

    async def followed(self, community_id: int, first: int, then: int) -> tuple[int, int]:
        """How many members took a course, and how many of them took the other one after it."""
        begun = (
            _MEMBERS.with_only_columns(
                member_accounts.c.member_id,
                func.min(case((enrolments.c.course_id == first, enrolments.c.enrolled_at))).label("first"),
                func.min(case((enrolments.c.course_id == then, enrolments.c.enrolled_at))).label("then"),
            )
            .where(
                enrolments.c.community_id == community_id,
                enrolments.c.course_id.in_([first, then]),
                enrolments.c.state != "refunded",
            )
            .group_by(member_accounts.c.member_id)
            .subquery()
        )
        counted = select(func.count(begun.c.first), func.count(case((begun.c.then > begun.c.first, 1))))
        took, after = (await self.connection.execute(counted)).one()
        return int(took), int(after)

    async def catalogue_sign(self, community_id: int) -> str:
        """Differs as soon as a course came, went or changed."""
        there = select(func.count(), func.sum(courses.c.id), func.max(courses.c.changed_at)).where(
            courses.c.community_id == community_id
        )
        published = there.where(courses.c.state == "published")
        needs = (
            select(func.count(), func.sum(course_needs.c.needs_id))
            .join(courses, courses.c.id == course_needs.c.course_id)
            .where(courses.c.community_id == community_id)
        )
        found = [(await self.connection.execute(each)).one() for each in (there, published, needs)]
        return " ".join(str(value) for row in found for value in row)


_MEMBERS: Select[Any] = select(enrolments.c.id).select_from(
    enrolments.outerjoin(roster, roster.c.id == enrolments.c.row_id).join(
        member_accounts,
        and_(
            member_accounts.c.account_id == ACCOUNT,
            member_accounts.c.community_id == enrolments.c.community_id,
        ),
    )
)
