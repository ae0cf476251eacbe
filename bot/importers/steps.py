"""Steps: what a line of a file tells of how far somebody is in a course."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.importers.dates import day_of
from bot.importers.errors import Unfit
from bot.importers.neutral import Reading, words
from bot.learning import Step
from bot.sentences import Sentence
from storage.calendar import Calendar, zone_of
from storage.enrolments import Tell
from storage.roster import NewRow

STEP_NAMES = {
    "lesson": (
        "lesson", "lessonkey", "lessonid", "lessontitle", "lessonname", "module", "modulename",
        "课时", "课节", "章节",
    ),
    "done_at": (
        "doneat", "doneon", "done", "lessondoneat", "lessoncompletedat", "lessoncompletedon",
        "完成时间", "完成日期",
    ),
    "mark": ("mark", "grade", "quizmark", "quizscore", "result", "percent", "成绩", "得分"),
    "finished_at": (
        "finishedat", "finishedon", "finished", "coursefinishedat", "completedat", "completedon",
        "graduatedat", "结业时间", "结业日期", "学完时间",
    ),
    "stars": ("stars", "rating", "courserating", "评分", "星级"),
    "words": ("words", "review", "comment", "feedback", "评语", "评价"),
}  # fmt: skip
"""Columns of enrolments that tell of progress."""
LONGEST_WORDS, LONGEST_LESSON = 1_000, 200
_MARK = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*[%％]?")
_STARS = re.compile(r"([1-5])(?:[.,]0+)?")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d.*", re.IGNORECASE)
YES = {"yes", "y", "true", "x", "✓", "是"}
DONE_AT, FINISHED_AT = Sentence("when the lesson was done"), Sentence("when the course was finished")

Moment = datetime | date


@dataclass(frozen=True, slots=True)
class Progressed:
    """One thing that a line tells; `at` None: the file does not say when."""

    course: str
    what: Tell
    at: Moment | None
    lesson: str = ""
    mark: float | None = None
    stars: int | None = None
    words: str | None = None

    def step(self, who: NewRow, calendar: Calendar, now: datetime) -> Step:
        """It, as somebody's step at a moment."""
        return Step(
            who=who,
            course=self.course,
            what=self.what,
            at=min(_as_moment(self.at, calendar, now), now),
            lesson=self.lesson,
            mark=self.mark,
            stars=self.stars,
            words=self.words,
        )


def progress_in(
    cells: Mapping[str, str], courses: Sequence[str], bought_on: date | None, reading: Reading
) -> tuple[Progressed, ...]:
    """What a line tells of progress. Raises Unfit."""
    told = {name: cells.get(name, "") for name in STEP_NAMES}
    if not any(told.values()):
        return ()
    if len(courses) != 1 or not courses[0]:
        raise Unfit("a line that tells of progress names one course")
    course, lesson = courses[0], words(told["lesson"])
    if len(lesson) > LONGEST_LESSON:
        raise Unfit("a lesson's name is longer than {n} characters", n=LONGEST_LESSON)
    done_at = _moment(told["done_at"], DONE_AT, reading)
    finished_at = _moment(told["finished_at"], FINISHED_AT, reading)
    mark, stars = mark_of(told["mark"]), _stars(told["stars"])
    if not lesson and (mark is not None or told["done_at"]):
        raise Unfit("the lesson is missing")
    found: list[Progressed] = []
    if lesson and (mark is not None or _said(told["done_at"])):
        found.append(Progressed(course, "done", done_at or finished_at, lesson, mark))
    if _said(told["finished_at"]):
        found.append(Progressed(course, "finished", finished_at))
    if stars is not None:
        text = words(told["words"])[:LONGEST_WORDS] or None
        when = finished_at or done_at or bought_on
        found.append(Progressed(course, "rated", when, stars=stars, words=text))
    return tuple(found)


def mark_of(text: str) -> float | None:
    """The share that "80" or "80 %" is; None for none. Raises Unfit."""
    if not text or text in ("-", "n/a"):
        return None
    found = _MARK.fullmatch(text)
    share = float(found[1].replace(",", ".")) / 100 if found else 2.0
    if share > 1:
        raise Unfit("the mark “{mark}” is no percentage from 0 to 100", mark=text[:20])
    return share


def _stars(text: str) -> int | None:
    if not text:
        return None
    found = _STARS.fullmatch(text)
    if found is None:
        raise Unfit("the stars “{stars}” are no whole number from 1 to 5", stars=text[:20])
    return int(found[1])


def _said(text: str) -> bool:
    return bool(text) and text.casefold() not in ("no", "false", "0", "-", "n/a", "null", "none", "否")


def _moment(text: str, what: Sentence, reading: Reading) -> Moment | None:
    """A day, or a day with its time; None where none is told, or that it is so without saying when."""
    if not _said(text) or text.casefold() in YES or text == "1":
        return None
    found: Moment | None = None
    if _CLOCK.fullmatch(text):
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Unfit("{what} is no date; write it like 2026-03-01", what=what) from None
        if not 1990 <= found.year <= 2150:
            raise Unfit("{what}: the date {day} cannot be true", what=what, day=found.date())
    else:
        found = day_of(text, what)
    day = found.date() if isinstance(found, datetime) else found
    if day is not None and reading.latest is not None and day > reading.latest.date() + timedelta(days=1):
        raise Unfit("the date {day} is in the future", day=day)
    return found


def _as_moment(at: Moment | None, calendar: Calendar, now: datetime) -> datetime:
    """A day is taken for its beginning, a time without a zone for the community's."""
    if at is None:
        return now
    if isinstance(at, datetime):
        return (at if at.tzinfo else at.replace(tzinfo=zone_of(calendar.zone))).astimezone(UTC)
    return calendar.start_of(at)
