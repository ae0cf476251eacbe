"""Lessons: teachers add them a line each, change them, move them, and take them away."""

from collections.abc import Sequence
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
    Feature,
    Field,
    Form,
    Help,
    Pressed,
    Reply,
    Rest,
    Select,
    Text,
    UserError,
)
from handlers.learning.card import PAGE, lesson_lines, shortened
from handlers.learning.catalogue.changing import from_log, log, mistake
from handlers.learning.catalogue.facts import (
    FORM_TEXT,
    LESSON_LABELS,
    lesson_fact_written,
    lesson_of,
    read_lesson_fact,
)
from handlers.learning.catalogue.pages import EDIT, STEPS, page
from handlers.learning.misread import Misread
from handlers.words.commands import spelled
from handlers.words.courses import (
    KIND_WORDS,
    AnyCourseWord,
    AnyCourseWords,
    course_numbered,
    course_targeted,
    find_course,
    lesson_named,
    named,
    title_of,
    title_targeted,
)
from storage.courses import STATES, Course, Lesson, NewLesson
from storage.values import AuditRow

MOST_AT_ONCE = 100
MOST_LESSONS = 1_000

Number = Annotated[int, Between(1, 2**60)]
Place = Annotated[int, Between(1, MOST_LESSONS), Help(N_("Which lesson: its place in the course"))]
Lines = Annotated[
    Rest, Help(N_("The title; behind bars what you know besides: Branches | video | 12 min | https://..."))
]

feature = Feature("lessons")


@feature.command(
    "lessons",
    needs=TEACHER,
    help=N_("The lessons of a course, to be added, changed, moved or removed"),
    examples=("lessons git",),
)
async def lessons(ctx: Context, command: Command, course: AnyCourseWords) -> Reply:
    reply = await listed(ctx, await find_course(ctx, course, states=STATES), 1)
    reply.edit = False
    return reply


@feature.command(
    "lesson add",
    needs=TEACHER,
    help=N_("Add a lesson to a course, or several, one a line"),
    examples=("lesson add git Branches | video | 12 min",),
)
async def add(ctx: Context, command: Command, course: AnyCourseWord, lines: Lines = NO_TEXT) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    if lines:
        return await write_lessons(ctx, found, lines, EDIT)
    return Reply(
        ctx.t("Which lessons does {course} get?", course=title_of(ctx.t, found)),
        ctx.t(
            "Or say it at once: {example}", example=spelled(ctx, "lesson add git Branches | video | 12 min")
        ),
        buttons=[Button(ctx.t("Write the lessons"), "lesson_form", (str(found.id), EDIT))],
    )


@feature.command(
    "lesson edit",
    needs=TEACHER,
    help=N_("Change a lesson"),
    examples=("lesson edit git 3",),
)
async def edit(ctx: Context, command: Command, course: AnyCourseWord, lesson: Place) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    reply = await one(ctx, found, await _at(ctx, found, lesson))
    reply.edit = False
    return reply


@feature.command(
    "lesson remove",
    needs=TEACHER,
    help=N_("Take a lesson out of its course; what was done in it stays"),
    examples=("lesson remove git 3",),
)
async def remove(ctx: Context, command: Command, course: AnyCourseWord, lesson: Place) -> Reply:
    found = await find_course(ctx, course, states=STATES)
    reply = await take_out(ctx, found, await _at(ctx, found, lesson))
    reply.edit = False
    return reply


@feature.press("course_lessons_edit", needs=TEACHER)
async def open_list(ctx: Context, pressed: Pressed, course: Number, page: Number = 1) -> Reply:
    return await listed(ctx, await course_numbered(ctx, course), page)


@feature.press("lesson_form", needs=TEACHER, answer="form")
async def ask(ctx: Context, pressed: Pressed, course: Number, then: str = EDIT) -> Form:
    found = await course_numbered(ctx, course)
    label = ctx.t("One lesson a line, such as: Branches | video | 12 min")
    field = Field("lines", label, long=True, max_length=FORM_TEXT)
    return Form(named(ctx.t, found)[:45], "lessons_write", (field,), (str(course), then))


@feature.press("lessons_write", needs=TEACHER)
async def take_lines(ctx: Context, pressed: Pressed, course: Number, then: str, lines: Rest) -> Reply:
    return await write_lessons(ctx, await course_numbered(ctx, course), lines, then)


@feature.press("lesson_edit", needs=TEACHER)
async def open_one(ctx: Context, pressed: Pressed, lesson: Number) -> Reply:
    return await one(ctx, *await _found(ctx, lesson))


@feature.press("lesson_fact", needs=TEACHER, answer="form")
async def ask_fact(ctx: Context, pressed: Pressed, lesson: Number, name: str) -> Form:
    t, (_, found) = ctx.t, await _found(ctx, lesson)
    if name not in LESSON_LABELS:
        raise UserError(t("This button is from an older version. Please run the command again."))
    written = lesson_fact_written(name, found, ctx.community.calendar.zone)[:FORM_TEXT]
    field = Field(
        "value", t(LESSON_LABELS[name][1]), written, required=name == "title", long=name == "text",
        max_length=FORM_TEXT if name == "text" else 1_000,
    )  # fmt: skip
    return Form(lesson_named(t, found)[:45], "lesson_write", (field,), (str(lesson), name))


