"""Suggest: what a member could take next, each with its reason, and what they answer to it."""

from datetime import timedelta
from typing import Annotated

from handlers.base import (
    N_,
    NO_TEXT,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
    Wanted,
)
from handlers.learning.knowing import ask_what_they_like
from handlers.learning.suggesting import (
    Settings,
    card_again,
    listed,
    look,
    opened_card,
    show,
    showing_of,
)
from handlers.words.courses import one_line, title_of
from handlers.words.durations import duration
from storage.suggestions import WHYS, Why

TOPIC = 60
"""As much of a topic is read."""

Number = Annotated[int, Between(1, 2**60)]
WORDS: dict[Why, str] = {
    "topic": N_("Not my topic"),
    "easy": N_("Too easy"),
    "hard": N_("Too hard"),
    "had": N_("Had it elsewhere"),
    "price": N_("Too expensive"),
}

feature = Feature("suggest", Settings)


@feature.command(
    "suggest",
    help=N_("What you could take next, and why"),
    examples=("suggest", "suggest python"),
    suggests=True,
)
async def suggest(
    ctx: Context, command: Command, topic: Annotated[Rest, Help(N_("Only what is about this"))] = NO_TEXT
) -> Reply:
    return await answer(ctx, Wanted(way="asked", topic=one_line(topic)[:TOPIC]))


@feature.press("suggest", suggests=True)
async def press_suggest(ctx: Context, pressed: Pressed, how: str = "") -> Reply:
    """Asked for by a button: in the welcome, or to come back to all of them."""
    reply = await answer(ctx, Wanted(way="asked"), anything=how == "anything")
    reply.edit = how in ("again", "anything")
    return reply


@feature.press("suggest_next", suggests=True)
async def after_a_course(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    """A member finished a course: what now?"""
    return await answer(ctx, Wanted(way="finished"))


@feature.press("suggest_open")
async def look_closer(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    showing = await showing_of(ctx, number)
    card = await card_again(ctx, showing)
    await ctx.store.suggestions.opened(showing.id, ctx.now)
    return opened_card(ctx.t, card)


@feature.press("suggest_later")
async def later(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    showing = await showing_of(ctx, number)
    days = timedelta(days=ctx.settings(Settings).later_days)
    await ctx.store.suggestions.put_off(showing.id, ctx.now + days)
    course = await ctx.store.courses.get(ctx.community.id, showing.course_id)
    title = title_of(ctx.t, course) if course else ""
    return Reply(
        ctx.t("Not before {days} from now: {course}.", days=duration(ctx.t, days), course=title),
        buttons=[
            Button(ctx.t("Something else"), "suggest"),
            Button(ctx.t("Undo"), "suggest_undo", (str(number),)),
        ],
        edit=True,
    )


@feature.press("suggest_not")
async def not_for_me(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    """It is heeded at once; why is asked, and need not be answered."""
    t, showing = ctx.t, await showing_of(ctx, number)
    await ctx.store.suggestions.dismiss(showing.id, ctx.now)
    course = await ctx.store.courses.get(ctx.community.id, showing.course_id)
    words = {why: label for why, label in WORDS.items() if why != "price" or (course and course.price)}
    title = title_of(t, course) if course else ""
    return Reply(
        Bold(t("I do not suggest {course} to you any more.", course=title)),
        t("Why not? It helps me to choose better."),
        buttons=[
            *(Button(t(label), "suggest_why", (str(number), why)) for why, label in words.items()),
            [
                Button(t("Something else"), "suggest"),
                Button(t("Undo"), "suggest_undo", (str(number),)),
            ],
        ],
        edit=True,
    )


@feature.press("suggest_why")
async def why_not(ctx: Context, pressed: Pressed, number: Number, why: str) -> Reply:
    t, showing = ctx.t, await showing_of(ctx, number)
    if why not in WHYS:
        raise UserError(t("This button no longer works. Please run its command again."))
    await ctx.store.suggestions.dismiss(showing.id, ctx.now, why)
    heeded = {
        "topic": t("Noted: not your topic, and I choose by it."),
        "easy": t("Noted: you can do harder ones."),
        "hard": t("Noted: from now on something easier."),
        "had": t("Noted: you know it already, and I choose by it."),
        "price": t("Noted: too expensive."),
    }
    return Reply(heeded[why], buttons=[Button(t("Something else"), "suggest")], edit=True)


@feature.press("suggest_undo")
async def undo(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    showing = await showing_of(ctx, number)
    await ctx.store.suggestions.want_again(showing.id)
    return opened_card(ctx.t, await card_again(ctx, showing))


@feature.press("suggest_like", suggests=True)
async def more_like_this(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    showing = await showing_of(ctx, number)
    await ctx.store.suggestions.opened(showing.id, ctx.now)
    return await answer(ctx, Wanted(way="asked", like=showing.course_id))


async def answer(ctx: Context, wanted: Wanted, *, anything: bool = False) -> Reply:
    """Up to three cards; or a question to whom nothing is known of; or that there is nothing."""
    t = ctx.t
    picked = await look(ctx, wanted)
    if picked.stranger and not (anything or wanted.topic or wanted.like):
        question = await ask_what_they_like(ctx)
        if question is not None:
            return question
    cards = await show(ctx, picked, wanted)
    if not cards:
        return await _nothing(ctx, wanted)
    lines, buttons = listed(t, cards)
    row = [Button(t("My interests"), "interests")]
    wishes = (await ctx.store.suggestions.wishes(ctx.community.id, [ctx.myself.id])).get(ctx.myself.id)
    if wishes is None or wishes.reads is None:
        row.append(Button(t("Suggest better"), "suggest_reads"))
    foot: list[Text] = []
    if wishes is None or wishes.every_days is None:
        foot = ["", t("When something fits you well I write to you, at most once a week: /suggest_often")]
    return Reply(*lines, *foot, buttons=[*buttons, row])


async def _nothing(ctx: Context, wanted: Wanted) -> Reply:
    """Nothing good enough, in words that fit what was asked."""
    t = ctx.t
    counts = await ctx.store.courses.count(ctx.community.id)
    if not counts.get("published"):
        return Reply(t("There are no courses here yet. I can suggest one as soon as there are."))
    if wanted.topic:
        return Reply(
            t("I have nothing for you about “{topic}”.", topic=wanted.topic),
            t(
                "{command} shows all courses; {other} looks without a topic.",
                command="/courses",
                other="/suggest",
            ),
        )
    if wanted.like is not None:
        return Reply(
            t("There is nothing else like it that you have not had yet."), t("All courses: /courses")
        )
    return Reply(
        t(
            "I have nothing new for you that I am sure about."
            " Tell me two topics you like, and I will look again: /interests"
        ),
        buttons=[Button(t("My interests"), "interests"), Button(t("All courses"), "courses")],
    )
