"""My courses: what one takes, how far one is, and how to begin or to leave."""

from typing import Annotated

from handlers.base import (
    N_,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Text,
    UserError,
)
from handlers.learning.enrolling import Settings, may_enrol
from handlers.learning.pages import (
    Taken,
    all_taken,
    course_page,
    finished_page,
    lesson_in_words,
    standing,
    taken_by,
)
from handlers.learning.progress import finish_by_word
from handlers.words.courses import course_numbered, named, title_of
from handlers.words.dates import day_in_words
from storage.courses import Course
from storage.enrolments import Enrolment

ROWS = 5
LISTED = 10
"""So many lessons a page of all lessons shows."""

Number = Annotated[int, Between(1, 2**60)]
Page = Annotated[int, Between(1, 100_000), Help(N_("The page of the list"))]


feature = Feature("my_courses", Settings)


@feature.command(
    "mycourses", help=N_("Your courses: how far you are, and what is next"), examples=("mycourses",)
)
async def my_courses(ctx: Context, command: Command, page: Page = 1) -> Reply:
    return await overview(ctx, page)


@feature.press("mycourses")
async def turn(ctx: Context, pressed: Pressed, page: Page = 1) -> Reply:
    reply = await overview(ctx, page)
    reply.edit = True
    return reply


@feature.press("enrol")
async def enrol(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    found = await course_numbered(ctx, course)
    known = await ctx.store.enrolments.one(ctx.community.id, ctx.myself.id, found.id)
    if known is None or not known.takes:
        may_enrol(ctx, found)
    assert ctx.account is not None
    new = await ctx.store.enrolments.enrol(
        ctx.community.id, found.id, ctx.account.id, source="chat", now=ctx.now
    )
    taken = await taken_by(ctx, found)
    said: list[Text] = [ctx.t("You are in.") if new else ctx.t("You take it already.")]
    if new:
        said += await _before(ctx, found)
    return course_page(ctx, taken, *said)


@feature.press("course_mine")
async def mine(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    """From where others may see the button: the page is an answer of its own."""
    return course_page(ctx, await taken_by(ctx, await course_numbered(ctx, course)))


@feature.press("course_page")
async def page_of(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    reply = course_page(ctx, await taken_by(ctx, await course_numbered(ctx, course)))
    reply.edit = True
    return reply


@feature.press("my_lessons")
async def lessons(ctx: Context, pressed: Pressed, course: Number, page: Page = 1) -> Reply:
    t, taken = ctx.t, await taken_by(ctx, await course_numbered(ctx, course))
    pages = max(1, -(-len(taken.lessons) // LISTED))
    page = min(page, pages)
    shown_now = taken.lessons[(page - 1) * LISTED : page * LISTED]
    lines: list[Text] = [Bold(named(t, taken.course))]
    buttons: list[Button] = []
    for lesson in shown_now:
        place, opens = taken.place(lesson), taken.opens(lesson)
        words = lesson_in_words(t, lesson, place)
        if opens is not None:
            lines.append(t("🔒 {lesson}, opens on {day}", lesson=words,
                           day=day_in_words(t, opens, taken.today)))  # fmt: skip
            continue
        lines.append(f"✓ {words}" if lesson.id in taken.done else f"○ {words}")
        buttons.append(Button(t.number(place + 1), "lesson_turn", (str(lesson.id),)))
    number = str(taken.course.id)
    beside = []
    if page > 1:
        beside.append(Button(t("Previous"), "my_lessons", (number, str(page - 1))))
    beside.append(Button(t("The course"), "course_page", (number,)))
    if page < pages:
        beside.append(Button(t("Next"), "my_lessons", (number, str(page + 1))))
    rows = [buttons[at : at + 3] for at in range(0, len(buttons), 3)]
    return Reply(*lines, buttons=[*rows, beside], edit=True)


@feature.press("course_finished")
async def finished(ctx: Context, pressed: Pressed, course: Number) -> list[Action]:
    """Of a course without lessons, which nobody else can tell of."""
    taken = await taken_by(ctx, await course_numbered(ctx, course))
    if taken.lessons:
        raise UserError(ctx.t("This course is finished when its last lesson is done."))
    assert ctx.account is not None
    noted = await finish_by_word(ctx, taken.enrolment, ctx.account)
    if not noted.new:
        return [course_page(ctx, taken, ctx.t("You have finished it already."))]
    return [finished_page(ctx, taken.course, noted.points), *noted.effects]


@feature.press("course_leave")
async def leave(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    t, taken = ctx.t, await taken_by(ctx, await course_numbered(ctx, course))
    await ctx.store.enrolments.leave(taken.enrolment, now=ctx.now)
    return Reply(
        t("You left {title}. What you did there is kept.", title=title_of(t, taken.course)),
        t("You can come back at any time and go on where you stopped."),
        buttons=[Button(t("Enrol again"), "enrol", (str(course),)), Button(t("My courses"), "mycourses")],
        edit=True,
    )


async def overview(ctx: Context, page: int) -> Reply:
    """What a member takes: the open ones first, moved last first, then what is finished."""
    t = ctx.t
    found = await ctx.store.enrolments.of(ctx.community.id, ctx.myself.id)
    courses = await ctx.store.courses.named(ctx.community.id, [each.course_id for each in found])
    pairs = [(courses[each.course_id], each) for each in found if each.takes and each.course_id in courses]
    if not pairs:
        return Reply(
            t("You take no course at present."),
            t("{command} shows what there is.", command="/courses"),
        )
    pairs.sort(key=_order)
    pages = -(-len(pairs) // ROWS)
    page = min(page, pages)
    some = await all_taken(ctx, pairs[(page - 1) * ROWS : page * ROWS])
    if len(pairs) == 1:
        return course_page(ctx, some[0])
    lines: list[Text] = [_head(ctx, pairs)]
    for each in some:
        lines += ["", Bold(named(t, each.course)), *standing(t, each)]
    buttons = [[Button(_label(ctx, each), "course_page", (str(each.course.id),))] for each in some]
    beside = []
    if page > 1:
        beside.append(Button(t("Previous"), "mycourses", (str(page - 1),)))
    if page < pages:
        beside.append(Button(t("Next"), "mycourses", (str(page + 1),)))
    return Reply(*lines, buttons=[*buttons, *([beside] if beside else [])])


def _order(pair: tuple[Course, Enrolment]) -> tuple[bool, float]:
    _, enrolment = pair
    return enrolment.finished_at is not None, -enrolment.moved_at.timestamp()


def _head(ctx: Context, pairs: list[tuple[Course, Enrolment]]) -> Text:
    t, finished = ctx.t, sum(each.finished_at is not None for _, each in pairs)
    head = t.n("You take {n} course.", "You take {n} courses.", len(pairs))
    if not finished:
        return head
    return t("{sentence} {more}", sentence=head,
             more=t.n("{n} of them is finished.", "{n} of them are finished.", finished))  # fmt: skip


def _label(ctx: Context, taken: Taken) -> str:
    title = named(ctx.t, taken.course)
    return title if len(title) <= 40 else f"{title[:39].rstrip()}…"


async def _before(ctx: Context, course: Course) -> list[Text]:
    """What should be finished before it, and is not."""
    if not course.needs:
        return []
    mine = await ctx.store.enrolments.of(ctx.community.id, ctx.myself.id)
    had = {each.course_id for each in mine if each.finished_at is not None}
    needed = await ctx.store.courses.named(ctx.community.id, [id for id in course.needs if id not in had])
    titles = [title_of(ctx.t, each) for each in needed.values()]
    if not titles:
        return []
    words = ctx.t.c("list", ", ").join(titles)
    return [ctx.t("It builds on {titles}: look there first if it is hard.", titles=words)]
