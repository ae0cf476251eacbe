"""Rhythm: on which day a cohort's lessons open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Cohort:
    """A run of a course: some take it together."""

    id: int
    community_id: int
    course_id: int
    name: str
    starts_on: date
    every_days: int
    """0: everything is open from the start on."""
    space_id: int | None
    """Where its channel is; None: it has none."""
    channel_id: int | None
    """None with a space: its main room."""
    told_until: date
    """The last day whose lessons the channel has heard of."""
    made_at: datetime
    ended_at: datetime | None


def opens_on(cohort: Cohort, position: int) -> date:
    """The day on which a lesson opens, on the community's calendar.

    `position` is how many lessons come before it as `CourseRepository.lessons` lists them: 0 is the first.
    """
    days = position * cohort.every_days
    return cohort.starts_on + timedelta(days=min(days, (date.max - cohort.starts_on).days))


def is_open(cohort: Cohort | None, position: int, today: date) -> bool:
    """Whether a lesson is open. Without a cohort, and when that has ended, everything is."""
    return cohort is None or cohort.ended_at is not None or opens_on(cohort, position) <= today


def opened(cohort: Cohort, lessons: int, since: date, until: date) -> list[int]:
    """The positions of the lessons that open after one day, up to another."""
    return [at for at in range(lessons) if since < opens_on(cohort, at) <= until]


def default_of(cohorts: Sequence[Cohort], today: date) -> Cohort | None:
    """The cohort that who enrols now is in: the next to start, else the one that started last."""
    running = [each for each in cohorts if each.ended_at is None]
    coming = [each for each in running if each.starts_on >= today]
    if coming:
        return min(coming, key=lambda each: (each.starts_on, each.id))
    return max(running, key=lambda each: (each.starts_on, each.id), default=None)
