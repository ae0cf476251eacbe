"""Cohorts in words, and how one is found."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from handlers.base import N_, Between, Context, Help, Suggest, Texts, UserError
from handlers.words.courses import lesson_named, one_line, title_of
from handlers.words.dates import day_in_words
from storage.cohorts import Cohort, is_open, opens_on
from storage.courses import Course, Lesson
from storage.values import Channel, Space

COHORT = "cohort "
"""Begins the target of an action that is about a cohort; its number follows."""


def cohort_target(cohort: Cohort) -> str:
    """How an action says which cohort it is about."""
    return f"{COHORT}{cohort.id}"


async def cohort_targeted(ctx: Context, target: str) -> Cohort:
    """The cohort that an action is about. Raises UserError where it is gone."""
    return await cohort_numbered(ctx, int(target.removeprefix(COHORT)))


async def cohort_numbered(ctx: Context, number: int) -> Cohort:
    """A cohort of this community by its number. Raises UserError."""
    cohort = await ctx.store.cohorts.get(ctx.community.id, number)
    if cohort is None:
        raise UserError(
            ctx.t("There is no such cohort here."),
            ctx.t("{command} shows them all.", command="/cohorts"),
        )
    return cohort


async def course_of(ctx: Context, cohort: Cohort) -> Course:
    """What it is a run of."""
    course = await ctx.store.courses.get(ctx.community.id, cohort.course_id)
    assert course is not None  # a cohort goes with its course
    return course


async def offer_cohorts(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """(number, name) of the cohorts that have not ended."""
    running = await ctx.store.cohorts.all(ctx.community.id)
    courses = await ctx.store.courses.named(ctx.community.id, [each.course_id for each in running])
    today = ctx.community.calendar.day(ctx.now)
    found = [(str(each.id), cohort_named(ctx.t, each, courses[each.course_id], today)) for each in running]
    return [
        (number, name[:100]) for number, name in found if typed.casefold() in f"{number} {name}".casefold()
    ]


CohortNumber = Annotated[
    int, Between(1, 2**60), Suggest(offer_cohorts), Help(N_("The cohort's number; /cohorts names it"))
]


def cohort_named(t: Texts, cohort: Cohort, course: Course, today: date) -> str:
    """A cohort in a line: what it was called, else “Git for teams” from Tue 1 Dec."""
    own = one_line(cohort.name)
    if own:
        return own
    day = day_in_words(t, cohort.starts_on, today)
    return t("{course} from {day}", course=title_of(t, course), day=day)


def rhythm_in_words(t: Texts, cohort: Cohort) -> str:
    """ "A lesson opens every 2 days." """
    if cohort.every_days == 0:
        return t("All lessons open on the first day.")
    if cohort.every_days == 7:
        return t("A lesson opens every week.")
    return t.n("A lesson opens every day.", "A lesson opens every {n} days.", cohort.every_days)


def standing_in_words(t: Texts, cohort: Cohort, lessons: Sequence[Lesson], today: date) -> str:
    """Where it stands: "2 of 6 lessons are open; the next, “Branches”, opens on Thu 3 Dec." """
    if cohort.ended_at is not None:
        return t("It has ended.")
    if today < cohort.starts_on:
        return t("It begins on {day}.", day=day_in_words(t, cohort.starts_on, today))
    if not lessons:
        return t("Its course has no lessons yet.")
    done = sum(is_open(cohort, at, today) for at in range(len(lessons)))
    if done >= len(lessons):
        return t.n("Its {n} lesson is open.", "All {n} lessons are open.", len(lessons))
    return t.n(
        "{open} of {n} lesson is open; the next, {lesson}, opens on {day}.",
        "{open} of {n} lessons are open; the next, {lesson}, opens on {day}.",
        len(lessons),
        open=t.number(done),
        lesson=lesson_in_words(t, lessons[done]),
        day=day_in_words(t, opens_on(cohort, done), today),
    )


def lesson_in_words(t: Texts, lesson: Lesson) -> str:
    """A lesson in a sentence: “Branches”."""
    return t.c("a lesson's title", "“{title}”", title=lesson_named(t, lesson))


def channel_in_words(t: Texts, space: Space | None, channel: Channel | None) -> str:
    """Where it is told what opens; "" for nowhere."""
    if space is None:
        return ""
    if channel is None or not channel.title:
        return space.title
    return t("#{channel} in {space}", channel=channel.title, space=space.title)