@feature.press("lesson_write", needs=TEACHER)
async def write_fact(
    ctx: Context, pressed: Pressed, lesson: Number, name: str, value: Rest = NO_TEXT
) -> Reply:
    course, found = await _found(ctx, lesson)
    try:
        values = read_lesson_fact(name, value.strip(), found, ctx.community.calendar.zone)
    except Misread as error:
        raise mistake(ctx, error) from None
    reply = await _changed(ctx, course, found, values)
    reply.edit = False
    return reply


@feature.press("lesson_kind", needs=TEACHER)
async def choose_kind(ctx: Context, pressed: Pressed, lesson: Number, kind: str = "") -> Reply:
    course, found = await _found(ctx, lesson)
    if kind in KIND_WORDS:
        return await _changed(ctx, course, found, {"kind": kind})
    return Reply(
        Bold(lesson_named(ctx.t, found)),
        select=Select(
            ctx.t("What is it?"),
            "lesson_kind",
            tuple((each, ctx.t(words)) for each, words in KIND_WORDS.items()),
            (str(lesson),),
        ),
        edit=True,
    )


@feature.press("lesson_move", needs=TEACHER)
async def move(ctx: Context, pressed: Pressed, lesson: Number, by: Annotated[int, Between(-1, 1)]) -> Reply:
    course, found = await _found(ctx, lesson)
    order = [each.id for each in await ctx.store.courses.lessons(course.id)]
    place = order.index(found.id)
    to = min(max(place + by, 0), len(order) - 1)
    order.insert(to, order.pop(place))
    before = await ctx.store.courses.order_lessons(course.id, order)
    undo = await log(ctx, "lesson move", course.id, {"order": before}, {"lesson": found.id})
    return await one(ctx, *await _found(ctx, lesson), undo=undo)


@feature.press("lesson_remove", needs=TEACHER)
async def press_remove(ctx: Context, pressed: Pressed, lesson: Number) -> Reply:
    return await take_out(ctx, *await _found(ctx, lesson))


