"""Reading: the catalogue as it is, searched and page by page."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.courses.rows import COURSES, LESSONS, Course, CourseState, Lesson, course_from, folded
from storage.tables import course_covers, course_needs, courses, lessons

LOOKED_AT = 2_000
"""So many courses, in the catalogue's order, say which tags there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What somebody looks for in the catalogue. Each part narrows it down."""

    text: str = ""
    """Each of its words stands in the title, the teacher, the tags or the key."""
    language: str = ""
    level: int | None = None
    tag: str = ""
    free: bool = False
    states: tuple[CourseState, ...] = ("published",)


class Reading:
    """Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def get(self, community_id: int, course_id: int) -> Course | None:
        """One course; None: there is none here."""
        found = await self._read(COURSES.where(courses.c.id == course_id), community_id)
        return found[0] if found else None

    async def by_key(self, community_id: int, key: str) -> Course | None:
        """The course that a file or a shop calls so; one made here before one that was brought along."""
        here = courses.c.origin_id == community_id
        statement = COURSES.where(courses.c.key == folded(key)).order_by(case((here, 0), else_=1)).limit(1)
        found = await self._read(statement, community_id)
        return found[0] if found else None

    async def all(self, community_id: int, states: Sequence[CourseState] = ("published",)) -> list[Course]:
        """The courses in these states, in the catalogue's order."""
        return await self._read(COURSES.where(courses.c.state.in_(states)), community_id)

    async def named(self, community_id: int, ids: Sequence[int]) -> dict[int, Course]:
        """Those of these courses that are here, by their numbers."""
        statement = COURSES.where(among(courses.c.id, "ids"))
        return {each.id: each for each in await self._read(statement, community_id, ids=list(ids))}

    async def search(
        self, community_id: int, wanted: Search, *, now: datetime, rows: int, page: int = 1
    ) -> tuple[int, list[Course]]:
        """How many courses fit, and one page of them: pinned ones first, then in the catalogue's order."""
        which = [courses.c.community_id == community_id, *_conditions(wanted)]
        count = (
            await self.connection.execute(select(func.count()).select_from(courses).where(*which))
        ).scalar_one()
        pinned = case((courses.c.pinned_until > now, 0), else_=1)
        statement = COURSES.where(*which).order_by(pinned).limit(rows).offset((max(page, 1) - 1) * rows)
        return int(count), await self._read(statement, community_id)

    async def count(self, community_id: int) -> dict[CourseState, int]:
        """How many courses are in each state."""
        rows = await self.connection.execute(
            select(courses.c.state, func.count())
            .where(courses.c.community_id == community_id)
            .group_by(courses.c.state)
        )
        return {state: int(n) for state, n in rows}

    async def tags(self, community_id: int) -> list[tuple[str, int]]:
        """The tags of published courses, each with how many have it, the most common first."""
        rows = await self.connection.execute(
            select(courses.c.tags)
            .where(courses.c.community_id == community_id, courses.c.state == "published")
            .order_by(courses.c.position, courses.c.id)
            .limit(LOOKED_AT)
        )
        counted: Counter[str] = Counter()
        written: dict[str, str] = {}
        for (tags,) in rows:
            for tag in tags:
                written.setdefault(folded(tag), tag)
                counted[folded(tag)] += 1
        return [(written[tag], n) for tag, n in sorted(counted.items(), key=lambda each: (-each[1], each[0]))]

    async def languages(self, community_id: int) -> list[tuple[str, int]]:
        """The languages of published courses, each with how many are in it, the most common first."""
        rows = await self.connection.execute(
            select(courses.c.language, func.count().label("n"))
            .where(
                courses.c.community_id == community_id,
                courses.c.state == "published",
                courses.c.language != "",
            )
            .group_by(courses.c.language)
        )
        return sorted(((code, int(n)) for code, n in rows), key=lambda each: (-each[1], each[0]))

    async def lessons(self, course_id: int) -> list[Lesson]:
        """The lessons of a course that are there now, in their order."""
        rows = await self.connection.execute(
            LESSONS.where(lessons.c.course_id == course_id).order_by(lessons.c.position, lessons.c.id)
        )
        return [Lesson(*row) for row in rows]

    async def lessons_of(self, course_ids: Sequence[int]) -> dict[int, list[Lesson]]:
        """Course -> its lessons that are there now, in their order; for those that have any."""
        found: dict[int, list[Lesson]] = defaultdict(list)
        rows = await self.connection.execute(
            LESSONS.where(among(lessons.c.course_id, "courses")).order_by(lessons.c.position, lessons.c.id),
            {"courses": list(course_ids)},
        )
        for row in rows:
            found[row.course_id].append(Lesson(*row))
        return dict(found)

    async def lesson(self, community_id: int, lesson_id: int) -> Lesson | None:
        """One lesson; None: there is none here."""
        row = (
            await self.connection.execute(
                LESSONS.join(courses, courses.c.id == lessons.c.course_id).where(
                    lessons.c.id == lesson_id, courses.c.community_id == community_id
                )
            )
        ).first()
        return None if row is None else Lesson(*row)

    async def count_lessons(self, course_ids: Sequence[int]) -> Mapping[int, int]:
        """Course -> how many lessons it has now."""
        rows = await self.connection.execute(
            select(lessons.c.course_id, func.count())
            .where(among(lessons.c.course_id, "courses"), lessons.c.gone_at.is_(None))
            .group_by(lessons.c.course_id),
            {"courses": list(course_ids)},
        )
        return {course: int(n) for course, n in rows}

    async def cover(self, course_id: int) -> bytes | None:
        """The picture of its card."""
        statement = select(course_covers.c.picture).where(course_covers.c.course_id == course_id)
        found: bytes | None = (await self.connection.execute(statement)).scalar_one_or_none()
        return found

    async def _read(self, statement: Select[Any], community_id: int, **values: Any) -> list[Course]:
        ordered = statement.where(courses.c.community_id == community_id).order_by(
            courses.c.position, courses.c.id
        )
        rows = (await self.connection.execute(ordered, values)).all()
        needs = await self._needs([row.id for row in rows], community_id)
        return [course_from(row, tuple(needs.get(row.id, ()))) for row in rows]

    async def _needs(self, ids: Sequence[int], community_id: int) -> dict[int, list[int]]:
        rows = await self.connection.execute(
            select(course_needs.c.course_id, course_needs.c.needs_id)
            .join(courses, courses.c.id == course_needs.c.course_id)
            .where(courses.c.community_id == community_id, among(course_needs.c.course_id, "ids"))
            .order_by(course_needs.c.needs_id),
            {"ids": ids},
        )
        found: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            found[row.course_id].append(row.needs_id)
        return found


def _conditions(wanted: Search) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [courses.c.state.in_(wanted.states)]
    which += [courses.c.sought.contains(word, autoescape=True) for word in folded(wanted.text).split()]
    if wanted.tag:
        which.append(courses.c.sought.contains(f"\n#{folded(wanted.tag)}\n", autoescape=True))
    if wanted.language:
        which.append(courses.c.language == wanted.language)
    if wanted.level is not None:
        which.append(courses.c.level == wanted.level)
    if wanted.free:
        which.append(courses.c.price == 0)
    return which
