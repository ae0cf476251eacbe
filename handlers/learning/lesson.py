"""Lesson: its page, and whether it is done. What is done pays once; a mistake goes back with its points."""

from typing import Annotated

from handlers.base import (
    Action,
    Between,
    Context,
    Feature,
    Field,
    Form,
    Pressed,
    Reply,
    Text,
    UserError,
)
from handlers.learning.pages import (
    Taken,
    course_page,
    done_by_word,
    finished_page,
    lesson_page,
    lesson_taken,
)
from handlers.learning.progress import OWN_RULE, Settings, lesson_done, lesson_undone
from handlers.words.courses import lesson_named
from handlers.words.dates import day_in_words
from storage.courses import Lesson

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("learning", Settings)


@feature.press("lesson")
async def page(ctx: Context, pressed: Pressed, lesson: Number) -> Reply:
    """From where others may see the button: the page is an answer of its own."""
    return await _page(ctx, lesson)


@feature.press("lesson_turn")
async def turn(ctx: Context, pressed: Pressed, lesson: Number) -> Reply:
    reply = await _page(ctx, lesson)
    reply.edit = True
    return reply


@feature.press("lesson_done")
async def done(ctx: Context, pressed: Pressed, lesson: Number) -> list[Action]:
    taken, found = await lesson_taken(ctx, lesson)
    _is_open(ctx, taken, found)
    if found.id not in taken.done and not done_by_word(found, ctx):
        return [lesson_page(ctx, taken, found)]
    return await _done(ctx, taken, found, None)


@feature.press("lesson_undone")
async def undone(ctx: Context, pressed: Pressed, lesson: Number) -> list[Action]:
    """It was a mistake: what it paid goes back."""
    taken, found = await lesson_taken(ctx, lesson)
    effects = await lesson_undone(ctx, taken.enrolment, found.id, [each.id for each in taken.lessons])
    taken, found = await lesson_taken(ctx, lesson)
    reply = lesson_page(ctx, taken, found, ctx.t("Noted: not done yet."))
    reply.edit = True
    return [reply, *effects]


@feature.press("lesson_mark", answer="form")
async def mark(ctx: Context, pressed: Pressed, lesson: Number) -> Form:
    t = ctx.t
    return Form(
        title=t("My mark"),
        press="lesson_marked",
        args=(str(lesson),),
        fields=(Field("mark", t("How many percent were right, for example 80"), max_length=5),),
    )


@feature.press("lesson_marked")
async def marked(ctx: Context, pressed: Pressed, lesson: Number, mark: str) -> list[Action]:
    t, (taken, found) = ctx.t, await lesson_taken(ctx, lesson)
    _is_open(ctx, taken, found)
    if found.kind != "quiz":
        return [lesson_page(ctx, taken, found)]
    percent = read_percent(mark)
    if percent is None:
        raise UserError(
            t("“{word}” is no mark. Write how many percent were right, for example 80.", word=mark[:20])
        )
    needed = ctx.settings(Settings).pass_mark
    if percent < needed:
        return [
            lesson_page(
                ctx,
                taken,
                found,
                t("That is {mark} of 100, and {needed} are needed. Look at it again, and try once more.",
                  mark=t.number(percent), needed=t.number(needed)),
            )
        ]  # fmt: skip
    return await _done(ctx, taken, found, percent / 100)


async def _page(ctx: Context, number: int) -> Reply:
    """Whoever opens a lesson has begun the course."""
    taken, lesson = await lesson_taken(ctx, number)
    if taken.opens(lesson) is None:
        await ctx.store.enrolments.start(taken.enrolment, now=ctx.now)
    return lesson_page(ctx, taken, lesson)


async def _done(ctx: Context, taken: Taken, lesson: Lesson, mark: float | None) -> list[Action]:
    assert ctx.account is not None
    noted = await lesson_done(
        ctx,
        taken.enrolment,
        lesson.id,
        account=ctx.account,
        pays=lesson.kind not in OWN_RULE,
        mark=mark,
    )
    if noted.finished:
        return [finished_page(ctx, taken.course, noted.points), *noted.effects]
    taken, lesson = await lesson_taken(ctx, lesson.id)
    reply = course_page(ctx, taken, _said(ctx, lesson, new=noted.new, points=noted.points))
    reply.edit = True
    return [reply, *noted.effects]


def _said(ctx: Context, lesson: Lesson, *, new: bool, points: int) -> Text:
    t, title = ctx.t, lesson_named(ctx.t, lesson)
    if not new:
        return t("✓ “{lesson}” is done already.", lesson=title)
    if not points:
        return t("✓ “{lesson}” is done.", lesson=title)
    return t.n("✓ “{lesson}” is done: {n} point.", "✓ “{lesson}” is done: {n} points.", points, lesson=title)


def _is_open(ctx: Context, taken: Taken, lesson: Lesson) -> None:
    opens = taken.opens(lesson)
    if opens is not None:
        day = day_in_words(ctx.t, opens, taken.today)
        raise UserError(ctx.t("This lesson opens on {day}.", day=day))


def read_percent(word: str) -> int | None:
    """ "80", "80 %" or "80%": a whole number from 0 to 100; None: it is none."""
    digits = word.strip().removesuffix("%").removesuffix("％").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
        return None
    return int(digits) if int(digits) <= 100 else None
