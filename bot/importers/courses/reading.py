"""Reading: a row of a catalogue becomes a course as it is told; what cannot be read of it is left out."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.importers.courses.columns import LESSON, Row, as_texts, known_in, rows_of
from bot.importers.errors import Unfit, unfit
from bot.importers.files import opened
from bot.importers.neutral import Reading
from handlers.base import N_
from handlers.learning.misread import Misread
from handlers.learning.prices import price_of
from handlers.learning.told import (
    TEACHER,
    kind_of,
    language_of,
    level_of,
    link_of,
    minutes_of,
    one_line_of,
    tags_of,
    text_of,
    without_html,
)
from storage.calendar import zone_of
from storage.courses import CourseState, NewLesson, folded

NOTHING = "-"
"""Empties what stands there; an empty cell changes nothing."""
LONGEST_KEY = 200
MOST_LESSONS = 1_000
MOST_NEEDS = 50
STATES: Mapping[str, CourseState] = {
    "draft": "draft", "hidden": "draft", "unpublished": "draft", "no": "draft", "false": "draft",
    "0": "draft", "草稿": "draft",
    "published": "published", "active": "published", "public": "published", "live": "published",
    "yes": "published", "true": "published", "1": "published", "已发布": "published", "上架": "published",
    "archived": "archived", "retired": "archived", "closed": "archived", "已归档": "archived",
    "下架": "archived",
}  # fmt: skip
_WEEKS = re.compile(r"(\d{1,3}(?:[.,]\d)?)\s*(?:weeks?|wks?|周|星期)")
_EACH_WEEK = re.compile(
    r"(\d{1,3}(?:[.,]\d)?)(?:\s*[-–—~至]\s*(\d{1,3}(?:[.,]\d)?))?\s*(?:h|hrs?|hours?|小时)\s*"
    r"(?:/|per|a|每)?\s*(?:w|week|周)?"
)
_MOMENT = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%Y年%m月%d日 %H:%M")


@dataclass(slots=True)
class Line:
    """What one row of a file tells of a course."""

    number: int
    key: str
    language: str
    told: dict[str, Any]
    lessons: list[NewLesson] = field(default_factory=list)
    needs: list[str] | None = None
    """Keys or titles of courses, as they are written; None: nothing is told of it."""
    lesson_row: bool = False
    """It is a line of one lesson; the next may be about the same course."""


def read_courses(path: Path, reading: Reading, *, zone: str = "UTC", name: str = "") -> Iterator[Line]:
    """What a file tells, row by row. Bad rows and bad facts go to `reading`. Raises ImportProblem.

    `zone` is the one of times without any; `name` is what the file is called where its path does not say it.
    """
    name = name or path.name
    last: Line | None = None
    with opened(path, reading, name) as file:
        for number, row in rows_of(file, name, reading):
            try:
                line = _line(number, row, reading, zone, last)
            except ValueError as error:
                reading.refuse(number, unfit(error))
                continue
            reading.records += 1
            last = line
            yield line


def _line(number: int, row: Row, reading: Reading, zone: str, last: Line | None) -> Line:
    facts = _Facts(number, row, reading)
    title = one_line_of(without_html(facts.text("title")))
    lesson_row = any(what.startswith("lesson ") for what in row)
    language = facts.read("language", language_of) or ""
    key = _key(facts, title, language)
    if not key:
        # In a spreadsheet the course often stands in the first line of its lessons alone.
        if not lesson_row or last is None or not last.lesson_row:
            raise Unfit("there is neither an id nor a title")
        key, language = last.key, last.language
    told = _told(facts, title)
    if language:
        told["language"] = language
    line = Line(number, key, language, told, needs=_needs(facts), lesson_row=lesson_row)
    nested = [
        each for value in row.get("lessons", ()) for each in (value if isinstance(value, list) else [value])
    ]
    if len(nested) > MOST_LESSONS:
        raise Unfit("there are more than {n} lessons", n=MOST_LESSONS)
    for place, each in enumerate(nested, start=1):
        if isinstance(each, Mapping):
            inner = _Facts(number, known_in(each.items(), LESSON), reading)
        else:
            inner = _Facts(number, {"lesson title": [each]}, reading)
        if (lesson := _lesson(inner, zone, place)) is not None:
            line.lessons.append(lesson)
    if lesson_row and (lesson := _lesson(facts, zone, 0)) is not None:
        line.lessons.append(lesson)
    return line


class _Facts:
    """The facts of one row; what cannot be read is told to whoever gave the file, and left out."""

    def __init__(self, number: int, row: Row, reading: Reading) -> None:
        self.number = number
        self.row = row
        self.reading = reading

    def texts(self, what: str) -> list[str]:
        """What stands there, as texts."""
        found = self.row.get(what)
        return [] if found is None else [text for text in as_texts(found) if text.strip()]

    def text(self, what: str) -> str:
        """What stands there first."""
        found = self.texts(what)
        return found[0].strip() if found else ""

    def read(self, what: str, reader: Callable[[str], Any]) -> Any:
        """What is meant; None where nothing is told, or what is told cannot be read."""
        text = self.text(what)
        if not text or text == NOTHING:
            return None
        try:
            return reader(text)
        except Misread as error:
            self.spoil(error)
            return None

    def spoil(self, error: Misread) -> None:
        """One fact is left out, and why."""
        self.reading.spoil(self.number, Unfit(error.text, **error.values))

    def put(
        self, told: dict[str, Any], name: str, what: str, reader: Callable[[str], Any], empty: Any
    ) -> None:
        """A column, where something is told of it."""
        text = self.text(what)
        if text == NOTHING:
            told[name] = empty
            return
        wrong = self.reading.spoilt
        value = self.read(what, reader)
        if text and wrong == self.reading.spoilt:
            told[name] = value


def _told(facts: _Facts, title: str) -> dict[str, Any]:
    told: dict[str, Any] = {"title": title} if title else {}
    facts.put(told, "level", "level", level_of, None)
    facts.put(told, "link", "link", link_of, None)
    facts.put(told, "state", "state", _state, "published")
    texts = facts.texts("text")
    if texts:
        told["text"] = "" if texts == [NOTHING] else text_of(without_html("\n\n".join(texts)))
    if names := facts.texts("teacher"):
        joined = ", ".join(dict.fromkeys(names))
        told["teacher"] = "" if names == [NOTHING] else one_line_of(without_html(joined), TEACHER)
    if tags := facts.texts("tags"):
        told["tags"] = [] if tags == [NOTHING] else tags_of(map(without_html, tags))
    _price(facts, told)
    _length(facts, told)
    return told


def _price(facts: _Facts, told: dict[str, Any]) -> None:
    text = facts.text("price")
    if text == NOTHING:
        told |= {"price": None, "currency": None}
    elif (price := facts.read("price", lambda text: price_of(text, facts.text("currency")))) is not None:
        told |= {"price": price.amount, "currency": price.currency}


def _length(facts: _Facts, told: dict[str, Any]) -> None:
    """Minutes; or hours; or weeks, where a file says how many hours each takes."""
    if hours := facts.text("hours"):
        told["minutes"] = facts.read(
            "hours", lambda text: minutes_of(f"{text} h" if _is_number(text) else text)
        )
        if told["minutes"] is None and hours != NOTHING:
            del told["minutes"]
        return
    text = facts.text("minutes")
    if (weeks := _WEEKS.fullmatch(text.casefold())) is not None:
        each = _EACH_WEEK.fullmatch(facts.text("effort").casefold())
        if each is not None:
            low, high = (float((part or each[1]).replace(",", ".")) for part in each.groups())
            told["minutes"] = round(float(weeks[1].replace(",", ".")) * (low + high) / 2 * 60) or None
        return
    facts.put(told, "minutes", "minutes", minutes_of, None)


def _lesson(facts: _Facts, zone: str, place: int) -> NewLesson | None:
    title = one_line_of(without_html(facts.text("lesson title")))
    key = folded(one_line_of(facts.text("lesson key") or title, LONGEST_KEY))
    if not key:
        facts.spoil(Misread(N_("a lesson without a title is left out")))
        return None
    told: dict[str, Any] = {"title": title} if title else {}
    facts.put(told, "kind", "lesson kind", kind_of, "article")
    facts.put(told, "link", "lesson link", link_of, None)
    if texts := facts.texts("lesson text"):
        told["text"] = text_of(without_html("\n".join(texts)))
    lengths = [
        minutes for text in facts.texts("lesson minutes") if (minutes := _minutes(facts, text)) is not None
    ]
    if lengths:
        told["minutes"] = sum(lengths)
    facts.put(told, "starts_at", "lesson starts", lambda text: _moment(text, zone), None)
    facts.put(told, "ends_at", "lesson ends", lambda text: _moment(text, zone), None)
    if told.get("starts_at") is not None:
        told.setdefault("kind", "live")
        told.setdefault("ends_at", told["starts_at"] + timedelta(minutes=told.get("minutes") or 60))
    number = facts.text("lesson place")
    if number.isascii() and number.isdigit() and len(number) < 6:
        told["position"] = int(number)
    elif place:
        told["position"] = place
    return NewLesson(key, told)


def _minutes(facts: _Facts, text: str) -> int | None:
    try:
        return minutes_of(text)
    except Misread as error:
        facts.spoil(error)
        return None


def _key(facts: _Facts, title: str, language: str) -> str:
    """By which a course is the same in every file: its id, its slug with its language, or its title."""
    id = one_line_of(facts.text("key"), LONGEST_KEY)
    slug = one_line_of(facts.text("slug"), LONGEST_KEY)
    if not id and slug and language:
        return folded(f"{slug}:{language}")
    return folded(id or slug or title)[:LONGEST_KEY]


def _needs(facts: _Facts) -> list[str] | None:
    texts = facts.texts("needs")
    if not texts:
        return None
    if texts == [NOTHING]:
        return []
    return [text.strip() for text in texts if text.strip()][:MOST_NEEDS]


def _state(text: str) -> CourseState:
    state = STATES.get(folded(text))
    if state is None:
        raise Misread(N_("the state “{text}” is none of published, draft, archived"), text=text[:40])
    return state


def _moment(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _local(text)
    if not 1990 <= at.year <= 2150:
        raise Misread(N_("the time “{text}” cannot be read; write it like 2026-12-01 19:00"), text=text[:40])
    return at if at.tzinfo is not None else at.replace(tzinfo=zone_of(zone))


def _local(text: str) -> datetime:
    for pattern in _MOMENT:
        try:
            return datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - the community's zone follows
        except ValueError:
            continue
    raise Misread(N_("the time “{text}” cannot be read; write it like 2026-12-01 19:00"), text=text[:40])


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d{1,6}(?:[.,]\d{1,3})?", text) is not None
