"""Taking in: rows of a file become courses and lessons, each once, however often the file comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, case, delete, insert, not_, select, update

from storage.among import among
from storage.courses.rows import COURSE_FACTS, LESSON_FACTS, NewCourse, NewLesson, sought_in
from storage.courses.writing import NO_LESSON, NOTHING, Writing
from storage.insert import insert_new
from storage.tables import course_needs, courses, lessons

What = Literal["added", "changed", "known"]
_LESSON_FACTS = (*LESSON_FACTS, "position")


@dataclass(slots=True)
class Taken:
    """What came of one course of a file, and of its lessons."""

    id: int
    what: What
    lessons: dict[What, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "known": 0})


class TakingIn(Writing):
    """Courses come in by files, and any file may come again. What a file does not tell stays as it is."""

    __slots__ = ()

    async def take_in(
        self, community_id: int, rows: Sequence[NewCourse], *, revive: bool = False, now: datetime
    ) -> list[Taken]:
        """Add what is new and change what is told otherwise; says what came of each. Safe to call twice.

        No two rows have the same key. With `revive` what is told and was archived or removed is there again.
        Call it with at most a few thousand.
        """
        await self._hold(community_id)
        known = await self._known(community_id, [row.key for row in rows])
        taken: list[Taken] = []
        fresh: list[tuple[int, dict[str, Any]]] = []
        changed: list[dict[str, Any]] = []
        end = await self._end(community_id)
        for place, row in enumerate(rows):
            before = known.get(row.key)
            if before is None:
                taken.append(Taken(0, "added"))
                fresh.append((place, _course(row, NOTHING)))
                continue
            told = dict(row.told)
            if revive and before["state"] == "archived":
                told.setdefault("state", "published")
            differs = any(before[name] != value for name, value in told.items())
            taken.append(Taken(before["id"], "changed" if differs else "known"))
            if differs:
                changed.append({"of": before["id"]} | _course(NewCourse(row.key, told), before))
        await self._change(changed, now)
        ids = await self._add(community_id, [values for _, values in fresh], end, now)
        for (place, _), id in zip(fresh, ids, strict=True):
            taken[place].id = id
        await self._take_lessons(
            [(taken[place], row.lessons) for place, row in enumerate(rows) if row.lessons], revive, now
        )
        return taken

    async def keys(self, community_id: int, keys: Collection[str] | None = None) -> dict[str, int]:
        """Key -> course: of these keys, or of the whole catalogue; one made here before one brought along."""
        statement = (
            select(courses.c.key, courses.c.id)
            .where(courses.c.community_id == community_id)
            .order_by(case((courses.c.origin_id == community_id, 1), else_=0), courses.c.id.desc())
        )
        if keys is None:
            found = await self.connection.execute(statement)
        else:
            named = statement.where(among(courses.c.key, "keys"))
            found = await self.connection.execute(named, {"keys": list(keys)})
        return {row.key: row.id for row in found}

    async def titles(self, community_id: int) -> list[tuple[str, str, int]]:
        """Title, language and number of each course, for the whole catalogue."""
        rows = await self.connection.execute(
            select(courses.c.title, courses.c.language, courses.c.id).where(
                courses.c.community_id == community_id
            )
        )
        return [(title, language, id) for title, language, id in rows]

    async def take_needs(self, needs: Mapping[int, Collection[int]]) -> int:
        """What is to be finished before these courses, from now on; says for how many that is another."""
        standing = await self.connection.execute(
            select(course_needs.c.course_id, course_needs.c.needs_id).where(
                among(course_needs.c.course_id, "courses")
            ),
            {"courses": list(needs)},
        )
        before: dict[int, set[int]] = {}
        for course, need in standing:
            before.setdefault(course, set()).add(need)
        other = [course for course, wanted in needs.items() if before.get(course, set()) != set(wanted)]
        if not other:
            return 0
        await self.connection.execute(
            delete(course_needs).where(among(course_needs.c.course_id, "courses")), {"courses": other}
        )
        rows = [
            {"course_id": course, "needs_id": need}
            for course in other
            for need in dict.fromkeys(needs[course])
        ]
        if rows:
            await self.connection.execute(insert(course_needs), rows)
        return len(other)

    async def archive_others(self, community_id: int, ids: Collection[int], *, now: datetime) -> int:
        """Archive what is published and none of these; says how many."""
        done = await self.connection.execute(
            update(courses)
            .where(
                courses.c.community_id == community_id,
                courses.c.state == "published",
                not_(among(courses.c.id, "kept")),
            )
            .values(state="archived", changed_at=now),
            {"kept": list(ids)},
        )
        return done.rowcount

    async def remove_other_lessons(self, told: Mapping[int, Collection[str]], *, now: datetime) -> int:
        """Of these courses, lessons under other keys than these are not there any more; says how many."""
        if not told:
            return 0
        rows = await self.connection.execute(
            select(lessons.c.id, lessons.c.course_id, lessons.c.key).where(
                among(lessons.c.course_id, "courses"), lessons.c.gone_at.is_(None)
            ),
            {"courses": list(told)},
        )
        gone = [row.id for row in rows if row.key not in told[row.course_id]]
        if gone:
            await self.connection.execute(
                update(lessons).where(among(lessons.c.id, "gone")).values(gone_at=now), {"gone": gone}
            )
        return len(gone)

    async def _known(self, community_id: int, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        rows = await self.connection.execute(
            select(courses)
            .where(courses.c.community_id == community_id, among(courses.c.key, "keys"))
            .order_by(case((courses.c.origin_id == community_id, 1), else_=0), courses.c.id.desc()),
            {"keys": list(keys)},
        )
        return {row.key: dict(row._mapping) for row in rows}

    async def _change(self, changed: Sequence[Mapping[str, Any]], now: datetime) -> None:
        if not changed:
            return
        names = (*COURSE_FACTS, "sought")
        await self.connection.execute(
            update(courses)
            .where(courses.c.id == bindparam("of_course"))
            .values({name: bindparam(f"new_{name}") for name in names} | {"changed_at": now}),
            [{"of_course": row["of"]} | {f"new_{name}": row[name] for name in names} for row in changed],
        )

    async def _add(
        self, community_id: int, rows: Sequence[Mapping[str, Any]], end: int, now: datetime
    ) -> list[int]:
        if not rows:
            return []
        made = await self.connection.execute(
            insert(courses).returning(courses.c.id, sort_by_parameter_order=True),
            [
                {
                    "community_id": community_id,
                    "origin_id": community_id,
                    "position": end + place,
                    "boost": 0.0,
                    "made_at": now,
                    "changed_at": now,
                    **row,
                }
                for place, row in enumerate(rows)
            ],
        )
        return list(made.scalars())

    async def _take_lessons(
        self, told: Sequence[tuple[Taken, Iterable[NewLesson]]], revive: bool, now: datetime
    ) -> None:
        if not told:
            return
        rows = await self.connection.execute(
            select(lessons).where(among(lessons.c.course_id, "courses")),
            {"courses": [taken.id for taken, _ in told]},
        )
        known = {(row.course_id, row.key): dict(row._mapping) for row in rows}
        fresh: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for taken, new in told:
            for lesson in new:
                before = known.get((taken.id, lesson.key))
                if before is None:
                    fresh.append(
                        {"course_id": taken.id, "key": lesson.key, **NO_LESSON, "position": 0, **lesson.told}
                    )
                    taken.lessons["added"] += 1
                    continue
                back = revive and before["gone_at"] is not None
                differs = back or any(before[name] != value for name, value in lesson.told.items())
                taken.lessons["changed" if differs else "known"] += 1
                if differs:
                    gone = None if back else before["gone_at"]
                    changed.append({**before, **lesson.told, "gone_at": gone})
            if taken.what == "known" and taken.lessons["added"] + taken.lessons["changed"]:
                taken.what = "changed"
        await insert_new(self.connection, lessons, fresh)
        if changed:
            names = (*_LESSON_FACTS, "gone_at")
            await self.connection.execute(
                update(lessons)
                .where(lessons.c.id == bindparam("of_lesson"))
                .values({name: bindparam(f"new_{name}") for name in names}),
                [{"of_lesson": row["id"]} | {f"new_{name}": row[name] for name in names} for row in changed],
            )


def _course(row: NewCourse, before: Mapping[str, Any]) -> dict[str, Any]:
    """All that can be told of a course: as it is told, else as it was."""
    values = {name: row.told.get(name, before[name]) for name in COURSE_FACTS}
    sought = sought_in(values["title"], values["teacher"], values["tags"], row.key)
    return {"key": row.key, "sought": sought, **values}
