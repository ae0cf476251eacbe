"""Learning: what a shop or a file tells of people in courses becomes enrolments, lessons done, and points.

Steps may come in any order and any number of times: storage/enrolments/telling.py folds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.importers.errors import Unfit
from handlers.base import Award
from handlers.learning.progress import Settings, unpaid
from storage.courses import Lesson, folded
from storage.enrolments import Enrolment, Sold, Source, Tell, Told
from storage.roster import NewRow
from storage.store import Store
from storage.values import Community


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that one person did in one course."""

    who: NewRow
    course: str
    """Its key or its title."""
    what: Tell
    at: datetime
    lesson: str = ""
    """Its key, its title or its place in the course."""
    mark: float | None = None
    """The share that was right, 0 to 1."""
    stars: int | None = None
    words: str | None = None
    paid_until: date | None = None


@dataclass(slots=True)
class Taken:
    """What came of some steps."""

    faults: dict[int, Unfit] = field(default_factory=dict)
    """Place of a step -> why it could not be taken."""
    waiting: int = 0
    """Purchases of courses that are in no catalogue yet: they count when the course is there."""
    below: int = 0
    """Marks that are not enough for a lesson to be done."""
    enrolments: list[Enrolment] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)


async def take_steps(
    store: Store, community: Community, rules: Settings, steps: Sequence[Step], *, source: Source, sells: bool
) -> Taken:
    """Take in what people did who are on the roster. Safe to call twice, and in any order.

    `sells`: what is bought and refunded is written on the roster, too.
    """
    taken = Taken()
    rows = await store.roster.whose(community.id, [step.who for step in steps])
    named = await store.enrolments.courses_called(community.id, {step.course for step in steps})
    lessons = await store.courses.lessons_of(list(set(named.values())))
    called = {course: _names(some) for course, some in lessons.items()}
    names = await store.enrolments.names_of(community.id, set(named.values())) if sells else {}
    told: list[Told] = []
    sold: list[Sold] = []
    for place, (step, row) in enumerate(zip(steps, rows, strict=True)):
        course = named.get(folded(step.course))
        try:
            if row is None:
                raise Unfit("its e-mail and its customer id are two people on the roster")
            if course is None and not (sells and step.what in ("enrolled", "refunded")):
                raise Unfit("there is no course “{course}” in the catalogue", course=step.course[:60])
            lesson = _lesson(step, called.get(course or 0, {})) if step.what == "done" else None
        except Unfit as error:
            taken.faults[place] = error
            continue
        if sells and step.what in ("enrolled", "refunded"):
            name = names[course] if course is not None else step.course
            sold.append(_sold(step, row, name, course, community))
        if course is None:
            taken.waiting += 1
        elif lesson is not None and lesson.kind == "quiz" and not _passes(step.mark, rules):
            taken.below += 1
        else:
            told.append(_told(step, row, course, lesson))
    if sold:
        await store.enrolments.tell_sold(community.id, sold)
    if told:
        taken.enrolments = await store.enrolments.tell(community.id, told, source)
        taken.awards = await unpaid(store, community, rules, taken.enrolments)
    return taken


def _passes(mark: float | None, rules: Settings) -> bool:
    """A quiz that is told without a mark was passed where it was taken."""
    return mark is None or round(mark * 100, 6) >= rules.pass_mark


def _names(lessons: Sequence[Lesson]) -> Mapping[str, Lesson]:
    """By what a lesson may be called; a key outweighs a title, and that a place."""
    found = {str(place): lesson for place, lesson in enumerate(lessons, 1)}
    found |= {folded(lesson.title): lesson for lesson in reversed(lessons)}
    return found | {folded(lesson.key): lesson for lesson in lessons}


def _lesson(step: Step, called: Mapping[str, Lesson]) -> Lesson:
    found = called.get(folded(step.lesson))
    if found is None:
        raise Unfit(
            "the course “{course}” has no lesson “{lesson}”",
            course=step.course[:60],
            lesson=step.lesson[:60],
        )
    return found


def _sold(step: Step, row: int, name: str, course: int | None, community: Community) -> Sold:
    refunded = step.what == "refunded"
    return Sold(
        row_id=row,
        course=name,
        course_id=course,
        at=step.at,
        refunded=refunded,
        bought_on=None if refunded else community.calendar.day(step.at),
        paid_until=step.paid_until,
    )


def _told(step: Step, row: int, course: int, lesson: Lesson | None) -> Told:
    return Told(
        row_id=row,
        course_id=course,
        what=step.what,
        at=step.at,
        lesson_id=lesson.id if lesson is not None else None,
        mark=step.mark,
        stars=step.stars,
        words=step.words,
    )
