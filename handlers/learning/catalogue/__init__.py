"""Catalogue: teachers make a course by four questions, change it, publish it, and take it back."""

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
    UserError,
)
from handlers.learning.catalogue.changing import change, from_log, log, mistake, write
from handlers.learning.catalogue.facts import FACTS, FORM_TEXT, Fact
from handlers.learning.catalogue.pages import EDIT, STEPS, ask_title, everything, page
from handlers.learning.looked_over import held_back
from handlers.learning.misread import Misread
from handlers.learning.told import TITLE, one_line_of, text_of
from handlers.words.commands import spelled
from handlers.words.courses import (
    AnyCourseWords,
    course_numbered,
    course_targeted,
    find_course,
    named,
    title_of,
    title_targeted,
)
from storage.courses import STATES, Course, CourseState, NewCourse
from storage.values import AuditRow

MOST_NEEDS = 10

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("catalogue")


@feature.command(
    "course add",
    needs=TEACHER,
    help=N_("Make a course: four questions, then a preview"),
    examples=("course add Git for teams",),
)
async def add(
    ctx: Context, command: Command, title: Annotated[Rest, Help(N_("What it is called"))] = NO_TEXT
) -> Reply:
    if not title:
        return await ask_title(ctx)
    return await begin(ctx, title, "")


@feature.press("course_new", needs=TEACHER, answer="form")
async def ask(ctx: Context, pressed: Pressed) -> Form:
    t = ctx.t
    fields = (
        Field("title", t("The title"), max_length=TITLE),
        Field(
            "text", t("What it is about, in a few sentences"), required=False, long=True, max_length=FORM_TEXT
        ),
    )
    return Form(t("A new course"), "course_named", fields)


@feature.press("course_named", needs=TEACHER)
async def name_it(ctx: Context, pressed: Pressed, title: Rest, text: Rest = NO_TEXT) -> Reply:
    return await begin(ctx, title, text)


async def begin(ctx: Context, title: str, text: str) -> Reply:
    """A draft of that title, and the next question."""
    t, title = ctx.t, one_line_of(title)
    if not title:
        raise UserError(
            t("A title needs words."),
            t("For example: {example}", example=spelled(ctx, "course add Git for teams")),
        )
    told = {
        "title": title,
        "text": text_of(text),
        "language": ctx.community.language.partition("_")[0],
        "state": "draft",
    }
    number = await ctx.store.courses.add(ctx.community.id, NewCourse(title[:80], told), now=ctx.now)
    await log(ctx, "course add", number, None, {"title": title})
    course = await course_numbered(ctx, number)
    reply = await page(ctx, course, "level")
    reply.edit = False
    reply.stays = True
    return reply


@feature.press("course_step", needs=TEACHER)
async def step(ctx: Context, pressed: Pressed, course: Number, step: str) -> Reply:
    found = await course_numbered(ctx, course)
    return await page(ctx, found, step)


@feature.press("course_fact", needs=TEACHER)
async def choose(
    ctx: Context, pressed: Pressed, course: Number, name: str, value: str, then: str = EDIT
) -> Reply:
    """A fact that was chosen by a button."""
    return await _told(ctx, await course_numbered(ctx, course), name, value, then)


@feature.press("course_form", needs=TEACHER, answer="form")
async def ask_fact(ctx: Context, pressed: Pressed, course: Number, name: str, then: str = EDIT) -> Form:
    found, fact = await course_numbered(ctx, course), _fact(ctx, name)
    written = fact.written(ctx.t, found)[: fact.most]
    field = Field(
        "value", ctx.t(fact.ask), written, required=name == "title", long=fact.long, max_length=fact.most
    )
    return Form(named(ctx.t, found)[:45], "course_write", (field,), (str(course), name, then))


@feature.press("course_write", needs=TEACHER)
async def write_fact(
    ctx: Context, pressed: Pressed, course: Number, name: str, then: str = EDIT, value: Rest = NO_TEXT
) -> Reply:
    reply = await _told(ctx, await course_numbered(ctx, course), name, value, then)
    reply.edit = False
    return reply


@feature.press("course_needs", needs=TEACHER, answer="form")
async def ask_needs(ctx: Context, pressed: Pressed, course: Number) -> Form:
    t, found = ctx.t, await course_numbered(ctx, course)
    known = await ctx.store.courses.named(ctx.community.id, found.needs)
    written = "\n".join(named(t, each) for each in known.values())
    label = t("Courses to be finished before it, one a line")
    field = Field("value", label, written, required=False, long=True, max_length=FORM_TEXT)
    return Form(named(t, found)[:45], "course_need", (field,), (str(course),))


@feature.press("course_need", needs=TEACHER)
async def write_needs(ctx: Context, pressed: Pressed, course: Number, value: Rest = NO_TEXT) -> Reply:
    found = await course_numbered(ctx, course)
    lines = [line for line in value.splitlines() if line.strip()]
    if len(lines) > MOST_NEEDS:
        raise UserError(ctx.t("A course can need {n} others at most.", n=ctx.t.number(MOST_NEEDS)))
    needs = [(await find_course(ctx, line, states=STATES)).id for line in lines]
    now, undo = await change(ctx, found, {"needs": list(dict.fromkeys(needs))})
    reply = await everything(ctx, now, _said(ctx, changed=bool(undo) or now != found), undo=undo)
    reply.edit = False
    return reply


