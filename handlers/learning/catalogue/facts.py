"""Facts: what can be said of a course and a lesson, how it is asked for, read, and written again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.numbers import get_currency_precision

from handlers.base import N_, Texts
from handlers.learning.misread import Misread
from handlers.learning.prices import price_of
from handlers.learning.told import (
    KIND_NAMES,
    TEACHER,
    TITLE,
    kind_of,
    language_of,
    level_of,
    link_of,
    minutes_of,
    one_line_of,
    tags_of,
    text_of,
)
from handlers.words.courses import LEVEL_WORDS
from storage.calendar import zone_of
from storage.courses import Course, Lesson, NewLesson, folded

FORM_TEXT = 4_000
"""As much as a form takes."""
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[ tT]+(\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be said of a course."""

    label: str
    """To be translated, as the button has it."""
    ask: str
    """To be translated, above the field."""
    read: Callable[[str], Mapping[str, Any]]
    """The columns that what was written gives; "" takes it away. Raises Misread."""
    written: Callable[[Texts, Course], str]
    """As somebody would write what stands now."""
    long: bool = False
    most: int = 300


def _title(text: str) -> Mapping[str, Any]:
    title = one_line_of(text)
    if not title:
        raise Misread(N_("a title is needed"))
    return {"title": title}


def _price(text: str) -> Mapping[str, Any]:
    if not text:
        return {"price": None, "currency": None}
    price = price_of(text)
    return {"price": price.amount, "currency": price.currency}


def _price_written(t: Texts, course: Course) -> str:
    if course.price is None:
        return ""
    if course.price == 0 or not course.currency:
        return t("free")
    digits = get_currency_precision(course.currency)
    return f"{course.price / 10**digits:.{digits}f} {course.currency}"


FACTS: Mapping[str, Fact] = {
    "title": Fact(N_("Title"), N_("The title"), _title, lambda t, c: c.title, most=TITLE),
    "text": Fact(
        N_("Text"),
        N_("What it is about, in a few sentences"),
        lambda text: {"text": text_of(text)},
        lambda t, c: c.text,
        long=True,
        most=FORM_TEXT,
    ),
    "level": Fact(
        N_("Level"),
        N_("Beginner, intermediate or advanced"),
        lambda text: {"level": level_of(text) if text else None},
        lambda t, c: t(LEVEL_WORDS[c.level]) if c.level else "",
    ),
    "language": Fact(
        N_("Language"),
        N_("Its language, such as English or 中文"),
        lambda text: {"language": language_of(text) if text else ""},
        lambda t, c: c.language,
    ),
    "price": Fact(N_("Price"), N_("The price, such as 49 EUR or free"), _price, _price_written),
    "link": Fact(
        N_("Link"),
        N_("The address of its page, such as https://example.com/git"),
        lambda text: {"link": link_of(text) if text else None},
        lambda t, c: c.link or "",
        most=1_000,
    ),
    "teacher": Fact(
        N_("Teacher"),
        N_("Who teaches it"),
        lambda text: {"teacher": one_line_of(text, TEACHER)},
        lambda t, c: c.teacher,
    ),
    "tags": Fact(
        N_("Tags"),
        N_("Topics, with commas between"),
        lambda text: {"tags": tags_of([text])},
        lambda t, c: ", ".join(c.tags),
        most=600,
    ),
    "minutes": Fact(
        N_("Length"),
        N_("How long it takes, such as 90 min or 12 h"),
        lambda text: {"minutes": minutes_of(text) if text else None},
        lambda t, c: f"{c.minutes} min" if c.minutes else "",
    ),
}

LESSON_LABELS: Mapping[str, tuple[str, str]] = {
    "title": (N_("Title"), N_("The title")),
    "minutes": (N_("Length"), N_("How long it takes, such as 12 min")),
    "link": (N_("Link"), N_("Where it is, such as https://example.com/lesson-1")),
    "text": (N_("Text"), N_("What it is about")),
    "when": (N_("Time"), N_("When it begins, such as 2026-12-01 19:00")),
}


def read_lesson_fact(name: str, text: str, lesson: Lesson, zone: str) -> dict[str, Any]:
    """The columns of a lesson that what was written gives. Raises Misread."""
    match name:
        case "title":
            return dict(_title(text))
        case "minutes":
            minutes = minutes_of(text) if text else None
            return {"minutes": minutes} | _times(lesson.starts_at, minutes)
        case "link":
            return {"link": link_of(text) if text else None}
        case "when":
            start = moment_of(text, zone) if text else None
            return _times(start, lesson.minutes) | ({"kind": "live"} if start else {})
        case _:
            return {"text": text_of(text)}


def lesson_fact_written(name: str, lesson: Lesson, zone: str) -> str:
    """As somebody would write what stands now."""
    match name:
        case "minutes":
            return f"{lesson.minutes} min" if lesson.minutes else ""
        case "when":
            return f"{lesson.starts_at.astimezone(zone_of(zone)):%Y-%m-%d %H:%M}" if lesson.starts_at else ""
        case _:
            return str(getattr(lesson, name) or "")


def lesson_of(line: str, zone: str) -> NewLesson:
    """A lesson from one line: "Branches | video | 12 min | https://...". Raises Misread.

    The title comes first; the others are told apart by what they are.
    """
    title, *parts = (part.strip() for part in re.split(r"[|｜]", line))
    told: dict[str, Any] = dict(_title(title))
    for part in filter(None, parts):
        if folded(part) in KIND_NAMES:
            told["kind"] = kind_of(part)
        elif "://" in part or part.startswith("www."):
            told["link"] = link_of(part)
        elif _MOMENT.fullmatch(part):
            told["starts_at"] = moment_of(part, zone)
            told.setdefault("kind", "live")
        else:
            told["minutes"] = minutes_of(part)
    told |= _times(told.get("starts_at"), told.get("minutes"))
    if told["starts_at"] is None:
        del told["starts_at"], told["ends_at"]
    return NewLesson(title, told)


def moment_of(text: str, zone: str) -> datetime:
    """ "2026-12-01 19:00" on the clock of a zone. Raises Misread."""
    match = _MOMENT.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        at = datetime.strptime(f"{match[1]} {match[2]}", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - its zone follows
        if not 1990 <= at.year <= 2150:
            raise ValueError(text)
    except ValueError:
        raise Misread(
            N_("the time “{text}” cannot be read; write it like 2026-12-01 19:00"), text=text[:40]
        ) from None
    return at.replace(tzinfo=zone_of(zone))


def _times(start: datetime | None, minutes: int | None) -> dict[str, Any]:
    """When a live lesson begins and ends; without a length it takes an hour."""
    return {"starts_at": start, "ends_at": start + timedelta(minutes=minutes or 60) if start else None}
