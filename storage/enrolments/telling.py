"""Telling: what a shop or a file says of people on the roster, in any order and any number of times.

Everything is folded so that the order does not matter: the first time a lesson was done, its best mark, the
first finish, and of enrolling and refunding the word for the latest moment.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, insert, or_, select, update

from storage.among import among
from storage.cohorts import doors_of
from storage.enrolments.rows import (
    ENROLMENTS,
    WEIGHS,
    Enrolment,
    EnrolmentState,
    Source,
    enrolment_from,
    first,
    last,
)
from storage.enrolments.writing import Writing
from storage.insert import insert_into
from storage.tables import enrolments, lessons, lessons_done, member_accounts, roster

Tell = Literal["enrolled", "refunded", "done", "finished", "rated"]
STATE: Mapping[str, EnrolmentState] = {"enrolled": "enrolled", "refunded": "refunded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that somebody on the roster did, as it was told from outside."""

    row_id: int
    course_id: int
    what: Tell
    at: datetime
    since: datetime | None = None
    """From when on they were in the course, where that is another moment than `at`."""
    lesson_id: int | None = None
    mark: float | None = None
    stars: int | None = None
    words: str | None = None


@dataclass(slots=True)
class _Fold:
    """What is known of a row and course, and what is told besides."""

    known: Enrolment | None
    state: EnrolmentState = "enrolled"
    state_at: datetime | None = None
    enrolled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    moved_at: datetime | None = None
    stars: int | None = None
    words: str | None = None
    rated_at: datetime | None = None
    lessons: dict[int, tuple[datetime, float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.known is not None:
            for name in KEPT:
                setattr(self, name, getattr(self.known, name))

    def take(self, told: Told) -> None:
        """One thing more."""
        self.enrolled_at = first(self.enrolled_at, first(told.since, told.at))
        self.moved_at = last(self.moved_at, told.at)
        if told.what in STATE:
            state = STATE[told.what]
            if self.state_at is None or (told.at, WEIGHS[state]) > (self.state_at, WEIGHS[self.state]):
                self.state, self.state_at = state, told.at
            return
        if told.what == "rated":
            said = (told.at, told.stars or 0, told.words or "")
            if self.rated_at is None or said > (self.rated_at, self.stars or 0, self.words or ""):
                self.stars, self.words, self.rated_at = told.stars, told.words, told.at
            return
        self.started_at = first(self.started_at, told.at)
        if told.what == "finished":
            self.finished_at = first(self.finished_at, told.at)
        elif told.lesson_id is not None:
            at, mark = self.lessons.get(told.lesson_id, (told.at, None))
            best = max((each for each in (mark, told.mark) if each is not None), default=None)
            self.lessons[told.lesson_id] = min(at, told.at), best

    @property
    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in KEPT}

    @property
    def changed(self) -> bool:
        return self.known is None or any(getattr(self.known, name) != getattr(self, name) for name in KEPT)


KEPT = (
    "state", "state_at", "enrolled_at", "started_at", "finished_at", "moved_at", "stars", "words", "rated_at",
)  # fmt: skip


class Telling(Writing):
    """What is told of rows of the roster, many at a time."""

    __slots__ = ()

    async def tell(self, community_id: int, told: Sequence[Told], source: Source) -> list[Enrolment]:
        """Take in what is told; returns the enrolments that it is about, as they are now.

        Safe to call twice, and in any order. Call it with at most a few thousand.
        """
        await self.take(community_id, told, source)
        pairs = {(each.row_id, each.course_id) for each in told}
        taken = await self._about(community_id, pairs)
        if await self.settle(taken):
            taken = await self._about(community_id, pairs)
        return taken

    async def take(self, community_id: int, told: Sequence[Told], source: Source) -> None:
        """Take in what is told, and finish no course by it."""
        pairs = {(each.row_id, each.course_id) for each in told}
        known = await self._of_rows(community_id, {row for row, _ in pairs})
        folds = {pair: _Fold(known.get(pair)) for pair in sorted(pairs)}
        for each in told:
            folds[each.row_id, each.course_id].take(each)
        numbers = await self._write(community_id, folds, source)
        await self._write_done(folds, numbers, source)

    async def settle(self, taken: Sequence[Enrolment]) -> list[Enrolment]:
        """Who has done every lesson of a course has finished it, when the last was done.

        Returns those that are finished by it, or sooner than was known, as they were.
        """
        wanted = await self._lessons_of({each.course_id for each in taken})
        done = await self.done([each for each in taken if wanted[each.course_id]])
        moved: list[tuple[Enrolment, datetime]] = []
        for each in taken:
            theirs, needed = done.get(each.id, {}), wanted[each.course_id]
            if needed and needed <= theirs.keys():
                at = max(theirs[lesson].at for lesson in needed)
                if each.finished_at is None or at < each.finished_at:
                    moved.append((each, at))
        if moved:
            await self.connection.execute(
                update(enrolments)
                .where(enrolments.c.id == bindparam("of_row"))
                .values(finished_at=bindparam("at_last")),
                [{"of_row": each.id, "at_last": at} for each, at in moved],
            )
        return [each for each, _ in moved]

    async def _lessons_of(self, courses: Collection[int]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        rows = await self.connection.execute(
            select(lessons.c.course_id, lessons.c.id).where(
                among(lessons.c.course_id, "courses"), lessons.c.gone_at.is_(None)
            ),
            {"courses": list(courses)},
        )
        for row in rows:
            found[row.course_id].add(row.id)
        return found

    async def _of_rows(self, community_id: int, rows: Iterable[int]) -> dict[tuple[int, int], Enrolment]:
        found = await self.connection.execute(
            ENROLMENTS.where(enrolments.c.community_id == community_id, among(enrolments.c.row_id, "rows")),
            {"rows": list(rows)},
        )
        taken = [enrolment_from(row) for row in found]
        return {(each.row_id or 0, each.course_id): each for each in taken}

    async def _about(self, community_id: int, pairs: Collection[tuple[int, int]]) -> list[Enrolment]:
        """The people that these rows are, in these courses, with whatever else they have there."""
        rows, courses = ({pair[at] for pair in pairs} for at in (0, 1))
        found = await self.connection.execute(
            select(roster.c.id, member_accounts.c.member_id)
            .join(
                member_accounts,
                (member_accounts.c.account_id == roster.c.account_id)
                & (member_accounts.c.community_id == roster.c.community_id),
            )
            .where(roster.c.community_id == community_id, among(roster.c.id, "rows")),
            {"rows": list(rows)},
        )
        members = {row.id: row.member_id for row in found}
        wanted = {
            (("member", members[row]) if row in members else ("row", row), course) for row, course in pairs
        }
        which = or_(among(enrolments.c.row_id, "rows"), among(member_accounts.c.member_id, "members"))
        taken = await self._read(
            ENROLMENTS.where(
                enrolments.c.community_id == community_id, among(enrolments.c.course_id, "courses"), which
            ),
            rows=list(rows),
            courses=list(courses),
            members=list(set(members.values())),
        )
        return [each for each in taken if (each.whose, each.course_id) in wanted]

    async def _write(
        self, community_id: int, folds: Mapping[tuple[int, int], _Fold], source: Source
    ) -> dict[tuple[int, int], int]:
        """Write what is new or changed; the numbers of all."""
        numbers = {pair: fold.known.id for pair, fold in folds.items() if fold.known is not None}
        changed = [(fold.known.id, fold) for fold in folds.values() if fold.known and fold.changed]
        if changed:
            await self.connection.execute(
                update(enrolments)
                .where(enrolments.c.id == bindparam("of_row"))
                .values({name: bindparam(f"new_{name}") for name in KEPT}),
                [
                    {"of_row": id} | {f"new_{name}": value for name, value in fold.values.items()}
                    for id, fold in changed
                ],
            )
        fresh = [(pair, fold) for pair, fold in folds.items() if fold.known is None]
        if fresh:
            doors = await doors_of(self.connection, community_id, {course for (_, course), _ in fresh})
            made = await self.connection.execute(
                insert(enrolments).returning(enrolments.c.id, sort_by_parameter_order=True),
                [
                    {"community_id": community_id, "course_id": course, "row_id": row, "source": source}
                    | {"cohort_id": doors.entered(course, fold.enrolled_at) if fold.enrolled_at else None}
                    | fold.values
                    for (row, course), fold in fresh
                ],
            )
            numbers |= {pair: id for (pair, _), id in zip(fresh, made.scalars().all(), strict=True)}
        return numbers

    async def _write_done(
        self,
        folds: Mapping[tuple[int, int], _Fold],
        numbers: Mapping[tuple[int, int], int],
        source: Source,
    ) -> None:
        told = {
            (numbers[pair], lesson): each
            for pair, fold in folds.items()
            for lesson, each in fold.lessons.items()
        }
        if not told:
            return
        rows = await self.connection.execute(
            select(lessons_done).where(among(lessons_done.c.enrolment_id, "rows")),
            {"rows": list({row for row, _ in told})},
        )
        known = {(row.enrolment_id, row.lesson_id): row for row in rows}
        written = []
        for key, (at, mark) in told.items():
            before = known.get(key)
            if before is not None:
                at = min(at, before.done_at)
                mark = max((each for each in (mark, before.mark) if each is not None), default=None)
                if (at, mark) == (before.done_at, before.mark):
                    continue
            written.append(
                {
                    "enrolment_id": key[0],
                    "lesson_id": key[1],
                    "done_at": at,
                    "mark": mark,
                    "source": before.source if before is not None else source,
                }
            )
        if written:
            insertion = insert_into(self.connection, lessons_done)
            await self.connection.execute(
                insertion.on_conflict_do_update(
                    index_elements=[lessons_done.c.enrolment_id, lessons_done.c.lesson_id],
                    set_={"done_at": insertion.excluded.done_at, "mark": insertion.excluded.mark},
                ),
                written,
            )
