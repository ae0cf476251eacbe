"""Reports: what is told of a course besides how far people came."""

from dataclasses import dataclass

from sqlalchemy import func, select

from storage.enrolments.purchases import Purchases
from storage.tables import asked, courses, submissions


@dataclass(frozen=True, slots=True)
class Beside:
    """What people asked about a course, and what they wait for."""

    questions: int
    """How often a question led to it."""
    by_lesson: dict[int, int]
    """Of these: lesson -> how often."""
    waiting: int
    """Exercises that a teacher has not marked yet."""


class Reports(Purchases):
    """Numbers without names."""

    __slots__ = ()

    async def beside(self, community_id: int, course_id: int) -> Beside:
        """Questions and exercises of a course of this community."""
        rows = await self.connection.execute(
            select(asked.c.lesson_id, func.count())
            .where(asked.c.community_id == community_id, asked.c.course_id == course_id)
            .group_by(asked.c.lesson_id)
        )
        counted = {row[0]: int(row[1]) for row in rows}
        waiting = await self.connection.scalar(
            select(func.count())
            .select_from(submissions.join(courses, courses.c.id == submissions.c.course_id))
            .where(
                courses.c.community_id == community_id,
                submissions.c.course_id == course_id,
                submissions.c.state == "waiting",
            )
        )
        return Beside(
            sum(counted.values()),
            {key: n for key, n in counted.items() if key is not None},
            int(waiting or 0),
        )