async def listed(ctx: Context, course: Course, page: int, *said: Text, undo: Sequence[Button] = ()) -> Reply:
    """The lessons of a course, page by page, each to be opened."""
    t, lessons = ctx.t, await ctx.store.courses.lessons(course.id)
    pages = max(1, -(-len(lessons) // PAGE))
    page = min(page, pages)
    shown = lessons[(page - 1) * PAGE : page * PAGE]
    number = str(course.id)
    turns = [
        Button(label, "course_lessons_edit", (number, str(to)))
        for label, to, there in ((t("Previous"), page - 1, page > 1), (t("Next"), page + 1, page < pages))
        if there
    ]
    choices = tuple(
        (str(each.id), f"{t.number(place)}. {lesson_named(t, each)}"[:100])
        for place, each in enumerate(shown, start=(page - 1) * PAGE + 1)
    )
    return Reply(
        *said,
        (Bold(named(t, course)), " · ", t.n("{n} lesson", "{n} lessons", len(lessons))),
        *lesson_lines(ctx, shown, first=(page - 1) * PAGE + 1),
        buttons=[
            [*turns, *undo],
            [
                Button(t("Add lessons"), "lesson_form", (number, EDIT)),
                Button(t("The course"), "course_step", (number, EDIT)),
            ],
        ],
        select=Select(t("Change one"), "lesson_edit", choices) if choices else None,
        edit=True,
    )


async def one(
    ctx: Context, course: Course, lesson: Lesson, *said: Text, undo: Sequence[Button] = ()
) -> Reply:
    """A lesson with a button for each thing that can be changed."""
    t, number = ctx.t, (str(lesson.id),)
    place = [each.id for each in await ctx.store.courses.lessons(course.id)].index(lesson.id) + 1
    facts = [Button(t(label), "lesson_fact", (*number, name)) for name, (label, _) in LESSON_LABELS.items()]
    return Reply(
        *said,
        *lesson_lines(ctx, [lesson], first=place),
        *([lesson.link] if lesson.link else []),
        *([shortened(lesson.text, 600)] if lesson.text else []),
        buttons=[
            facts[:3],
            [*facts[3:], Button(t("Kind"), "lesson_kind", number)],
            [
                Button(t("Up"), "lesson_move", (*number, "-1")),
                Button(t("Down"), "lesson_move", (*number, "1")),
                Button(t("Remove"), "lesson_remove", number),
            ],
            [Button(t("All lessons"), "course_lessons_edit", (str(course.id),)), *undo],
        ],
        edit=True,
    )


async def write_lessons(ctx: Context, course: Course, lines: str, then: str) -> Reply:
    """Lessons, one a line, behind those that are there. Raises UserError, and adds none, if one is wrong."""
    t, told = ctx.t, [line for line in lines.splitlines() if line.strip()]
    there = len(await ctx.store.courses.lessons(course.id))
    if len(told) > MOST_AT_ONCE:
        raise UserError(
            t(
                "At most {n} lessons at once. More come by a file: {command}",
                n=MOST_AT_ONCE,
                command="/import",
            )
        )
    if there + len(told) > MOST_LESSONS:
        raise UserError(t("A course has at most {n} lessons.", n=t.number(MOST_LESSONS)))
    new: list[NewLesson] = []
    for line in told:
        try:
            new.append(lesson_of(line, ctx.community.calendar.zone))
        except Misread as error:
            raise UserError(
                error.said(t), t("It stands in this line: {line}", line=shortened(line, 100)),
                t("For example: {example}", example="Branches | video | 12 min"),
            ) from None  # fmt: skip
    ids = [await ctx.store.courses.add_lesson(course.id, each) for each in new]
    undo: list[Button] = []
    if ids and course.state != "draft":
        undo = await log(ctx, "lesson add", course.id, None, {"lessons": ids})
    said = Bold(t.n("{n} lesson added.", "{n} lessons added.", len(ids)))
    if then in STEPS:
        reply = await page(ctx, course, then, said)
    else:
        reply = await listed(ctx, course, -(-(there + len(ids)) // PAGE) or 1, said, undo=undo)
    reply.edit = False
    return reply


async def take_out(ctx: Context, course: Course, lesson: Lesson) -> Reply:
    """A lesson is not there any more; what was done in it stays, and comes back with it."""
    await ctx.store.courses.remove_lesson(lesson.id, now=ctx.now)
    undo = await log(ctx, "lesson remove", course.id, None, {"lesson": lesson.id, "title": lesson.title})
    said = ctx.t("“{title}” is removed.", title=lesson_named(ctx.t, lesson))
    return await listed(ctx, course, 1, Bold(said), undo=undo)


@feature.undo("lesson add")
async def add_back(ctx: Context, row: AuditRow) -> Reply:
    course = await course_targeted(ctx, row.target)
    for lesson in row.after["lessons"]:
        await ctx.store.courses.remove_lesson(int(lesson), now=ctx.now)
    return _as_before(ctx, course)


@feature.undo("lesson remove")
async def remove_back(ctx: Context, row: AuditRow) -> Reply:
    course = await course_targeted(ctx, row.target)
    await ctx.store.courses.remove_lesson(int(row.after["lesson"]), now=None)
    return _as_before(ctx, course)


@feature.undo("lesson edit")
async def edit_back(ctx: Context, row: AuditRow) -> Reply:
    course = await course_targeted(ctx, row.target)
    await ctx.store.courses.change_lesson(int(row.after["lesson"]), from_log(row.before))
    return _as_before(ctx, course)


@feature.undo("lesson move")
async def move_back(ctx: Context, row: AuditRow) -> Reply:
    course = await course_targeted(ctx, row.target)
    await ctx.store.courses.order_lessons(course.id, [int(each) for each in row.before["order"]])
    return _as_before(ctx, course)


@feature.tell("lesson add", "lesson remove", "lesson edit", "lesson move")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, course = ctx.t, await title_targeted(ctx, row.target)
    match row.action:
        case "lesson add":
            return t.n(
                "{who} added {n} lesson to {course}.", "{who} added {n} lessons to {course}.",
                len(row.after["lessons"]), who=who, course=course,
            )  # fmt: skip
        case "lesson remove":
            return t("{who} removed a lesson of {course}.", who=who, course=course)
        case "lesson move":
            return t("{who} moved a lesson of {course}.", who=who, course=course)
        case _:
            return t("{who} changed a lesson of {course}.", who=who, course=course)


async def _changed(ctx: Context, course: Course, lesson: Lesson, values: dict[str, object]) -> Reply:
    before = await ctx.store.courses.change_lesson(lesson.id, values)
    undo: list[Button] = []
    if before and course.state != "draft":
        undo = await log(ctx, "lesson edit", course.id, before, {"lesson": lesson.id})
    said = ctx.t("Changed.") if before else ctx.t("Nothing to change.")
    return await one(ctx, *await _found(ctx, lesson.id), Bold(said), undo=undo)


async def _found(ctx: Context, number: int) -> tuple[Course, Lesson]:
    lesson = await ctx.store.courses.lesson(ctx.community.id, number)
    if lesson is None:
        raise UserError(
            ctx.t("This lesson is not there any more."), ctx.t("See {command}.", command="/lessons")
        )
    return await course_numbered(ctx, lesson.course_id), lesson


async def _at(ctx: Context, course: Course, place: int) -> Lesson:
    lessons = await ctx.store.courses.lessons(course.id)
    if place > len(lessons):
        raise UserError(
            ctx.t.n(
                "{course} has {n} lesson.",
                "{course} has {n} lessons.",
                len(lessons),
                course=title_of(ctx.t, course),
            )
        )
    return lessons[place - 1]


def _as_before(ctx: Context, course: Course) -> Reply:
    return Reply(ctx.t("Undone. {course} is as before.", course=title_of(ctx.t, course)))
