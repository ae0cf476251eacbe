"""Backlog: what waits for experts, told once: a line in /today, and a letter a day to those who wish it."""

from collections.abc import Sequence
from typing import Final

from handlers.admin.admins import admins_of
from handlers.base import EXPERT, Action, Bold, Button, Context, Reply, Task
from handlers.learning.letters import letter, reader_of
from handlers.quality.choosing import SAMPLE
from handlers.quality.looking import Settings, looker_of
from handlers.words.ages import ago
from storage.calendar import zone_of

HOURS: Final = 6
"""A letter that could not be written at its hour is for so long."""
AT_ONCE: Final = 100


async def tasks(ctx: Context) -> list[Task]:
    """One line: how much waits, and since when. Appeals weigh more, for somebody waits for an answer."""
    t, waiting = ctx.t, await ctx.store.committee.backlog(ctx.community.id)
    if waiting.since is None:
        return []
    words = t.n(
        "{n} post waits for an expert, the oldest came {age}.",
        "{n} posts wait for an expert, the oldest came {age}.",
        waiting.cases,
        age=ago(t, waiting.since, ctx.now),
    )
    if waiting.appeals:
        words = t.n(
            "{waiting} {n} of them is an appeal.",
            "{waiting} {n} of them are appeals.",
            waiting.appeals,
            waiting=words,
        )
    return [
        Task(
            key="review:backlog",
            words=words,
            action=Button(t("Look at them"), "cases", ("open", "1")),
            weight=70 if waiting.appeals else 50,
            opens=True,
        )
    ]


async def letters(ctx: Context) -> Sequence[Action]:
    """Tell the experts who wish it, once a day, what waits for them. Safe to run twice."""
    rules = ctx.settings(Settings)
    local = ctx.now.astimezone(zone_of(ctx.community.calendar.zone))
    if not rules.letter_hour <= local.hour < rules.letter_hour + HOURS:
        return []
    readers = await ctx.store.committee.readers(ctx.community.id)
    if not readers:
        return []
    entitled = await _entitled(ctx)
    sent: list[Action] = []
    for member in readers:
        if member in entitled and len(sent) < AT_ONCE:
            sent += await _letter(ctx, member, local.date().isoformat())
    return sent


async def _letter(ctx: Context, member: int, day: str) -> Sequence[Action]:
    own = await reader_of(ctx, member)
    if own is None:
        return []
    assert own.account is not None
    key = f"review:{ctx.community.id}:{own.account.id}:{day}"
    who = await looker_of(own)
    until = who.wishes.paused_until
    if (until is not None and until > ctx.now) or await ctx.store.outbox.get(key) is not None:
        return []
    waiting = await ctx.store.committee.waiting(ctx.community.id, who.mine, ctx.now)
    flagged = [each for each in waiting if each.origin != SAMPLE or each.appealed_at is not None]
    if not flagged:
        return []
    t, oldest = own.t, min(each.opened_at for each in flagged)
    words = t.n(
        "{n} post waits for an expert such as you, the oldest came {age}.",
        "{n} posts wait for an expert such as you, the oldest came {age}.",
        len(flagged),
        age=ago(t, oldest, ctx.now),
    )
    buttons = [
        Button(t("Look at one"), "review_next"),
        Button(t("Pause for a week"), "experts_pause", ("7",)),
        Button(t("No letters"), "experts_letters", ("0",)),
    ]
    return [await letter(own, key, Reply(Bold(words), buttons=buttons))]


async def _entitled(ctx: Context) -> set[int]:
    """The members who may judge: experts by grant, and admins."""
    found = {
        each.member_id
        for each in await ctx.store.grants.all(ctx.community.id, ctx.now)
        if each.role == EXPERT
    }
    for account in await admins_of(ctx.store, ctx.community.id, ctx.now):
        member = await ctx.store.people.member(ctx.community.id, account.id)
        if member is not None:
            found.add(member.id)
    return found
