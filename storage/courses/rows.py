"""Rows: what a course and a lesson are, and what is told of one by a file or a form."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select

from storage.tables import courses, lessons

CourseState = Literal["draft", "published", "archived"]
STATES: Final[tuple[CourseState, ...]] = ("draft", "published", "archived")
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


@dataclass(frozen=True, slots=True)
class NewLesson:
    """A lesson as it is told: `told` has the columns of which something is said, by their names."""

    key: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewCourse:
    """A course as it is told: `told` has the columns of which something is said, by their names."""

    key: str
    told: Mapping[str, Any] = field(default_factory=dict)
    lessons: tuple[NewLesson, ...] = ()
    """In their order. Those that are not named stay."""


COURSE_FACTS: Final = (
    "title",
    "text",
    "language",
    "level",
    "price",
    "currency",
    "link",
    "teacher",
    "tags",
    "minutes",
    "state",
)
"""What may be told of a course."""
LESSON_FACTS: Final = ("title", "kind", "text", "link", "minutes", "starts_at", "ends_at")
"""What may be told of a lesson."""


def folded(text: str) -> str:
    """By which two texts are the same: compatibility forms, case and blanks folded away."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def sought_in(title: str, teacher: str, tags: Iterable[str], key: str) -> str:
    """What a search looks through: a line each, the tags as `#tag` with nothing beside."""
    return "\n".join((folded(title), folded(teacher), folded(key), *(f"#{folded(tag)}" for tag in tags), ""))


COURSES = select(
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

LESSONS = select(
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


def course_from(row: Any, needs: tuple[int, ...]) -> Course:
    """A row of COURSES."""
    values = dict(row._mapping) | {"tags": tuple(row.tags), "needs": needs}
    return Course(**values)
