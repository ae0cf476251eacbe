"""Courses: the catalogue of a community, with its lessons, covers and what is needed before what."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import course_covers, course_needs, courses, lessons

CourseState = Literal["draft", "published", "archived"]
LessonKind = Literal["video", "audio", "live", "article", "exercise", "quiz"]
KINDS: Final[tuple[LessonKind, ...]] = ("video", "audio", "live", "article", "exercise", "quiz")
LEVELS: Final[dict[str, int]] = {"beginner": 1, "intermediate": 2, "advanced": 3}


@dataclass(frozen=True, slots=True)
class Course:
    """One course of the catalogue."""

    id: int
    community_id: int
    key: str
    """What a file or a shop calls it, folded; unlike all others where it was made."""
    title: str
    text: str
    language: str
    """"en", "zh" ...; "" where it does not matter."""
    level: int | None
    """1 beginner, 2 intermediate, 3 advanced."""
    price: int | None
    """In the currency's smallest unit."""
    currency: str | None
    link: str | None
    teacher: str
    tags: tuple[str, ...]
    minutes: int | None
    position: int
    state: CourseState
    pinned_until: datetime | None
    boost: float
    """Added to its score until `boosted_until`, in deviations."""
    boosted_until: datetime | None
    made_at: datetime
    needs: tuple[int, ...] = ()
    """The courses to be finished before it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson of a course."""

    id: int
    course_id: int
    key: str
    position: int
    title: str
    kind: LessonKind
    text: str
    link: str | None
    minutes: int | None
    starts_at: datetime | None
    """Of a live one."""
    ends_at: datetime | None


class CourseRepository:
    """The catalogue. Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def get(self, community_id: int, course_id: int) -> Course | None:
        """One course; None: there is none here."""
        found = await self._read(_COURSES.where(courses.c.id == course_id), community_id)
        return found[0] if found else None

    async def all(self, community_id: int, states: Sequence[CourseState] = ("published",)) -> list[Course]:
        """The courses in these states, in the catalogue's order."""
        return await self._read(_COURSES.where(courses.c.state.in_(states)), community_id)

    async def _read(self, statement: Select[Any], community_id: int) -> list[Course]:
        ordered = statement.where(courses.c.community_id == community_id).order_by(
            courses.c.position, courses.c.id
        )
        rows = (await self.connection.execute(ordered)).all()
        needs = await self._needs([row.id for row in rows] if len(rows) == 1 else None, community_id)
        return [_course(row, tuple(needs.get(row.id, ()))) for row in rows]

    async def _needs(self, ids: Sequence[int] | None, community_id: int) -> dict[int, list[int]]:
        statement = (
            select(course_needs.c.course_id, course_needs.c.needs_id)
            .join(courses, courses.c.id == course_needs.c.course_id)
            .where(courses.c.community_id == community_id)
            .order_by(course_needs.c.needs_id)
        )
        if ids is not None:
            statement = statement.where(course_needs.c.course_id.in_(ids))
        found: dict[int, list[int]] = defaultdict(list)
        for row in await self.connection.execute(statement):
            found[row.course_id].append(row.needs_id)
        return found

    async def lessons(self, course_id: int) -> list[Lesson]:
        """The lessons of a course that are there now, in their order."""
        rows = await self.connection.execute(
            _LESSONS.where(lessons.c.course_id == course_id).order_by(lessons.c.position, lessons.c.id)
        )
        return [Lesson(*row) for row in rows]

    async def lesson(self, community_id: int, lesson_id: int) -> Lesson | None:
        """One lesson; None: there is none here."""
        row = (
            await self.connection.execute(
                _LESSONS.join(courses, courses.c.id == lessons.c.course_id).where(
                    lessons.c.id == lesson_id, courses.c.community_id == community_id
                )
            )
        ).first()
        return None if row is None else Lesson(*row)

    async def cover(self, course_id: int) -> bytes | None:
        """The picture of its card."""
        statement = select(course_covers.c.picture).where(course_covers.c.course_id == course_id)
        found: bytes | None = (await self.connection.execute(statement)).scalar_one_or_none()
        return found


_COURSES = select(
    courses.c.id,
    courses.c.community_id,
    courses.c.key,
    courses.c.title,
    courses.c.text,
    courses.c.language,
    courses.c.level,
    courses.c.price,
    courses.c.currency,
    courses.c.link,
    courses.c.teacher,
    courses.c.tags,
    courses.c.minutes,
    courses.c.position,
    courses.c.state,
    courses.c.pinned_until,
    courses.c.boost,
    courses.c.boosted_until,
    courses.c.made_at,
)

_LESSONS = select(
    lessons.c.id,
    lessons.c.course_id,
    lessons.c.key,
    lessons.c.position,
    lessons.c.title,
    lessons.c.kind,
    lessons.c.text,
    lessons.c.link,
    lessons.c.minutes,
    lessons.c.starts_at,
    lessons.c.ends_at,
).where(lessons.c.gone_at.is_(None))


def _course(row: Any, needs: tuple[int, ...]) -> Course:
    values = dict(row._mapping) | {"tags": tuple(row.tags), "needs": needs}
    return Course(**values)