@feature.command("course edit", needs=TEACHER, help=N_("Change a course"), examples=("course edit git",))
async def edit(ctx: Context, command: Command, course: AnyCourseWords) -> Reply:
    reply = await everything(ctx, await find_course(ctx, course, states=STATES))
    reply.edit = False
    return reply


@feature.command(
    "course archive",
    needs=TEACHER,
    help=N_("Offer a course no more; who takes it keeps it"),
    examples=("course archive git",),
)
async def archive(ctx: Context, command: Command, course: AnyCourseWords) -> Reply:
    return await put(ctx, await find_course(ctx, course, states=("published", "draft")), "archived")


@feature.command(
    "course publish",
    needs=TEACHER,
    help=N_("Offer a draft, or offer an archived course again"),
    examples=("course publish git",),
)
async def publish(ctx: Context, command: Command, course: AnyCourseWords) -> Reply:
    return await put(ctx, await find_course(ctx, course, states=("draft", "archived")), "published")


@feature.press("course_state", needs=TEACHER)
async def press_state(ctx: Context, pressed: Pressed, course: Number, state: str) -> Reply:
    found = await course_numbered(ctx, course)
    reply = await put(ctx, found, "archived" if state == "archived" else "published")
    reply.edit = True
    return reply


async def put(ctx: Context, course: Course, state: CourseState) -> Reply:
    """Publish or archive a course; where an admin wishes it, an expert looks before it is published."""
    if state == "published" and course.state != "published" and await held_back(ctx, course):
        return await _waits(ctx, course)
    t, title = ctx.t, title_of(ctx.t, course)
    look = Button(t("Look at it"), "course", (str(course.id),))
    action = "course publish" if state == "published" else "course archive"
    _, undo = await change(ctx, course, {"state": state}, action)
    if state == "published":
        lines = (
            Bold(t("{course} is in the catalogue.", course=title)),
            t("Members find it with {command}.", command="/courses"),
        )
    else:
        look = Button(t("Publish"), "course_state", (str(course.id), "published"))
        lines = (
            Bold(t("{course} is not offered any more.", course=title)),
            t("Who takes it keeps it, and their progress."),
        )
    return Reply(*lines, buttons=[[look, *undo]])


async def _waits(ctx: Context, course: Course) -> Reply:
    t, number = ctx.t, str(course.id)
    await log(ctx, "course wait", course.id, None, {"state": course.state})
    return Reply(
        Bold(t("{course} waits for a look by our experts.", course=title_of(t, course))),
        t("I write to you as soon as one of them has looked. Until then you can go on changing it."),
        buttons=[Button(t("Change something"), "course_step", (number, EDIT))],
    )


@feature.undo("course add")
async def add_back(ctx: Context, row: AuditRow) -> Reply:
    """It is archived, and not deleted: somebody may have begun it."""
    course = await course_targeted(ctx, row.target)
    await write(ctx, course, {"state": "archived"})
    return Reply(ctx.t("Undone. {course} is not offered any more.", course=title_of(ctx.t, course)))


@feature.undo("course edit", "course publish", "course archive", "course pin", "course boost")
async def edit_back(ctx: Context, row: AuditRow) -> Reply:
    course = await course_targeted(ctx, row.target)
    await write(ctx, course, from_log(row.before))
    now = await course_targeted(ctx, row.target)
    return Reply(ctx.t("Undone. {course} is as before.", course=title_of(ctx.t, now)))


@feature.tell("course add", "course edit", "course publish", "course archive", "course wait")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, course = ctx.t, await title_targeted(ctx, row.target)
    match row.action:
        case "course add":
            return t("{who} made the course {course}.", who=who, course=course)
        case "course publish":
            return t("{who} published {course}.", who=who, course=course)
        case "course wait":
            return t("{who} wants to publish {course}, and an expert looks first.", who=who, course=course)
        case "course archive":
            return t("{who} archived {course}.", who=who, course=course)
        case _:
            facts = [t(FACTS[name].label) for name in row.after if name in FACTS]
            if not facts:
                return t("{who} changed what is needed before {course}.", who=who, course=course)
            return t(
                "{who} changed {course}: {facts}.",
                who=who,
                course=course,
                facts=t.c("list", ", ").join(facts),
            )


async def _told(ctx: Context, course: Course, name: str, value: str, then: str) -> Reply:
    fact = _fact(ctx, name)
    try:
        values = fact.read(value.strip())
    except Misread as error:
        raise mistake(ctx, error) from None
    now, undo = await change(ctx, course, values)
    if then in STEPS:
        return await page(ctx, now, then)
    return await everything(ctx, now, _said(ctx, changed=now != course), undo=undo)


def _said(ctx: Context, *, changed: bool) -> Bold:
    return Bold(ctx.t("Changed.") if changed else ctx.t("Nothing to change."))


def _fact(ctx: Context, name: str) -> Fact:
    if name not in FACTS:
        raise UserError(ctx.t("This button is from an older version. Please run the command again."))
    return FACTS[name]
