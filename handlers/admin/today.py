"""Today: what needs an admin, on one card, each thing with its action one press away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from handlers.admin.admins import admins_of
from handlers.admin.card import card, spec_of, waiting_for
from handlers.base import (
    ADMIN,
    N_,
    Action,
    Between,
    Button,
    Command,
    Context,
    DirectMessage,
    Feature,
    Help,
    Outcome,
    Parsed,
    Pressed,
    Reply,
    Text,
    Texts,
    UserError,
)
from handlers.base.arguments import bind_words
from handlers.words.dates import clock_in_words
from handlers.words.weekdays import WEEKDAYS
from storage.calendar import zone_of
from storage.today import Reader

DAILY, WEEKLY, OFF = "daily", "weekly", "off"
SENDING = {DAILY: N_("every day"), WEEKLY: N_("once a week"), OFF: N_("not any more")}
_WORDS = {
    DAILY: ("daily", "on", "day", "每天", "开"),
    WEEKLY: ("weekly", "week", "每周"),
    OFF: ("off", "no", "关", "关闭"),
}

feature = Feature("today")


def read_sending(word: str, t: Texts) -> str:
    folded = word.casefold()
    for sending, words in _WORDS.items():
        if folded in words or folded == t(SENDING[sending]).casefold():
            return sending
    raise UserError(t("Write daily, weekly or off, for example: /today daily 9"))


Sending = Annotated[
    str, Parsed(read_sending, choices=tuple(SENDING.items())), Help(N_("Whether I send it to you by myself"))
]
Hour = Annotated[int, Between(0, 23), Help(N_("At which hour of the community's day"))]


@feature.command(
    "today",
    needs=ADMIN,
    help=N_("What needs you, at most five things"),
    examples=("today", "today daily 9", "today off"),
)
async def today(ctx: Context, command: Command, send: Sending | None = None, hour: Hour = 9) -> Reply:
    if send is None:
        return card(ctx, await waiting_for(ctx))
    return await subscribe(ctx, send, hour)


async def subscribe(ctx: Context, send: str, hour: int) -> Reply:
    """From now on the card comes by itself, or not any more. Nobody gets it who did not ask."""
    t, account = ctx.t, ctx.account
    if account is None:
        raise UserError(t("I cannot see who you are here. Write as yourself, not as the group."))
    if send == OFF:
        await ctx.store.today.read_no_more(ctx.community.id, [account.id])
        return Reply(t("I no longer send it. {command} shows it whenever you ask.", command="/today"))
    if not account.reachable and _must_start(ctx, account.platform):
        raise UserError(t("I may not write to you yet. Open our private chat, press Start, and ask again."))
    await ctx.store.today.read_at(ctx.community.id, account.id, hour, weekly=send == WEEKLY)
    when = clock_in_words(t, datetime(2000, 1, 1, hour, tzinfo=UTC), "UTC")
    if send == WEEKLY:
        day = t(WEEKDAYS[ctx.community.calendar.week_start])
        return Reply(
            t(
                "Every {day} at {hour} I send you what waits, if anything does. To stop it: /today off",
                day=day,
                hour=when,
            )
        )
    return Reply(
        t("Every day at {hour} I send you what waits, if anything does. To stop it: /today off", hour=when)
    )


def _must_start(ctx: Context, platform: str) -> bool:
    known = ctx.condition.platforms() if ctx.condition is not None else []
    return any(each.must_start for each in known if each.platform == platform)


# What is pressed


@feature.press("today", needs=ADMIN)
async def show(ctx: Context, pressed: Pressed) -> Reply:
    return card(ctx, await waiting_for(ctx), edit=True)


@feature.press("today_do", needs=ADMIN)
async def do(ctx: Context, pressed: Pressed, mark: str) -> Action | Sequence[Action]:
    return await _do(ctx, pressed, mark)


@feature.press("today_check", needs=ADMIN, asks_condition=True)
async def check(ctx: Context, pressed: Pressed, mark: str) -> Action | Sequence[Action]:
    """What was looked at anew and is not found any more is mended."""
    waiting = await waiting_for(ctx)
    if waiting.named(mark) is None:
        return card(ctx, waiting, [ctx.t("That is mended."), ""], edit=True)
    return await _do(ctx, pressed, mark)


@feature.press("today_other", needs=ADMIN)
async def other(ctx: Context, pressed: Pressed, mark: str) -> Action | Sequence[Action]:
    return await _do(ctx, pressed, mark, other=True)


async def _do(ctx: Context, pressed: Pressed, mark: str, *, other: bool = False) -> Action | Sequence[Action]:
    """Do what a task's button does, and show the card again with what it said; the next task comes up."""
    waiting = await waiting_for(ctx)
    task = waiting.named(mark)
    button = None if task is None else task.other if other else task.action
    if task is None or button is None:
        return card(
            ctx, waiting, [ctx.t("This has changed meanwhile. It stands like this now:"), ""], edit=True
        )
    spec = spec_of(ctx, button)
    assert spec is not None  # or it would not be on the card
    arguments = bind_words(spec.params, button.args, {}, ctx.t)
    outcome = Outcome.of(await spec.handler(ctx, pressed, **arguments))
    answer = outcome.answer
    if answer is not None and task.opens and not other:
        if isinstance(answer, Reply):
            answer.edit = False
        return answer if not outcome.effects else [answer, *outcome.effects]
    said: list[Text] = []
    below: list[Button] = []
    if isinstance(answer, Reply):
        said = [*answer.lines, ""]
        below = [each for row in answer.buttons for each in row]
    after = card(ctx, await waiting_for(ctx), said, below, edit=True)
    return after if not outcome.effects else [after, *outcome.effects]


