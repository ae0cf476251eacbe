"""Entering: which cohort somebody is in who enrols in a course that is taken together now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.calendar import Calendar
from storage.cohorts.keeping import COHORT
from storage.cohorts.rhythm import Cohort, default_of
from storage.tables import cohorts, communities


@dataclass(frozen=True, slots=True)
class Doors:
    """The cohorts of some courses that have not ended, and the calendar that they go by."""

    cohorts: tuple[Cohort, ...]
    calendar: Calendar

    def entered(self, course_id: int, at: datetime) -> int | None:
        """The cohort of who enrols in a course at a moment. What is older than a cohort is not in it."""
        there = [each for each in self.cohorts if each.course_id == course_id and each.made_at <= at]
        found = default_of(there, self.calendar.day(at))
        return None if found is None else found.id


async def doors_of(connection: AsyncConnection, community_id: int, course_ids: Collection[int]) -> Doors:
    """What is open of these courses."""
    rows = await connection.execute(
        select(*COHORT, communities.c.zone)
        .join(communities, communities.c.id == cohorts.c.community_id)
        .where(
            cohorts.c.community_id == community_id,
            cohorts.c.ended_at.is_(None),
            among(cohorts.c.course_id, "courses"),
        ),
        {"courses": list(course_ids)},
    )
    found = rows.all()
    calendar = Calendar(found[0].zone) if found else Calendar()
    return Doors(tuple(Cohort(*row[:-1]) for row in found), calendar)
