"""Figures: how many took a course, how far they came, where they stopped, and how long it took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from storage.courses import Lesson
from storage.enrolments import Done, Enrolment

ENOUGH = 5
"""Of fewer people a share says nothing about the course, and too much about them."""


@dataclass(frozen=True, slots=True)
class LessonFigures:
    """One lesson, by those who are or were in the course."""

    lesson: Lesson
    done: int
    reached: int
    """Did it, or one after it."""
    stopped: int
    """Got as far as this one, have not finished the course, and did nothing after it."""
    mark: float | None
    """The middle one of the marks, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CourseFigures:
    """A course, by everybody who ever was in it."""

    enrolled: int
    started: int
    finished: int
    left: int
    refunded: int
    days: float | None
    """The middle time from the first step to the finish; None: too few finished."""
    stars: float | None
    """The average; None: too few rated."""
    ratings: int
    words: tuple[tuple[int, str], ...]
    """(stars, words) of those who said something; by nobody, in no order of time."""
    lessons: tuple[LessonFigures, ...]

    @property
    def enough(self) -> bool:
        """Whether shares mean anything."""
        return self.enrolled >= ENOUGH

    @property
    def worst(self) -> LessonFigures | None:
        """The lesson after which most stop; None: too few to say, or nobody stopped."""
        if not self.enough or not self.lessons:
            return None
        found = max(self.lessons, key=lambda each: each.stopped)
        return found if found.stopped else None


def figures_of(
    taken: Sequence[Enrolment], done: Mapping[int, Mapping[int, Done]], lessons: Sequence[Lesson]
) -> CourseFigures:
    """The figures of a course. `done`: enrolment -> lesson -> how it was done."""
    began = [each for each in taken if each.started_at is not None]
    finished = [each for each in taken if each.finished_at is not None]
    days = [
        (each.finished_at - each.started_at).total_seconds() / 86_400
        for each in finished
        if each.finished_at is not None and each.started_at is not None
    ]
    rated = [each.stars for each in taken if each.stars is not None]
    return CourseFigures(
        enrolled=len(taken),
        started=len(began),
        finished=len(finished),
        left=sum(each.state == "left" for each in taken),
        refunded=sum(each.state == "refunded" for each in taken),
        days=median(days) if len(days) >= ENOUGH else None,
        stars=mean(rated) if len(rated) >= ENOUGH else None,
        ratings=len(rated),
        words=tuple(sorted((each.stars, each.words) for each in taken if each.stars and each.words)),
        lessons=tuple(_lessons(taken, done, lessons)),
    )


def _lessons(
    taken: Sequence[Enrolment], done: Mapping[int, Mapping[int, Done]], lessons: Sequence[Lesson]
) -> list[LessonFigures]:
    place = {lesson.id: at for at, lesson in enumerate(lessons)}
    last: list[tuple[int, bool]] = []
    """Of each who did anything: the furthest lesson, and whether the course is finished."""
    for each in taken:
        theirs = [place[lesson] for lesson in done.get(each.id, ()) if lesson in place]
        if theirs:
            last.append((max(theirs), each.finished_at is not None))
    found = []
    for at, lesson in enumerate(lessons):
        ways = [one[lesson.id] for one in done.values() if lesson.id in one]
        marks = [one.mark for one in ways if one.mark is not None]
        found.append(
            LessonFigures(
                lesson,
                done=len(ways),
                reached=sum(far >= at for far, _ in last),
                stopped=sum(far == at and not over for far, over in last),
                mark=median(marks) if len(marks) >= ENOUGH else None,
            )
        )
    return found