@feature.press("today_later", needs=ADMIN)
async def later(ctx: Context, pressed: Pressed, mark: str) -> Reply:
    """Not today. Who means not this week presses once more."""
    done = await _put_off(ctx, mark, 1)
    owner = ctx.account.id if ctx.account else None
    more = [Button(ctx.t("Rather in a week"), "today_week", (mark,), owner=owner)] if done else []
    return await _card_after(ctx, done, ctx.t("Put off until tomorrow."), more)


@feature.press("today_week", needs=ADMIN)
async def week(ctx: Context, pressed: Pressed, mark: str) -> Reply:
    return await _card_after(ctx, await _put_off(ctx, mark, 7), ctx.t("Put off for a week."))


async def _put_off(ctx: Context, mark: str, days: int) -> bool:
    """Leave a task out until a day begins; False: there is no such task any more."""
    task = (await waiting_for(ctx)).named(mark)
    if task is None or ctx.account is None:
        return False
    calendar = ctx.community.calendar
    until = calendar.start_of(calendar.day(ctx.now) + timedelta(days=days))
    await ctx.store.today.put_off(ctx.community.id, ctx.account.id, task.key, until)
    return True


async def _card_after(ctx: Context, done: bool, said: str, below: Sequence[Button] = ()) -> Reply:
    words = said if done else ctx.t("This has changed meanwhile. It stands like this now:")
    return card(ctx, await waiting_for(ctx), [words, ""], below, edit=True)


# What is sent


@feature.job("push", "0 * * * *")
async def push(ctx: Context) -> Sequence[Action]:
    """Send the card to the admins who asked for it, at their hour, if there is anything on it.

    Safe to run twice: a day is seen to once a reader, and the outbox keeps one copy a reader and day.
    """
    readers = await ctx.store.today.readers(ctx.community.id)
    if not readers:
        return []
    admins = {each.id for each in await admins_of(ctx.store, ctx.community.id, ctx.now)}
    local = ctx.now.astimezone(zone_of(ctx.community.calendar.zone))
    sent: list[Action] = []
    for reader in readers:
        if reader.hour > local.hour or reader.looked_on == local.date():
            continue
        if reader.weekly and local.weekday() != ctx.community.calendar.week_start:
            continue
        await ctx.store.today.looked(ctx.community.id, reader.account.id, local.date())
        if reader.account.id in admins:
            sent += await _letter(ctx, reader)
    return sent


async def _letter(ctx: Context, reader: Reader) -> list[Action]:
    account = reader.account
    member = await ctx.store.people.member(ctx.community.id, account.id)
    language = (member.language if member else None) or ctx.community.language
    own = replace(ctx, account=account, member=member, t=ctx.texts(language), private=True)
    waiting = await waiting_for(own)
    if not waiting.now:
        return []
    reply = card(own, waiting)
    for space in await ctx.store.communities.spaces(ctx.community.id):
        if space.platform == account.platform and await ctx.store.people.is_in(account.id, space.id):
            reply = reply.about(space.id)
            break
    day = ctx.community.calendar.day(ctx.now)
    return [
        DirectMessage(
            key=f"today:{ctx.community.id}:{account.id}:{day}",
            platform=account.platform,
            account=account.external_id,
            reply=reply,
        )
    ]
