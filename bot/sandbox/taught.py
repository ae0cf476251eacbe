"""Taught: the sample school's catalogue, courses with their lessons, and what people have a taste for."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from storage.courses import LEVELS, LessonKind, NewCourse, NewLesson

FOLDER = Path(__file__).parent / "sample"
PAGES = "https://example.org/courses"


class Written(BaseModel):
    """What stands in the sample's files."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lesson(Written):
    """One lesson; written `kind minutes title: text`."""

    kind: LessonKind
    minutes: int = Field(ge=1, le=240)
    title: str = Field(min_length=2)
    text: str = Field(min_length=20)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, written: object) -> object:
        if not isinstance(written, dict) or len(written) != 1:
            return written
        ((head, text),) = written.items()
        kind, minutes, title = str(head).split(" ", 2)
        return {"kind": kind, "minutes": minutes, "title": title, "text": text}


class Taught(Written):
    """A course of the catalogue."""

    id: str
    title: str
    teacher: str
    level: Literal["beginner", "intermediate", "advanced"]
    price: str = Field(pattern=r"^\d+ [A-Z]{3}$")
    new: bool = False
    """Whether nobody is in it yet."""
    needs: tuple[str, ...] = ()
    tags: tuple[str, ...] = Field(min_length=2)
    about: str
    lessons: tuple[Lesson, ...] = Field(min_length=3)

    @property
    def field(self) -> str:
        """What people have a taste for."""
        return self.tags[0]


@cache
def taught_in(language: str) -> tuple[Taught, ...]:
    """The catalogue of the school that speaks a language ("en", "zh"), in its order."""
    return tuple(Taught.model_validate(each) for each in read_sample(f"courses.{language}.yaml"))


def spoken(language: str) -> str:
    """By what name the sample's files have a language; English where it is not written yet."""
    name = language.partition("_")[0]
    return name if (FOLDER / f"{name}.yaml").is_file() else "en"


def read_sample(name: str) -> Any:
    """What stands in a file of the sample."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe


def cover_of(course: Taught) -> bytes:
    """The picture of its card; `python -m tests.sandbox_covers` drew it."""
    return (FOLDER / "covers" / f"{course.id}.png").read_bytes()


def as_told(course: Taught, language: str) -> NewCourse:
    """The course as an importer would tell it."""
    amount, currency = course.price.split()
    page = f"{PAGES}/{course.id}"
    return NewCourse(
        course.id,
        {
            "title": course.title,
            "text": course.about,
            "language": language.partition("_")[0],
            "level": LEVELS[course.level],
            "price": int(amount) * 100,
            "currency": currency,
            "link": page,
            "teacher": course.teacher,
            "tags": list(course.tags),
            "minutes": sum(lesson.minutes for lesson in course.lessons),
            "state": "published",
        },
        tuple(
            NewLesson(
                f"{course.id}-{number}",
                {
                    "title": lesson.title,
                    "kind": lesson.kind,
                    "text": lesson.text,
                    "link": f"{page}/{number}",
                    "minutes": lesson.minutes,
                    "position": number,
                },
            )
            for number, lesson in enumerate(course.lessons, 1)
        ),
    )
