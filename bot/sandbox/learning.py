"""Learning: what the sample's members do with its courses: take, do lessons, stall, finish, rate, go on.

Everybody has tastes of their own, so that there is something to learn from what they do: a field that they
came for, a second one, and little for the rest; who finished a course often takes the one that builds on it.
The same seed gives the same ways, however time is cut.
"""

import heapq
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.sandbox.people import Character, Role, Temperament
from bot.sandbox.school import School
from bot.sandbox.talk import awake
from bot.sandbox.taught import Lesson, Taught

What = Literal["enrol", "do", "finish", "rate"]
LEARNS = {
    Temperament.LURKER: 0.75,
    Temperament.QUIET: 0.9,
    Temperament.REGULAR: 0.97,
    Temperament.CHATTY: 0.8,
    Temperament.HELPER: 0.97,
}
"""So many take a course at all; the others are here for the company."""
LESSONS_A_DAY = 0.7
"""How many lessons an eager member does a day, in the middle of them."""
STALLS = 0.035
"""So many stop for good after a lesson."""
RESTS = 0.12
"""So many lessons are followed by a pause of a week or two."""
GOES_ON = 0.75
"""So many who finish a course take another."""
BESIDE = 0.3
"""So many take a second course while they are in their first."""
BEFORE = timedelta(days=150)
"""Since when the school has sold courses, before it had a community."""
CUSTOMERS = 0.7
"""So many had taken a course before they joined."""
MAIN, SECOND, REST = 1.0, 0.45, 0.07
FOLLOWS = 4.0
"""How much likelier a course is for who finished what it builds on."""
RATES = 0.6


@dataclass(frozen=True, slots=True)
class Learnt:
    """One thing that somebody did with a course."""

    at: datetime
    who: Character
    what: What
    course: Taught
    heard: datetime
    """When the school's community hears of it: what was before somebody joined, a moment after that."""
    lesson: int = 0
    """Its number, from 1."""
    mark: float | None = None
    stars: int = 0
    words: str = ""
    before: bool = False
    """Whether it is from before they came."""


def learnings(school: School, people: Sequence[Character], seed: int, start: datetime) -> Iterator[Learnt]:
    """What everybody does, in the order in which it is heard of; it has an end."""
    ways = (_Way(school, one, seed, start).steps() for one in people if learns(one))
    return heapq.merge(*ways, key=lambda learnt: learnt.heard)


def learns(one: Character) -> bool:
    """Whether somebody may be a learner: neither staff nor here to sell."""
    return one.role is Role.MEMBER and one.temperament is not Temperament.SPAMMER


def tastes(school: School, one: Character, seed: int) -> Mapping[str, float]:
    """How much somebody likes each field."""
    fields = list(dict.fromkeys(course.field for course in school.taught))
    main = _taught(school, one.course.id).field
    chance = random.Random(f"tastes {one.id} of {seed}")  # noqa: S311 - made-up people
    second = chance.choice([field for field in fields if field != main])
    return {field: MAIN if field == main else SECOND if field == second else REST for field in fields}


