"""Interests: what a member says they like, and whether what they write may be looked at, too."""

import re
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
from handlers.learning.knowing import ENOUGH, ask_what_they_like
from handlers.learning.suggesting import listed, look, show
from handlers.words.courses import one_line
from storage.interests import fold_topic
from storage.suggestions import NewShowing

MOST = 10
"""So many topics are taken at once."""
SHOWN = 8
TOPIC_BYTES = 24

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("interests")


@feature.command(
    "interests",
    help=N_("What you like, so that I suggest what fits"),
    examples=("interests", "interests python, statistics"),
)
async def interests(
    ctx: Context,
    command: Command,
    topics: Annotated[Rest, Help(N_("Topics you like, with commas between them"))] = NO_TEXT,
) -> Reply:
    if not topics:
        return await overview(ctx)
    told = _topics(topics)
    if not told:
        raise UserError(ctx.t("Name topics in a few words, for example: /interests python, statistics"))
    await _say(ctx, told)
    return await overview(ctx, ctx.t("Noted: {topics}.", topics=ctx.t.c("list", ", ").join(told)))


@feature.press("interests")
async def press_interests(ctx: Context, pressed: Pressed) -> Reply:
    return await overview(ctx)


@feature.press("interest_gone")
async def gone(ctx: Context, pressed: Pressed, topic: str) -> Reply:
    await ctx.store.interests.unsay(ctx.community.id, ctx.myself.id, topic)
    reply = await overview(ctx, ctx.t("Taken back: {topic}.", topic=topic))
    reply.edit = True
    return reply


@feature.press("suggest_topic", suggests=True)
async def chosen(ctx: Context, pressed: Pressed, topic: str) -> Reply:
    """Somebody of whom nothing was known chooses a topic; with the second one I look."""
    await _say(ctx, [topic])
    wanted = [each.topic for each in await ctx.store.interests.of(ctx.community.id, ctx.myself.id)]
    if len(wanted) < ENOUGH:
        question = await ask_what_they_like(ctx, [one_line(topic)])
        if question is not None:
            return question
    return await _suggested(ctx)


@feature.press("suggest_liked", suggests=True)
async def liked(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    """Somebody of whom nothing was known names a course that they liked, wherever they had it."""
    found = await ctx.store.courses.get(ctx.community.id, course)
    if found is None or found.state == "draft":
        raise UserError(ctx.t("There is no such course here any more."))
    assert ctx.account is not None
    [number] = await ctx.store.suggestions.show(
        [
            NewShowing(
                community_id=ctx.community.id,
                course_id=found.id,
                account_id=ctx.account.id,
                arm="none",
                way="welcome",
                lane="told",
                rank=1,
                score=0.0,
                because="there",
                because_of=None,
                model="",
                shown_at=ctx.now,
            )
        ]
    )
    await ctx.store.suggestions.dismiss(number, ctx.now, "liked")
    return await _suggested(ctx)


@feature.press("suggest_reads")
async def may_i(ctx: Context, pressed: Pressed) -> Reply:
    """What would be done is said before it is asked."""
    t = ctx.t
    return Reply(
        Bold(t("May I look at what you write here, to suggest better?")),
        t(
            "I would compare your last posts with what the courses are about. It happens on the school's own"
            " machine, nobody sees it, and nothing of it is kept."
        ),
        t("You can end it at any time: /interests, or /optout profiling."),
        buttons=[
            Button(t("Yes, you may"), "suggest_reads_say", ("yes",)),
            Button(t("No"), "suggest_reads_say", ("no",)),
        ],
    )


@feature.press("suggest_reads_say")
async def may(ctx: Context, pressed: Pressed, word: str) -> Reply:
    t = ctx.t
    assert ctx.account is not None
    yes = word == "yes"
    await ctx.store.suggestions.wish(ctx.community.id, ctx.account.id, reads=yes, now=ctx.now)
    said = (
        t("Thank you. From the next suggestion on I look at your last posts here, too.")
        if yes
        else t("Good. I do not look at what you write.")
    )
    return Reply(said, buttons=[Button(t("My interests"), "interests")], edit=True)


async def overview(ctx: Context, *said: Text) -> Reply:
    """What a member told, and what may be looked at; each can be taken back by a press."""
    t = ctx.t
    found = await ctx.store.interests.of(ctx.community.id, ctx.myself.id)
    wanted = [each.topic for each in found if each.wanted]
    wishes = (await ctx.store.suggestions.wishes(ctx.community.id, [ctx.myself.id])).get(ctx.myself.id)
    reads = wishes is not None and wishes.reads is True
    lines: list[Text] = [*said]
    if wanted:
        lines.append(Bold(t("You like: {topics}.", topics=t.c("list", ", ").join(wanted))))
    else:
        lines.append(Bold(t("You have not told me what you like yet.")))
    lines.append(
        t("I also look at what you write here, because you allowed it.")
        if reads
        else t("I do not look at what you write here.")
    )
    lines.append(t("To tell me more, write for example: /interests python, statistics"))
    less = [
        Button(f"✕ {topic}", "interest_gone", (topic,))
        for topic in wanted[:SHOWN]
        if len(topic.encode()) <= TOPIC_BYTES and "|" not in topic
    ]
    look_at = (
        Button(t("Do not look at my posts"), "suggest_reads_say", ("no",))
        if reads
        else Button(t("May you look at my posts?"), "suggest_reads")
    )
    return Reply(*lines, buttons=[*less, [Button(t("Suggest something"), "suggest"), look_at]])


async def _say(ctx: Context, topics: list[str]) -> None:
    assert ctx.account is not None
    await ctx.store.interests.say(ctx.community.id, ctx.account.id, topics, wanted=True, now=ctx.now)


async def _suggested(ctx: Context) -> Reply:
    """What fits what was just told."""
    wanted = Wanted(way="welcome")
    cards = await show(ctx, await look(ctx, wanted), wanted)
    if not cards:
        return Reply(
            ctx.t("Noted. I have nothing that fits yet, and keep it in mind."),
            buttons=[Button(ctx.t("All courses"), "courses")],
            edit=True,
        )
    lines, buttons = listed(ctx.t, cards)
    return Reply(*lines, buttons=buttons, edit=True)


def _topics(text: str) -> list[str]:
    """Topics as they are written, between commas."""
    parts = (one_line(part) for part in re.split(r"[,，、;；\n]", text))
    return [part for part in parts if fold_topic(part)][:MOST]
