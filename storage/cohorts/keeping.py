"""Keeping: the cohorts of a community, and their boards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.cohorts.rhythm import Cohort
from storage.tables import cohorts, members, totals


@dataclass(frozen=True, slots=True)
class Earned:
    """What one member of a cohort earned in its time."""

    member_id: int
    name: str
    points: int


class CohortRepository:
    """Every question is about one community. Who is in a cohort, the enrolments say."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def make(
        self,
        community_id: int,
        course_id: int,
        name: str,
        *,
        starts_on: date,
        every_days: int,
        space_id: int | None,
        channel_id: int | None,
        today: date,
        now: datetime,
    ) -> Cohort:
        """A new cohort. Of what opened before today its channel does not hear."""
        row = {
            "community_id": community_id,
            "course_id": course_id,
            "name": name,
            "starts_on": starts_on,
            "every_days": every_days,
            "space_id": space_id,
            "channel_id": channel_id,
            "told_until": today - timedelta(days=1),
            "made_at": now,
        }
        made = await self.connection.execute(insert(cohorts).values(**row).returning(*COHORT))
        return Cohort(*made.one())

    async def get(self, community_id: int, cohort_id: int) -> Cohort | None:
        """One cohort; None: there is none here."""
        found = await self._read(_COHORTS.where(cohorts.c.id == cohort_id), community_id)
        return found[0] if found else None

    async def all(self, community_id: int, *, ended: bool = False) -> list[Cohort]:
        """Those that have not ended, or those that have; the newest start first."""
        over = cohorts.c.ended_at.is_not(None) if ended else cohorts.c.ended_at.is_(None)
        return await self._read(_COHORTS.where(over), community_id)

    async def of_course(self, community_id: int, course_id: int) -> list[Cohort]:
        """The runs of a course that have not ended, the newest start first."""
        which = (cohorts.c.course_id == course_id, cohorts.c.ended_at.is_(None))
        return await self._read(_COHORTS.where(*which), community_id)

    async def named(self, community_id: int, ids: Sequence[int]) -> dict[int, Cohort]:
        """Those of these cohorts that are here, by their numbers."""
        found = await self._read(_COHORTS.where(among(cohorts.c.id, "ids")), community_id, ids=list(ids))
        return {each.id: each for each in found}

    async def _read(self, statement: Select[Any], community_id: int, **values: Any) -> list[Cohort]:
        ordered = statement.where(cohorts.c.community_id == community_id).order_by(
            cohorts.c.starts_on.desc(), cohorts.c.id.desc()
        )
        return [Cohort(*row) for row in await self.connection.execute(ordered, values)]

    async def end(self, cohort: Cohort, at: datetime | None) -> None:
        """It ends then; None: it goes on."""
        await self._set(cohort, ended_at=at)

    async def move(self, cohort: Cohort, space_id: int | None, channel_id: int | None) -> None:
        """It has another channel from now on, or none."""
        await self._set(cohort, space_id=space_id, channel_id=channel_id)

    async def call(self, cohort: Cohort, name: str) -> None:
        """It has that name from now on; "": it is named by its course and its start."""
        await self._set(cohort, name=name)

    async def told(self, cohort: Cohort, until: date) -> None:
        """Its channel has heard of what opened up to that day."""
        await self._set(cohort, told_until=until)

    async def _set(self, cohort: Cohort, **values: Any) -> None:
        await self.connection.execute(update(cohorts).where(cohorts.c.id == cohort.id).values(**values))

    async def remove(self, cohort: Cohort) -> None:
        """As if it had never been; its members go on by themselves."""
        await self.connection.execute(delete(cohorts).where(cohorts.c.id == cohort.id))

    async def board(
        self, community_id: int, member_ids: Sequence[int], first: date, last: date
    ) -> list[Earned]:
        """What these members earned on these days, the most first; those alone who are shown on boards."""
        # A day's period is ten signs long, a week's and a month's are shorter.
        days = (
            totals.c.period >= first.isoformat(),
            totals.c.period <= last.isoformat(),
            func.length(totals.c.period) == len(first.isoformat()),
        )
        points = func.coalesce(func.sum(totals.c.points), 0)
        rows = await self.connection.execute(
            select(members.c.id, members.c.name, points.label("points"))
            .outerjoin(totals, (totals.c.member_id == members.c.id) & days[0] & days[1] & days[2])
            .where(members.c.community_id == community_id, members.c.listed, among(members.c.id, "members"))
            .group_by(members.c.id, members.c.name)
            .order_by(points.desc(), members.c.id),
            {"members": list(member_ids)},
        )
        return [Earned(row.id, row.name, int(row.points)) for row in rows]


COHORT = (
    cohorts.c.id,
    cohorts.c.community_id,
    cohorts.c.course_id,
    cohorts.c.name,
    cohorts.c.starts_on,
    cohorts.c.every_days,
    cohorts.c.space_id,
    cohorts.c.channel_id,
    cohorts.c.told_until,
    cohorts.c.made_at,
    cohorts.c.ended_at,
)
"""The columns of a Cohort."""

_COHORTS = select(*COHORT)