class _Way:
    """One member's way through the catalogue."""

    def __init__(self, school: School, one: Character, seed: int, start: datetime) -> None:
        self.school, self.one, self.start = school, one, start
        self.tastes = tastes(school, one, seed)
        self.chance = random.Random(f"learning {one.id} of {seed}")  # noqa: S311 - made-up people
        self.zone = ZoneInfo(school.zone)
        self.pace = LESSONS_A_DAY * one.energy * math.exp(self.chance.gauss(0, 0.5))
        self.taken: set[str] = set()
        self.finished: set[str] = set()

    def steps(self) -> Iterator[Learnt]:
        """Everything that they do, as it is heard of."""
        if self.chance.random() > LEARNS[self.one.temperament]:
            return
        yield from self._before()
        first = self.one.joins + timedelta(hours=2 + 30 * self.chance.random() ** 2)
        own = _taught(self.school, self.one.course.id)
        course = self._next() if own.id in self.taken else own
        yield from heapq.merge(self._onwards(course, first), self._beside(first), key=lambda each: each.heard)

    def _before(self) -> Iterator[Learnt]:
        """What customers did before they joined, from the school's books."""
        if self.chance.random() > CUSTOMERS:
            return
        at = self.start - BEFORE * (0.4 + 0.6 * self.chance.random())
        for _ in range(self.chance.choice((1, 1, 2, 2, 3, 4))):
            course = self._next()
            if course is None:
                return
            for learnt in self._course(course, at):
                if learnt.at >= self.one.joins:
                    return
                if learnt.what != "do":  # the books know of no single lessons
                    yield learnt
                at = learnt.at
            at += timedelta(days=self.chance.uniform(1, 20))

    def _onwards(self, course: Taught | None, at: datetime) -> Iterator[Learnt]:
        """One course, and the next one after it, as long as they like."""
        while course is not None and self.one.is_here(at):
            for learnt in self._course(course, at):
                yield learnt
                at = learnt.at
            if course.id not in self.finished or self.chance.random() > GOES_ON:
                return
            at = self._awake(at + timedelta(days=0.05 + 9 * self.chance.random() ** 2))
            course = self._next()

    def _beside(self, first: datetime) -> Iterator[Learnt]:
        """A second course, begun while they are in the first."""
        if self.chance.random() < BESIDE:
            at = self._awake(first + timedelta(days=self.chance.uniform(2, 25)))
            course = self._next()
            if course is not None and self.one.is_here(at):
                yield from self._course(course, at)

    def _next(self) -> Taught | None:
        """What they take next: what they like, among what is open to them."""
        open_ = [
            course
            for course in self.school.taught
            if course.id not in self.taken and not course.new and self.finished.issuperset(course.needs)
        ]
        if not open_:
            return None
        liked = [self.tastes[each.field] * (FOLLOWS if each.needs else 1.0) for each in open_]
        return self.chance.choices(open_, weights=liked)[0]

    def _course(self, course: Taught, at: datetime) -> Iterator[Learnt]:
        self.taken.add(course.id)
        yield self._learnt(at, "enrol", course)
        liking = self.tastes[course.field]
        for number, lesson in enumerate(course.lessons, 1):
            days = self.chance.expovariate(self.pace * (0.5 + 0.5 * liking)) if number > 1 else 0.1
            if self.chance.random() < RESTS:
                days += self.chance.uniform(5, 14)
            at = self._awake(at + timedelta(days=days, minutes=lesson.minutes))
            stays = at < self.one.joins or self.one.is_here(at)
            if not stays or self.chance.random() < STALLS * (2 - liking):
                return
            yield self._learnt(at, "do", course, lesson=number, mark=self._mark(lesson, liking))
        self.finished.add(course.id)
        yield self._learnt(at, "finish", course)
        if self.chance.random() < RATES:
            yield self._rating(course, at + timedelta(minutes=self.chance.uniform(0.5, 4)), liking)

    def _rating(self, course: Taught, at: datetime, liking: float) -> Learnt:
        stars = min(max(round(2.6 + 2.0 * liking + self.chance.gauss(0, 0.8)), 1), 5)
        said = self.school.words["liked" if stars >= 4 else "disliked"]
        words = self.chance.choice(said) if self.chance.random() < 0.5 else ""
        return self._learnt(at, "rate", course, stars=stars, words=words)

    def _mark(self, lesson: Lesson, liking: float) -> float | None:
        if lesson.kind != "quiz":
            return None
        return round(min(max(self.chance.gauss(0.7 + 0.15 * liking, 0.12), 0.2), 1.0), 2)

    def _learnt(self, at: datetime, what: What, course: Taught, **more: object) -> Learnt:
        before = at < self.one.joins
        heard = self.one.joins + timedelta(minutes=1) if before else at
        return Learnt(at, self.one, what, course, heard, before=before, **more)  # type: ignore[arg-type]

    def _awake(self, at: datetime) -> datetime:
        return awake(at, self.zone, self.chance)


def _taught(school: School, course: str) -> Taught:
    return next(each for each in school.taught if each.id == course)
