"""Rating: how many stars a course is worth to who took it, and a word on it for the teacher."""

from typing import Annotated

from handlers.base import (
    NO_TEXT,
    Between,
    Bold,
    Button,
    Context,
    Feature,
    Field,
    Form,
    Pressed,
    Reply,
    Rest,
    UserError,
)
from handlers.learning.pages import SUGGEST, has_press, stars_in_words
from handlers.words.courses import course_numbered, title_of
from storage.enrolments import Enrolment

LONGEST = 1_000
"""Signs of a word on a course."""

Number = Annotated[int, Between(1, 2**60)]
Stars = Annotated[int, Between(1, 5)]

feature = Feature("ratings")


@feature.press("rate")
async def ask(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    t, found = ctx.t, await course_numbered(ctx, course)
    await _mine(ctx, found.id)
    stars = [Button(f"{n} ★", "rated", (str(course), str(n))) for n in (5, 4, 3, 2, 1)]
    return Reply(
        Bold(t("How good is {title}?", title=title_of(t, found))),
        t("5 is best. The teacher sees it without your name."),
        buttons=[stars[:3], stars[3:]],
    )


@feature.press("rated")
async def rate(ctx: Context, pressed: Pressed, course: Number, stars: Stars) -> Reply:
    t, found = ctx.t, await course_numbered(ctx, course)
    await ctx.store.enrolments.rate(await _mine(ctx, found.id), stars, now=ctx.now)
    return _thanks(ctx, course, t("Thank you: {stars} for {title}.",
                                  stars=stars_in_words(stars), title=title_of(t, found)))  # fmt: skip


@feature.press("rate_words", answer="form")
async def ask_words(ctx: Context, pressed: Pressed, course: Number) -> Form:
    t = ctx.t
    label = t("What was good, what was missing?")
    return Form(
        title=t("A word on the course"),
        press="rated_words",
        args=(str(course),),
        fields=(Field("words", label, long=True, max_length=LONGEST),),
    )


@feature.press("rated_words")
async def say(ctx: Context, pressed: Pressed, course: Number, words: Rest = NO_TEXT) -> Reply:
    t, found = ctx.t, await course_numbered(ctx, course)
    mine = await _mine(ctx, found.id)
    if mine.stars is None:
        raise UserError(t("Give it stars first, then a word."))
    text = words.strip()[:LONGEST]
    if not text:
        raise UserError(t("That was empty. Write a sentence, or leave it at the stars."))
    await ctx.store.enrolments.rate(mine, mine.stars, words=text, now=ctx.now)
    return Reply(t("Thank you, that helps. The teacher reads it without your name."))


def _thanks(ctx: Context, course: int, head: str) -> Reply:
    t, number = ctx.t, str(course)
    buttons = [Button(t("Add a word"), "rate_words", (number,))]
    if has_press(ctx, SUGGEST):
        buttons.append(Button(t("What next"), SUGGEST, (number,)))
    return Reply(head, t("A word on it helps whoever comes after you."), buttons=buttons, edit=True)


async def _mine(ctx: Context, course: int) -> Enrolment:
    """Whoever took a course may rate it, also who left it."""
    found = await ctx.store.enrolments.one(ctx.community.id, ctx.myself.id, course)
    if found is None:
        raise UserError(ctx.t("Only who takes or took the course can rate it."))
    return found
