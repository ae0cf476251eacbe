"""Report: of a course, for its teachers: who came how far, where people stop, what they say. No names."""

import asyncio
import csv
from io import StringIO
from typing import Annotated

from handlers.base import (
    N_,
    NO_TEXT,
    TEACHER,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Document,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Suggest,
    Text,
    Texts,
    UserError,
)
from handlers.learning.figures import ENOUGH, CourseFigures, LessonFigures, figures_of
from handlers.words.courses import (
    course_numbered,
    find_course,
    kind_in_words,
    lesson_named,
    named,
    offer_courses,
    title_of,
)
from storage.courses import STATES, Course
from storage.enrolments import Beside

ROWS = 12
"""Lessons that the answer shows; the file has all."""
SAID, ASKED = 5, 3
SHOWN = 160
"""Signs of a word or a question that are shown."""
STEPS = 10

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("course_report")


@feature.command(
    "course report",
    needs=TEACHER,
    help=N_("How a course does: who came how far, where people stop, what they say"),
    examples=("course report git",),
)
async def report(
    ctx: Context,
    command: Command,
    course: Annotated[
        Rest, Suggest(offer_courses), Help(N_("The course: its number, or a part of its title"))
    ] = NO_TEXT,
) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    figures, beside = await _figures(ctx, found)
    return Reply(*await _lines(ctx, found, figures, beside), buttons=_buttons(ctx.t, found, figures))


