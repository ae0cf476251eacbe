"""Course reviews: courses that experts look over, why, and what they said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import course_reviews, courses, enrolments

NEW: Final = "new"
CHANGED: Final = "changed"
TIME: Final = "time"
RATINGS: Final = "ratings"
STALLS: Final = "stalls"
FINE: Final = "fine"
WORK: Final = "work"


@dataclass(frozen=True, slots=True)
class CourseReview:
    """One look at a course."""

    id: int
    course_id: int
    why: str
    opened_at: datetime
    """From when it waits: later than now where it was put off."""
    done_at: datetime | None
    done_by: int | None
    outcome: str | None
    words: str | None


class CourseReviewRepository:
    """Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def open(self, community_id: int, course_id: int, why: str, now: datetime) -> bool:
        """From now on it waits; False: the course waits already. Safe to call twice."""
        made = await insert_new(
            self.connection,
            course_reviews,
            [{"community_id": community_id, "course_id": course_id, "why": why, "opened_at": now}],
            returning=(course_reviews.c.id,),
        )
        return bool(made)

    async def waiting(self, community_id: int, now: datetime) -> list[CourseReview]:
        """What waits now: courses that are not offered yet first, then whatever waits longest."""
        rows = await self.connection.execute(
            _REVIEWS.where(
                course_reviews.c.community_id == community_id,
                course_reviews.c.done_at.is_(None),
                course_reviews.c.opened_at <= now,
            ).order_by(
                case((course_reviews.c.why == NEW, 0), (course_reviews.c.why == CHANGED, 1), else_=2),
                course_reviews.c.opened_at,
                course_reviews.c.id,
            )
        )
        return [CourseReview(*row) for row in rows]

    async def get(self, community_id: int, id: int) -> CourseReview | None:
        """One look; None: there is none here."""
        row = (
            await self.connection.execute(
                _REVIEWS.where(course_reviews.c.community_id == community_id, course_reviews.c.id == id)
            )
        ).first()
        return None if row is None else CourseReview(*row)

    async def of(self, community_id: int, course_id: int, limit: int = 20) -> list[CourseReview]:
        """The looks at a course, the latest first."""
        rows = await self.connection.execute(
            _REVIEWS.where(
                course_reviews.c.community_id == community_id, course_reviews.c.course_id == course_id
            )
            .order_by(course_reviews.c.opened_at.desc(), course_reviews.c.id.desc())
            .limit(limit)
        )
        return [CourseReview(*row) for row in rows]

    async def put_off(self, community_id: int, id: int, until: datetime) -> bool:
        """It waits again from then on; False: it was done meanwhile."""
        return await self._change(community_id, id, opened_at=until)

    async def decide(
        self, community_id: int, id: int, *, outcome: str, words: str, by: int | None, now: datetime
    ) -> bool:
        """An expert says what they found; False: somebody did before."""
        return await self._change(
            community_id, id, outcome=outcome, words=words or None, done_by=by, done_at=now
        )

    async def withdraw(self, community_id: int, course_id: int, now: datetime) -> None:
        """What waits for this course waits no more: an admin decided past it."""
        await self.connection.execute(
            update(course_reviews)
            .where(
                course_reviews.c.community_id == community_id,
                course_reviews.c.course_id == course_id,
                course_reviews.c.done_at.is_(None),
            )
            .values(done_at=now)
        )

    async def reopen(self, community_id: int, id: int) -> bool:
        """A decision is taken back; False: the course waits by itself again."""
        review = await self.get(community_id, id)
        if review is None:
            return False
        waits = await self.connection.scalar(
            select(func.count())
            .select_from(course_reviews)
            .where(course_reviews.c.course_id == review.course_id, course_reviews.c.done_at.is_(None))
        )
        if waits:
            return False
        await self.connection.execute(
            update(course_reviews)
            .where(course_reviews.c.community_id == community_id, course_reviews.c.id == id)
            .values(outcome=None, words=None, done_by=None, done_at=None)
        )
        return True

    async def due(self, community_id: int, since: datetime, limit: int) -> list[int]:
        """Published courses that were made before then, and that nobody looked at or was asked to since."""
        rows = await self.connection.execute(
            select(courses.c.id)
            .where(
                courses.c.community_id == community_id,
                courses.c.state == "published",
                courses.c.made_at < since,
                _not_looked_at_since(since),
            )
            .order_by(courses.c.made_at, courses.c.id)
            .limit(limit)
        )
        return list(rows.scalars())

    async def rated_low(
        self, community_id: int, below: float, *, enough: int, rated_since: datetime, quiet_since: datetime
    ) -> list[int]:
        """Published courses whose average of at least so many stars is below the bound."""
        return await self._bad(
            community_id,
            quiet_since,
            and_(func.count(enrolments.c.stars) >= enough, func.avg(enrolments.c.stars) < below),
            enrolments.c.rated_at >= rated_since,
        )

    async def stalled(
        self, community_id: int, share: float, *, enough: int, still_since: datetime, quiet_since: datetime
    ) -> list[int]:
        """Published courses in which at least that share of those who began stands still, unfinished."""
        still = and_(enrolments.c.finished_at.is_(None), enrolments.c.moved_at < still_since)
        return await self._bad(
            community_id,
            quiet_since,
            and_(
                func.count() >= enough,
                func.sum(case((still, 1), else_=0)) >= share * func.count(),
            ),
            enrolments.c.started_at.is_not(None),
        )

    async def _bad(
        self,
        community_id: int,
        quiet_since: datetime,
        having: ColumnElement[bool],
        which: ColumnElement[bool],
    ) -> list[int]:
        rows = await self.connection.execute(
            select(courses.c.id)
            .join(enrolments, enrolments.c.course_id == courses.c.id)
            .where(
                courses.c.community_id == community_id,
                courses.c.state == "published",
                which,
                _not_looked_at_since(quiet_since),
            )
            .group_by(courses.c.id)
            .having(having)
            .order_by(courses.c.id)
        )
        return list(rows.scalars())

    async def _change(self, community_id: int, id: int, **values: Any) -> bool:
        done = await self.connection.execute(
            update(course_reviews)
            .where(
                course_reviews.c.community_id == community_id,
                course_reviews.c.id == id,
                course_reviews.c.done_at.is_(None),
            )
            .values(**values)
        )
        return bool(done.rowcount)


def _not_looked_at_since(moment: datetime) -> ColumnElement[bool]:
    """Nobody is asked to look at it, nor did anybody since then."""
    return not_(
        exists().where(
            course_reviews.c.course_id == courses.c.id,
            or_(course_reviews.c.done_at.is_(None), course_reviews.c.done_at >= moment),
        )
    )


_REVIEWS = select(
    course_reviews.c.id,
    course_reviews.c.course_id,
    course_reviews.c.why,
    course_reviews.c.opened_at,
    course_reviews.c.done_at,
    course_reviews.c.done_by,
    course_reviews.c.outcome,
    course_reviews.c.words,
)
