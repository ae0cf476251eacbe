"""Bringing: what a file tells of courses goes into the catalogue, page by page; at the end their needs."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic

from bot.clock import Clock, utc_now
from bot.importers.courses.needing import Wanted, settled
from bot.importers.courses.reading import Line
from bot.importers.errors import ImportProblem, Unfit
from bot.importers.neutral import Reading
from storage.courses import NewCourse, NewLesson, Taken
from storage.courses.taking_in import What
from storage.database import Database
from storage.values import Community

PAGE = 500
TOLD_EVERY = 1.0


def _none() -> dict[What, int]:
    return {"added": 0, "changed": 0, "known": 0}


@dataclass(slots=True)
class Brought:
    """What came of bringing courses."""

    community: str = ""
    courses: dict[What, int] = field(default_factory=_none)
    lessons: dict[What, int] = field(default_factory=_none)
    needs: int = 0
    """Courses of which other ones are needed than before."""
    archived: int = 0
    enrolled: int = 0
    """Purchases of before that are enrolments now."""
    removed: int = 0
    """Lessons that the file does not have any more, where that was asked for."""
    kept_back: bool = False
    """Nothing was archived, for rows were refused: they may be the missing ones."""
    seconds: float = 0.0


class _NotKept(Exception):
    """Ends the transaction of a dry run."""


async def bring_courses(
    database: Database,
    community: Community,
    lines: Iterator[Line],
    *,
    reading: Reading,
    archive_missing: bool = False,
    dry_run: bool = False,
    page: int = PAGE,
    clock: Clock = utc_now,
    progress: Callable[[int, float], None] = lambda _done, _seconds: None,
) -> Brought:
    """Add courses and lessons, change what is told otherwise. Safe to call twice, and to break off.

    What is not in the file stays as it is; with `archive_missing` it is archived, and what is in it is
    published again. Raises ImportProblem and StorageError.
    """
    began = told = monotonic()
    desk = _Bringing(database, community, reading, archive_missing, dry_run, clock)
    done = 0
    while some := await asyncio.to_thread(lambda: list(islice(lines, page))):
        await desk.take(some)
        done += len(some)
        if (now := monotonic()) - told >= TOLD_EVERY:
            told = now
            progress(done, now - began)
    await desk.take_needs()
    if archive_missing:
        await desk.archive()
    await desk.take_purchases()
    desk.brought.seconds = monotonic() - began
    return desk.brought


@dataclass(slots=True)
class _Course:
    """One course of the file, as far as it was read."""

    number: int
    """Its first row."""
    key: str
    language: str
    told: dict[str, object]
    lessons: dict[str, NewLesson] = field(default_factory=dict)
    needs: list[str] | None = None
    rows: bool = False
    """It comes one line a lesson."""


class _Bringing:
    """One file on its way into the catalogue."""

    def __init__(
        self,
        database: Database,
        community: Community,
        reading: Reading,
        revive: bool,
        dry_run: bool,
        clock: Clock,
    ) -> None:
        self.database = database
        self.community = community
        self.reading = reading
        self.revive = revive
        self.dry_run = dry_run
        self.clock = clock
        self.brought = Brought(community.name)
        self.seen: dict[str, tuple[int, str, bool]] = {}
        """Key in the catalogue -> first row, language, whether one line a lesson."""
        self.ids: dict[str, int] = {}
        self.named: dict[int, set[str]] = defaultdict(set)
        """Course -> the lessons that the file has."""
        self.titles: list[tuple[str, str, int]] = []
        """Of what a dry run would add."""
        self.wanted: list[Wanted] = []

    async def take(self, lines: Sequence[Line]) -> None:
        """One page."""
        named = {line.key for line in lines} | {
            f"{line.key}.{line.language}" for line in lines if line.language
        }
        async with self.database.read() as store:
            known = await store.courses.keys(self.community.id, named)
        found: dict[str, _Course] = {}
        for line in lines:
            key = self._key_of(line, known)
            if key in self.seen or key in found:
                self._again(line, key, found)
            elif key not in known and not line.told.get("title"):
                self.reading.refuse(line.number, Unfit("the course is new, and has no title"))
            else:
                course = _Course(line.number, key, line.language, dict(line.told), rows=line.lesson_row)
                course.needs = line.needs
                found[key] = course
                self.seen[key] = (line.number, line.language, line.lesson_row)
                self._lessons(course, line)
        await self._write(list(found.values()))

    def _key_of(self, line: Line, known: Mapping[str, int]) -> str:
        """A course in two languages may come under one id: the second is told apart by its language."""
        apart = f"{line.key}.{line.language}"
        if not line.language:
            return line.key
        if apart in known or apart in self.seen:
            return apart
        before = self.seen.get(line.key)
        return apart if before is not None and before[1] not in ("", line.language) else line.key

    def _again(self, line: Line, key: str, found: dict[str, _Course]) -> None:
        number, language, rows = self.seen.get(key, (0, "", False))
        if not (line.lesson_row and rows):
            self.reading.refuse(
                line.number, Unfit("the id “{key}” stands in row {row} already", key=key[:60], row=number)
            )
            return
        if key not in found:
            found[key] = _Course(number, key, language, {}, rows=True)
        course = found[key]
        course.told = {**line.told, **course.told}
        course.needs = line.needs if course.needs is None else course.needs
        self._lessons(course, line)

    def _lessons(self, course: _Course, line: Line) -> None:
        for lesson in line.lessons:
            if lesson.key in course.lessons:
                self.reading.spoil(
                    line.number, Unfit("the lesson “{key}” stands in its course already", key=lesson.key[:60])
                )
                continue
            if "position" not in lesson.told:
                taken = self.named.get(self.ids.get(course.key, 0), set())
                place = len(taken | course.lessons.keys()) + 1
                lesson = NewLesson(lesson.key, {**lesson.told, "position": place})
            course.lessons[lesson.key] = lesson

    async def _write(self, courses: Sequence[_Course]) -> None:
        rows = [NewCourse(each.key, each.told, tuple(each.lessons.values())) for each in courses]
        taken: list[Taken] = []
        try:
            async with self.database.write() as store:
                taken = await store.courses.take_in(
                    self.community.id, rows, revive=self.revive, now=self.clock()
                )
                if self.dry_run:
                    raise _NotKept
        except _NotKept:
            pass
        for course, what in zip(courses, taken, strict=True):
            self._note(course, what)

    def _note(self, course: _Course, taken: Taken) -> None:
        again = course.key in self.ids
        if self.dry_run and taken.what == "added":
            # What a dry run adds is gone again, and its number with it.
            taken.id = self.ids.get(course.key, -len(self.ids) - 1)
            self.titles.append((str(course.told.get("title", "")), course.language, taken.id))
        self.ids[course.key] = taken.id
        self.named[taken.id] |= course.lessons.keys()
        if not again:
            self.brought.courses[taken.what] += 1
        for each, count in taken.lessons.items():
            self.brought.lessons[each] += count
        if course.needs is not None:
            self.wanted.append(Wanted(taken.id, course.number, course.language, tuple(course.needs)))

    async def take_needs(self) -> None:
        """What is needed before what, once all courses are known."""
        if not self.wanted:
            return
        async with self.database.read() as store:
            keys = await store.courses.keys(self.community.id)
            titles = await store.courses.titles(self.community.id)
            standing = await store.courses.all_needs(self.community.id)
        kept = await asyncio.to_thread(
            settled, self.wanted, keys | self.ids, titles + self.titles, standing, self.reading
        )
        pairs = list(kept.items())
        for start in range(0, len(pairs), PAGE):
            some = dict(pairs[start : start + PAGE])
            if self.dry_run:
                self.brought.needs += sum(
                    set(standing.get(course, ())) != set(some[course]) for course in some
                )
                continue
            async with self.database.write() as store:
                self.brought.needs += await store.courses.take_needs(some)

    async def take_purchases(self) -> None:
        """Who bought a course before it was in the catalogue takes it from now on."""
        if not self.dry_run:
            async with self.database.write() as store:
                self.brought.enrolled = await store.enrolments.take_purchases(self.community.id)

    async def archive(self) -> None:
        """What the file does not have. Raises ImportProblem where it has nothing at all."""
        if not self.ids:
            raise ImportProblem("There is no course in this file, so nothing is archived.")
        if self.reading.refused:
            self.brought.kept_back = True
            return
        told = {course: keys for course, keys in self.named.items() if keys}
        try:
            async with self.database.write() as store:
                self.brought.archived = await store.courses.archive_others(
                    self.community.id, self.ids.values(), now=self.clock()
                )
                self.brought.removed = await store.courses.remove_other_lessons(told, now=self.clock())
                if self.dry_run:
                    raise _NotKept
        except _NotKept:
            pass