@feature.press("course_report_file", needs=TEACHER)
async def file(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    found = await course_numbered(ctx, course)
    figures, beside = await _figures(ctx, found)
    if not figures.enough:
        raise UserError(too_few(ctx.t, figures.enrolled))
    return Reply(
        ctx.t("A line a lesson of {title}, without names.", title=title_of(ctx.t, found)),
        document=Document(f"course-{found.id}.csv", table_of(ctx.t, figures, beside)),
        private=True,
    )


async def _figures(ctx: Context, course: Course) -> tuple[CourseFigures, Beside]:
    taken = await ctx.store.enrolments.in_course(ctx.community.id, course.id)
    done = await ctx.store.enrolments.done(taken)
    lessons = await ctx.store.courses.lessons(course.id)
    beside = await ctx.store.enrolments.beside(ctx.community.id, course.id)
    return await asyncio.to_thread(figures_of, taken, done, lessons), beside


async def _lines(ctx: Context, course: Course, figures: CourseFigures, beside: Beside) -> list[Text]:
    t = ctx.t
    if not figures.enrolled:
        return [
            Bold(t("Nobody has taken {title} yet.", title=title_of(t, course))),
            t("Here is what tells people of it: {command}", command=f"/course {course.id}"),
        ]
    lines: list[Text] = [Bold(named(t, course)), *_how_far(t, figures)]
    if figures.enough:
        lines += _drop_off(t, figures)
    lines += _said(t, figures)
    lines += await _asked(ctx, course, beside)
    if beside.waiting:
        waits = t.n("{n} exercise waits for its mark.", "{n} exercises wait for their mark.", beside.waiting)
        lines += ["", waits]
    return lines


def _how_far(t: Texts, figures: CourseFigures) -> list[Text]:
    enrolled = t.n("{n} is or was in it.", "{n} are or were in it.", figures.enrolled)
    if not figures.enough:
        return [enrolled, too_few(t, figures.enrolled)]
    lines: list[Text] = [
        enrolled,
        t("Started: {n} ({share} %)", n=t.number(figures.started), share=_share(figures.started, figures)),
        t("Finished: {n} ({share} %)", n=t.number(figures.finished), share=_share(figures.finished, figures)),
    ]
    if figures.left or figures.refunded:
        lines.append(
            t("Left: {left}. Refunded: {refunded}.",
              left=t.number(figures.left), refunded=t.number(figures.refunded))
        )  # fmt: skip
    if figures.days is not None:
        days = max(1, round(figures.days))
        lines.append(
            t.n("Half of those who finished took {n} day at most.",
                "Half of those who finished took {n} days at most.", days)
        )  # fmt: skip
    return lines


def _drop_off(t: Texts, figures: CourseFigures) -> list[Text]:
    """A line a lesson: how many got that far."""
    if not figures.lessons:
        return []
    worst = figures.worst
    lines: list[Text] = ["", Bold(t("How many got that far"))]
    for at, each in enumerate(figures.lessons[:ROWS], 1):
        line = f"{bar(each.reached, figures.enrolled)} {t.number(each.reached)} · {t.number(at)}. " + (
            lesson_named(t, each.lesson)
        )
        lines.append(Bold(line) if each is worst else line)
    if len(figures.lessons) > ROWS:
        more = len(figures.lessons) - ROWS
        lines.append(t.n("… and {n} more lesson", "… and {n} more lessons", more))
    if worst is not None:
        lines.append(_worst(t, worst))
    return lines


def _worst(t: Texts, worst: LessonFigures) -> str:
    return t.n(
        "Most stop after “{lesson}”: {n} did nothing more.",
        "Most stop after “{lesson}”: {n} did nothing more.",
        worst.stopped,
        lesson=lesson_named(t, worst.lesson),
    )


def _said(t: Texts, figures: CourseFigures) -> list[Text]:
    if not figures.ratings:
        return []
    head = t.n("{n} rated it", "{n} rated it", figures.ratings)
    if figures.stars is not None:
        head = t("{rated}: {stars} of 5 stars", rated=head, stars=f"{figures.stars:.1f}")
    lines: list[Text] = ["", Bold(head)]
    if figures.stars is None:
        lines.append(too_few(t, figures.ratings))
    # The worst and the best say most; which of them is newest would say who.
    lines += [f"• {stars} ★ {_cut(words)}" for stars, words in figures.words[:SAID]]
    return lines


async def _asked(ctx: Context, course: Course, beside: Beside) -> list[Text]:
    t = ctx.t
    if not beside.questions:
        return []
    head = t.n("{n} question led to it", "{n} questions led to it", beside.questions)
    latest = await ctx.store.asked.about(ctx.community.id, course.id, ASKED)
    return ["", Bold(head), *[f"• {_cut(each.text)}" for each in latest]]


def _buttons(t: Texts, course: Course, figures: CourseFigures) -> list[Button]:
    if not (figures.enough and figures.lessons):
        return []
    return [Button(t("As a file"), "course_report_file", (str(course.id),))]


def too_few(t: Texts, n: int) -> str:
    """Why nothing is said of so few."""
    return t("Too few to say more: {n} of at least {enough}.", n=t.number(n), enough=t.number(ENOUGH))


def _share(n: int, figures: CourseFigures) -> str:
    return str(round(100 * n / figures.enrolled))


def bar(n: int, of: int) -> str:
    """ "▰▰▰▱▱": how many of all."""
    full = min(STEPS, round(STEPS * n / of)) if of else 0
    return "▰" * full + "▱" * (STEPS - full)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1].rstrip()}…"


def table_of(t: Texts, figures: CourseFigures, beside: Beside) -> bytes:
    """A CSV that spreadsheets open: a line a lesson, numbers alone."""
    out = StringIO()
    write = csv.writer(out)
    write.writerow(
        [t("Lesson"), t("Title"), t("Kind"), t("Minutes"), t("Done"), t("Got that far"), t("Stopped here"),
         t("Share that got that far"), t("Middle mark"), t("Questions")]
    )  # fmt: skip
    for at, each in enumerate(figures.lessons, 1):
        share, mark = each.reached / figures.enrolled, each.mark
        write.writerow(
            [at, _text(lesson_named(t, each.lesson)), kind_in_words(t, each.lesson.kind),
             each.lesson.minutes or "", each.done, each.reached, each.stopped, f"{share:.3f}",
             "" if mark is None else f"{mark:.3f}", beside.by_lesson.get(each.lesson.id, 0)]
        )  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _text(title: str) -> str:
    """What a spreadsheet would take for a formula stays a text."""
    return f"'{title}" if title[:1] in "=+-@\t\r" else title
