"""Writing: one course or lesson at a time, as admins and teachers do it in the chat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from storage.courses.reading import Reading
from storage.courses.rows import NewCourse, NewLesson, folded, sought_in
from storage.insert import insert_into
from storage.tables import communities, course_covers, course_needs, courses, lessons

NOTHING: Mapping[str, Any] = {
    "title": "",
    "text": "",
    "language": "",
    "level": None,
    "price": None,
    "currency": None,
    "link": None,
    "teacher": "",
    "tags": [],
    "minutes": None,
    "state": "published",
    "boost": 0.0,
}
"""A course of which nothing is told."""
NO_LESSON: Mapping[str, Any] = {
    "title": "",
    "kind": "article",
    "text": "",
    "link": None,
    "minutes": None,
    "starts_at": None,
    "ends_at": None,
}
_SOUGHT = {"title", "teacher", "tags"}


class Writing(Reading):
    """What a change says back is what stood there before, for /undo."""

    __slots__ = ()

    async def add(self, community_id: int, new: NewCourse, *, now: datetime) -> int:
        """A new course at the end of the catalogue; its number. A key that is taken gets a number behind."""
        await self._hold(community_id)
        key = await self._free_key(community_id, folded(new.key) or "course")
        values = {**NOTHING, **new.told}
        made = await self.connection.execute(
            insert(courses)
            .values(
                community_id=community_id,
                origin_id=community_id,
                key=key,
                position=await self._end(community_id),
                sought=sought_in(values["title"], values["teacher"], values["tags"], key),
                made_at=now,
                changed_at=now,
                **values,
            )
            .returning(courses.c.id)
        )
        course = int(made.scalar_one())
        for lesson in new.lessons:
            await self.add_lesson(course, lesson)
        return course

    async def change(
        self, community_id: int, course_id: int, values: Mapping[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Change columns of a course, and say what stood in those that changed."""
        row = (
            await self.connection.execute(
                select(courses).where(courses.c.id == course_id, courses.c.community_id == community_id)
            )
        ).one()
        before = {name: getattr(row, name) for name in values}
        changed = {name: value for name, value in values.items() if value != before[name]}
        if not changed:
            return {}
        if _SOUGHT & changed.keys():
            whole = dict(row._mapping) | changed
            changed["sought"] = sought_in(whole["title"], whole["teacher"], whole["tags"], row.key)
        await self.connection.execute(
            update(courses).where(courses.c.id == course_id).values(**changed, changed_at=now)
        )
        return {name: before[name] for name in values if name in changed}

    async def set_needs(self, course_id: int, needs: Sequence[int]) -> None:
        """What is to be finished before a course; the circles are looked for by who calls."""
        await self.connection.execute(delete(course_needs).where(course_needs.c.course_id == course_id))
        if needs:
            await self.connection.execute(
                insert(course_needs),
                [{"course_id": course_id, "needs_id": each} for each in dict.fromkeys(needs)],
            )

    async def all_needs(self, community_id: int) -> dict[int, list[int]]:
        """Course -> what it needs, for the whole catalogue."""
        rows = await self.connection.execute(
            select(course_needs.c.course_id, course_needs.c.needs_id)
            .join(courses, courses.c.id == course_needs.c.course_id)
            .where(courses.c.community_id == community_id)
        )
        found: dict[int, list[int]] = {}
        for course, need in rows:
            found.setdefault(course, []).append(need)
        return found

    async def set_cover(self, course_id: int, picture: bytes | None) -> bool:
        """The picture of a course's card, or none; says whether there was one before."""
        gone = await self.connection.execute(
            delete(course_covers).where(course_covers.c.course_id == course_id)
        )
        if picture is not None:
            await self.connection.execute(
                insert_into(self.connection, course_covers).values(course_id=course_id, picture=picture)
            )
        return bool(gone.rowcount)

    async def add_lesson(self, course_id: int, new: NewLesson) -> int:
        """A new lesson at the end of a course; its number. A key that is taken gets a number behind it."""
        values = {**NO_LESSON, **new.told}
        rows = (
            await self.connection.execute(
                select(lessons.c.key, lessons.c.position).where(lessons.c.course_id == course_id)
            )
        ).all()
        values.setdefault("position", max((row.position for row in rows), default=0) + 1)
        key = _free(folded(new.key) or "lesson", {row.key for row in rows})
        made = await self.connection.execute(
            insert(lessons).values(course_id=course_id, key=key, **values).returning(lessons.c.id)
        )
        return int(made.scalar_one())

    async def change_lesson(self, lesson_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change columns of a lesson, and say what stood in those that changed."""
        row = (await self.connection.execute(select(lessons).where(lessons.c.id == lesson_id))).one()
        before = {name: getattr(row, name) for name in values}
        changed = {name: value for name, value in values.items() if value != before[name]}
        if changed:
            await self.connection.execute(update(lessons).where(lessons.c.id == lesson_id).values(**changed))
        return {name: before[name] for name in changed}

    async def order_lessons(self, course_id: int, ids: Sequence[int]) -> list[int]:
        """Put lessons in this order, the others behind them; says the order before."""
        before = [lesson.id for lesson in await self.lessons(course_id)]
        known = set(before)
        wanted = [id for id in dict.fromkeys(ids) if id in known]
        whole = [*wanted, *(id for id in before if id not in set(wanted))]
        for position, id in enumerate(whole, start=1):
            await self.connection.execute(
                update(lessons)
                .where(lessons.c.id == id, lessons.c.position != position)
                .values(position=position)
            )
        return before

    async def remove_lesson(self, lesson_id: int, *, now: datetime | None) -> None:
        """A lesson is not there any more; `now` None: it is again. What was done in it stays."""
        await self.connection.execute(update(lessons).where(lessons.c.id == lesson_id).values(gone_at=now))

    async def _end(self, community_id: int) -> int:
        last = await self.connection.scalar(
            select(func.max(courses.c.position)).where(courses.c.community_id == community_id)
        )
        return int(last or 0) + 1

    async def _free_key(self, community_id: int, key: str) -> str:
        taken = await self.connection.execute(
            select(courses.c.key).where(
                courses.c.origin_id == community_id, courses.c.key.startswith(key, autoescape=True)
            )
        )
        return _free(key, set(taken.scalars()))

    async def _hold(self, community_id: int) -> None:
        """Two that write the catalogue at once come one after the other. SQLite has one writer anyhow."""
        if self.connection.dialect.name == "postgresql":
            await self.connection.execute(
                select(communities.c.id).where(communities.c.id == community_id).with_for_update()
            )


def _free(key: str, taken: set[str]) -> str:
    """The key, or the first of key-2, key-3 ... that nobody has."""
    if key not in taken:
        return key
    number = 2
    while f"{key}-{number}" in taken:
        number += 1
    return f"{key}-{number}"
