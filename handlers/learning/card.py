"""Card: one course as everybody sees it, with what one can do next."""

from collections.abc import Sequence

from handlers.base import Bold, Button, Context, Link, Reply, Text, UserError
from handlers.words.commands import pressable
from handlers.words.courses import (
    facts_of,
    kind_in_words,
    language_in_words,
    length_in_words,
    length_of,
    lesson_named,
    named,
    one_line,
    title_of,
)
from handlers.words.dates import moment_in_words
from storage.cohorts import default_of
from storage.courses import Course, Lesson
from storage.enrolments import Enrolment

LONGEST = 600
"""As much of a course's text stands on its card."""
LESSONS = 8
PAGE = 20
"""Lessons on a page of their list."""


async def course_card(ctx: Context, course: Course, *said: Text, edit: bool = False) -> Reply:
    """A course with its picture, what is needed before it, its lessons, and buttons. `said` comes first."""
    t = ctx.t
    lessons = await ctx.store.courses.lessons(course.id)
    mine = await enrolment_of(ctx, course)
    together = await _together(ctx, course, mine)
    lines: list[Text] = [*said, Bold(named(t, course))]
    if facts := facts_of(t, course, len(lessons), length_of(course, lessons)):
        lines.append(facts)
    if course.state == "archived":
        lines.append(t("It is not offered any more."))
    elif course.state == "draft":
        lines.append(t("A draft: only teachers and admins see it."))
    if beside := _beside(ctx, course):
        lines.append(beside)
    if course.text:
        lines.append(shortened(course.text, LONGEST))
    if needs := await _needs(ctx, course):
        lines.append(needs)
    if lessons:
        lines += ["", *lesson_lines(ctx, lessons[:LESSONS])]
    return Reply(
        *lines,
        buttons=[*_buttons(ctx, course, lessons, mine), *([together] if together else [])],
        picture=None if edit else await ctx.store.courses.cover(course.id),
        edit=edit,
    )


async def lesson_list(ctx: Context, course: Course, page: int) -> Reply:
    """All lessons of a course, page by page; a page too far is the last one."""
    t, lessons = ctx.t, await ctx.store.courses.lessons(course.id)
    pages = max(1, -(-len(lessons) // PAGE))
    page = min(max(page, 1), pages)
    shown = lessons[(page - 1) * PAGE : page * PAGE]
    count = t.n("{n} lesson", "{n} lessons", len(lessons))
    turns = [
        Button(label, "course_lessons", (str(course.id), str(to)))
        for label, to, there in (
            (t("Previous"), page - 1, page > 1),
            (t("Next"), page + 1, page < pages),
        )
        if there
    ]
    return Reply(
        (Bold(named(t, course)), " · ", count),
        *lesson_lines(ctx, shown, first=(page - 1) * PAGE + 1, links=True),
        *([t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages))] if pages > 1 else []),
        buttons=[turns, [Button(t("The course"), "course", (str(course.id),))]],
    )


async def enrolment_of(ctx: Context, course: Course) -> Enrolment | None:
    """The reader's enrolment in a course, where they take it or took it."""
    if ctx.member is None:
        return None
    found = await ctx.store.enrolments.of(ctx.community.id, ctx.member.id)
    return next((each for each in found if each.course_id == course.id and each.state == "enrolled"), None)


async def visible(ctx: Context, course: Course) -> Course:
    """The course, where the reader may see it. Raises UserError: of a draft nobody is told."""
    if course.state == "published" or (course.state == "archived" and await enrolment_of(ctx, course)):
        return course
    raise UserError(
        ctx.t("This course is not offered any more.")
        if course.state == "archived"
        else ctx.t("There is no such course here any more."),
        ctx.t("{command} shows them all.", command="/courses"),
    )


def shortened(text: str, most: int) -> str:
    """The beginning of a text, cut between words, on as few lines as it has."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    whole = "\n".join(line for line in lines if line)
    if len(whole) <= most:
        return whole
    cut = whole[: most - 1]
    # Chinese has no blanks to cut at.
    between = cut.rfind(" ", most * 3 // 4)
    return f"{cut[:between] if between > 0 else cut}…"


def _beside(ctx: Context, course: Course) -> str:
    t = ctx.t
    parts = [
        t("By {teacher}", teacher=one_line(course.teacher)) if course.teacher else "",
        language_in_words(t, course.language),
        " ".join(f"#{one_line(tag).replace(' ', '_')}" for tag in course.tags[:4]),
    ]
    return " · ".join(filter(None, parts))


async def _needs(ctx: Context, course: Course) -> str:
    found = await ctx.store.courses.named(ctx.community.id, course.needs) if course.needs else {}
    titles = [title_of(ctx.t, each) for each in found.values() if each.state != "draft"]
    if not titles:
        return ""
    return ctx.t("Needed before it: {courses}", courses=ctx.t.c("list", ", ").join(titles[:5]))


def lesson_lines(
    ctx: Context, lessons: Sequence[Lesson], *, first: int = 1, links: bool = False
) -> list[Text]:
    """A line each: "3. Branches · video · 12 min", counted from the `first` on."""
    t = ctx.t
    lines: list[Text] = []
    for place, lesson in enumerate(lessons, start=first):
        title = lesson_named(t, lesson)
        when = (
            moment_in_words(t, lesson.starts_at, ctx.community.calendar)
            if lesson.kind == "live" and lesson.starts_at
            else length_in_words(t, lesson.minutes)
        )
        rest = "".join(f" · {part}" for part in (kind_in_words(t, lesson.kind), when) if part)
        head = f"{t.number(place)}. "
        lines.append((head, Link(title, lesson.link) if links and lesson.link else title, rest))
    return lines


async def _together(ctx: Context, course: Course, mine: Enrolment | None) -> list[Button]:
    """The way to the cohort that the reader is in, or may join."""
    if course.state != "published" or not pressable(ctx, "cohort"):
        return []
    running = await ctx.store.cohorts.of_course(ctx.community.id, course.id)
    own = next((each for each in running if mine is not None and each.id == mine.cohort_id), None)
    if own is not None:
        return [Button(ctx.t("Your cohort"), "cohort", (str(own.id),))]
    following = default_of(running, ctx.community.calendar.day(ctx.now))
    return [Button(ctx.t("Take it together"), "cohort", (str(following.id),))] if following else []


def _buttons(
    ctx: Context, course: Course, lessons: Sequence[Lesson], mine: Enrolment | None
) -> list[Button | list[Button]]:
    t, number = ctx.t, (str(course.id),)
    row: list[Button] = []
    if mine is None and course.state == "published" and pressable(ctx, "enrol"):
        row.append(Button(t("Enrol"), "enrol", number))
    if mine is not None and pressable(ctx, "course_mine"):
        row.append(Button(t("My progress"), "course_mine", number))
    if course.link:
        row.append(Button(t("Open"), url=course.link))
    if len(lessons) > LESSONS:
        row.append(Button(t("All lessons"), "course_lessons", (*number, "1")))
    return [row] if row else []
