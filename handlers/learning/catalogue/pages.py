"""Pages: the questions of /course_add, and the page on which a course is changed."""

from collections.abc import Sequence

from handlers.base import Bold, Button, Context, Italic, Reply, Text
from handlers.learning.card import course_card
from handlers.learning.catalogue.facts import FACTS
from handlers.words.commands import pressable, spelled
from handlers.words.courses import LEVEL_WORDS, named, title_of
from storage.courses import LEVELS, Course, Search

STEPS = ("title", "level", "price", "lessons", "preview")
EDIT = "edit"
"""The page of everything, beside the steps."""
DRAFTS = 3


async def page(ctx: Context, course: Course, step: str, *said: Text, undo: Sequence[Button] = ()) -> Reply:
    """A step of the wizard, or the page of everything; `said` is what was just done."""
    match step:
        case "level":
            return _level(ctx, course, *said)
        case "price":
            return _price(ctx, course, *said)
        case "lessons":
            return await _lessons(ctx, course, *said)
        case "preview":
            return await _preview(ctx, course, *said)
        case _:
            return await everything(ctx, course, *said, undo=undo)


async def ask_title(ctx: Context) -> Reply:
    """The first question; drafts that were begun are named with it."""
    t = ctx.t
    drafts = Search(states=("draft",))
    _, begun = await ctx.store.courses.search(ctx.community.id, drafts, now=ctx.now, rows=DRAFTS)
    going_on = [
        [Button(t("Go on: {title}", title=named(t, each)[:30]), "course_step", (str(each.id), "preview"))]
        for each in begun
    ]
    return Reply(
        Bold(t("What is the course called?")),
        t("Or say it at once: {example}", example=spelled(ctx, "course add Git for teams")),
        _foot(ctx, "title"),
        buttons=[[Button(t("Write the title"), "course_new")], *going_on],
    )


def _level(ctx: Context, course: Course, *said: Text) -> Reply:
    t = ctx.t
    levels = [
        Button(_capital(t(LEVEL_WORDS[level])), "course_fact", (str(course.id), "level", str(level), "price"))
        for level in LEVELS.values()
    ]
    everybody = Button(t("For everybody"), "course_fact", (str(course.id), "level", "", "price"))
    return Reply(
        *said, Bold(t("Whom is {course} for?", course=title_of(t, course))), _foot(ctx, "level"),
        buttons=[levels, [everybody]], edit=True,
    )  # fmt: skip


def _price(ctx: Context, course: Course, *said: Text) -> Reply:
    t, number = ctx.t, str(course.id)
    return Reply(
        *said,
        Bold(t("What does {course} cost?", course=title_of(t, course))),
        _foot(ctx, "price"),
        buttons=[
            [
                Button(_capital(t("free")), "course_fact", (number, "price", "0", "lessons")),
                Button(t("Write the price"), "course_form", (number, "price", "lessons")),
                Button(t("Say nothing of it"), "course_step", (number, "lessons")),
            ],
            [_back(ctx, course, "price")],
        ],
        edit=True,
    )


async def _lessons(ctx: Context, course: Course, *said: Text) -> Reply:
    t, number = ctx.t, str(course.id)
    count = len(await ctx.store.courses.lessons(course.id))
    there = [t.n("{n} lesson so far.", "{n} lessons so far.", count)] if count else []
    return Reply(
        *said,
        Bold(t("Which lessons does {course} have?", course=title_of(t, course))),
        *there,
        t("One a line. What you know besides stands behind a bar: {example}",
          example="Branches | video | 12 min | https://example.com/2"),
        _foot(ctx, "lessons"),
        buttons=[
            [
                Button(t("Write the lessons"), "lesson_form", (number, "preview")),
                Button(t("Go on") if count else t("Later"), "course_step", (number, "preview")),
            ],
            [_back(ctx, course, "lessons")],
        ],
        edit=True,
    )  # fmt: skip


async def _preview(ctx: Context, course: Course, *said: Text) -> Reply:
    t, number = ctx.t, str(course.id)
    card = await course_card(ctx, course)
    return Reply(
        *said,
        t("This is how members will see it:"),
        *card.lines,
        _foot(ctx, "preview"),
        buttons=[
            [
                Button(t("Publish"), "course_state", (number, "published")),
                Button(t("Change something"), "course_step", (number, EDIT)),
            ]
        ],
        edit=True,
    )


async def everything(ctx: Context, course: Course, *said: Text, undo: Sequence[Button] = ()) -> Reply:
    """The card with a button for each thing that can be changed."""
    t, number = ctx.t, str(course.id)
    card = await course_card(ctx, course)
    facts = [Button(t(fact.label), "course_form", (number, name, EDIT)) for name, fact in FACTS.items()]
    beside = [
        Button(t(label), press, (number,))
        for label, press in (
            (t("Needed before"), "course_needs"),
            (t("Lessons"), "course_lessons_edit"),
            (t("Picture"), "course_cover"),
        )
        if pressable(ctx, press)
    ]
    last = (
        Button(t("Archive"), "course_state", (number, "archived"))
        if course.state == "published"
        else Button(t("Publish"), "course_state", (number, "published"))
    )
    highlight = (
        [Button(t("Highlight"), "course_highlight", (number,))] if pressable(ctx, "course_highlight") else []
    )
    return Reply(
        *said,
        *card.lines,
        buttons=[facts[:3], facts[3:6], facts[6:], beside, [last, *highlight, *undo]],
        edit=True,
    )


def _back(ctx: Context, course: Course, step: str) -> Button:
    before = STEPS[STEPS.index(step) - 1]
    return Button(ctx.t("Back"), "course_step", (str(course.id), before))


def _foot(ctx: Context, step: str) -> Italic:
    number, of = ctx.t.number(STEPS.index(step) + 1), ctx.t.number(len(STEPS))
    return Italic(ctx.t("Step {number} of {of}", number=number, of=of))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
