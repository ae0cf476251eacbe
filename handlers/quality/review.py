"""Review: posts before the experts, one card at a time, each answered with one press."""

from collections.abc import Sequence
from typing import Annotated

from handlers.base import (
    ADMIN,
    EXPERT,
    N_,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    Task,
    Text,
    UserError,
)
from handlers.quality import backlog, deciding
from handlers.quality.card import SECOND, card, next_case
from handlers.quality.choosing import settled
from handlers.quality.deciding import settle
from handlers.quality.looking import Looker, Settings, looker_of, refuse, votes
from handlers.words.commands import spelled
from handlers.words.dates import day_in_words
from handlers.words.ills import OUTCOMES
from handlers.words.quality import outcome_in_words
from storage.cases import SKIP, Case, Outcome
from storage.values import AuditRow

DECIDED, REOPENED, HERE = "case", "case again", "review here"
"""What the audit log calls a decision, its end, and the choice of a review channel."""

feature = Feature("review", Settings)

Number = Annotated[int, Between(1, 2**60)]


@feature.command(
    "review", needs=EXPERT, help=N_("The next post that an expert should look at"), examples=("review",)
)
async def review(ctx: Context, command: Command) -> Reply:
    reply = await next_card(ctx, await looker_of(ctx))
    if not ctx.private and ctx.settings(Settings).here:
        reply.private = False
    return reply


@feature.press("review_next", needs=EXPERT)
async def following(ctx: Context, pressed: Pressed) -> Reply:
    return await next_card(ctx, await looker_of(ctx), edit=True)


@feature.press("review", needs=EXPERT)
async def say(
    ctx: Context, pressed: Pressed, outcome: str, number: Number, look: str = ""
) -> Sequence[Action]:
    """One press judges a post, and the next card comes up at once. What may be done is looked at again."""
    case = await ctx.store.cases.get(ctx.community.id, number)
    who = await looker_of(ctx)
    if case is None or outcome not in (*OUTCOMES, SKIP):
        raise UserError(ctx.t("This case is not there any more. Next: {command}", command="/review"))
    if outcome == SKIP:
        return [await _skip(ctx, who, case)]
    await refuse(ctx, who, case, await ctx.store.cases.verdicts(case))
    if case.state == "gone":
        return [
            await next_card(
                ctx, who, ctx.t("That post is settled without us: it was changed or is gone."), "", edit=True
            )
        ]
    if case.state == "decided":
        return [await _too_late(ctx, who, case, outcome, blind=look == SECOND)]
    return await _vote(ctx, who, case, outcome)


async def _skip(ctx: Context, who: Looker, case: Case) -> Reply:
    await ctx.store.cases.add_verdict(case, who.account, SKIP, ctx.now)
    for account in who.mine:
        await ctx.store.cases.release(ctx.community.id, case.id, account)
    return await next_card(ctx, who, ctx.t("Left to somebody else."), "", edit=True)


async def _too_late(ctx: Context, who: Looker, case: Case, outcome: str, *, blind: bool) -> Reply:
    """It is decided: what they say changes nothing, and shows how far experts agree."""
    said = await _has_said(ctx, who, case)
    if not said:
        await ctx.store.cases.add_verdict(case, who.account, outcome, ctx.now, again=True)
    if blind and not said:
        return await next_card(ctx, who, _noted(ctx, outcome), "", edit=True)
    found = outcome_in_words(ctx.t, case.outcome or case.kind)
    words = (
        ctx.t("You have judged that one already.")
        if said
        else ctx.t("Somebody was quicker: it was found {outcome}. Thank you all the same.", outcome=found)
    )
    return await next_card(ctx, who, words, "", edit=True)


async def _vote(ctx: Context, who: Looker, case: Case, outcome: str) -> Sequence[Action]:
    if await _has_said(ctx, who, case) or not await ctx.store.cases.add_verdict(
        case, who.account, outcome, ctx.now
    ):
        return [await next_card(ctx, who, ctx.t("You have judged that one already."), "", edit=True)]
    said = [each.outcome for each in votes(case, await ctx.store.cases.verdicts(case))]
    found = settled(said, max(case.wanted, ctx.settings(Settings).needed(case.kind)))
    if found is None:
        for account in who.mine:
            await ctx.store.cases.release(ctx.community.id, case.id, account)
        words = ctx.t(
            "Noted: {outcome}. Another expert looks, too.", outcome=outcome_in_words(ctx.t, outcome)
        )
        return [await next_card(ctx, who, words, "", edit=True)]
    return await _decide(ctx, who, case, found)


async def _decide(ctx: Context, who: Looker, case: Case, found: Outcome) -> Sequence[Action]:
    done = await settle(ctx, case.id, found)
    if done is None:  # somebody was quicker by a moment
        after = await ctx.store.cases.get(ctx.community.id, case.id)
        return [await _too_late(ctx, who, after or case, found, blind=False)]
    action = await ctx.store.audit.add(
        ctx.community.id, who.account, DECIDED, f"case {case.id}", None, {"outcome": found}, ctx.now
    )
    words = ctx.t("Case {number}: {outcome}.", number=case.id, outcome=outcome_in_words(ctx.t, found))
    undo = Button(ctx.t("Undo"), "review_undo", (str(action),))
    return [await next_card(ctx, who, words, "", undo=undo, edit=True), *done[1]]


async def _has_said(ctx: Context, who: Looker, case: Case) -> bool:
    since = case.appealed_at if case.state == "open" else None
    return any(
        each.account_id in who.mine
        and each.void_at is None
        and each.outcome != SKIP
        and (since is None or each.at >= since)
        for each in await ctx.store.cases.verdicts(case)
    )


def _noted(ctx: Context, outcome: str) -> str:
    return ctx.t("Noted: {outcome}.", outcome=outcome_in_words(ctx.t, outcome))


# The next card


async def next_card(
    ctx: Context, who: Looker, *said: Text, undo: Button | None = None, edit: bool = False
) -> Reply:
    """What comes next for them, below what was said."""
    who = await looker_of(ctx)  # the card that they just answered counts
    lines, buttons = await _next(ctx, who)
    return Reply(*said, *lines, buttons=[*buttons, *([[undo]] if undo else [])], edit=edit)


async def _next(ctx: Context, who: Looker) -> tuple[list[Text], list[list[Button]]]:
    t, rules, calendar = ctx.t, ctx.settings(Settings), ctx.community.calendar
    until = who.wishes.paused_until
    if until is not None and until > ctx.now:
        day = day_in_words(t, calendar.day(until), calendar.day(ctx.now))
        return [t("You have a rest until {day}.", day=day)], [
            [Button(t("Go on now"), "experts_pause", ("0",))]
        ]
    if not who.left(rules):
        return await _enough(ctx, who)
    found = await next_case(ctx, who)
    if found is not None:
        return await card(ctx, found[0], second=found[1])
    waiting = await ctx.store.committee.backlog(ctx.community.id)
    if not waiting.cases:
        return [
            t("Nothing waits for you. Thank you."),
            t("What was decided: {command}", command="/cases"),
        ], []
    return [
        t("Nothing waits for you."),
        t.n(
            "{n} case waits for somebody else: you wrote it, have judged it, or it is being looked at.",
            "{n} cases wait for somebody else: you wrote them, have judged them, or others look at them.",
            waiting.cases,
        ),
    ], [[Button(t("Look again"), "review_next")]]


async def _enough(ctx: Context, who: Looker) -> tuple[list[Text], list[list[Button]]]:
    t, waiting = ctx.t, await ctx.store.committee.backlog(ctx.community.id)
    lines: list[Text] = [
        t.n(
            "That was your {n} card for today. Thank you.",
            "Those were your {n} cards for today. Thank you.",
            who.answered,
        )
    ]
    if waiting.cases:
        lines.append(
            t.n("{n} case can wait until tomorrow.", "{n} cases can wait until tomorrow.", waiting.cases)
        )
    lines.append(t("To get more a day: {command}", command=spelled(ctx, "experts cards 20")))
    return lines, []


# A review channel


@feature.command(
    "review_here",
    needs=ADMIN,
    where="space",
    help=N_("Make this channel one where experts look at posts together, or no longer"),
    examples=("review_here",),
)
async def here(ctx: Context, command: Command) -> Reply:
    assert ctx.space is not None  # only in a space
    on = not ctx.settings(Settings).here
    scope = {"space_id": ctx.space.id, "channel_id": ctx.channel.id if ctx.channel else None}
    await ctx.store.settings.set(
        ctx.community.id, "review.here", on, **scope, by=ctx.account.id if ctx.account else None, now=ctx.now
    )
    action = await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        HERE,
        ctx.channel.title if ctx.channel else ctx.space.title,
        {"on": not on},
        {"on": on, **scope},
        ctx.now,
    )
    words = (
        ctx.t("Cards that are asked for here now stand here, for all who read this channel. Ask: /review")
        if on
        else ctx.t("Cards that are asked for here are for the expert alone again.")
    )
    return Reply(words, buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))])


@feature.undo(HERE)
async def not_here(ctx: Context, row: AuditRow) -> Reply:
    await ctx.store.settings.set(
        ctx.community.id,
        "review.here",
        row.before["on"],
        space_id=row.after["space_id"],
        channel_id=row.after["channel_id"],
        by=ctx.account.id if ctx.account else None,
        now=ctx.now,
    )
    return Reply(ctx.t("Undone. {place} is as before.", place=row.target))


@feature.tell(HERE)
async def tell_here(ctx: Context, row: AuditRow, who: str) -> str:
    if row.after["on"]:
        return ctx.t("{who} made {place} a review channel.", who=who, place=row.target)
    return ctx.t("{who} made {place} a review channel no longer.", who=who, place=row.target)


# What waits


@feature.task
async def task(ctx: Context) -> list[Task]:
    return await backlog.tasks(ctx)


@feature.job("letters", "0 * * * *")
async def letters(ctx: Context) -> Sequence[Action]:
    """Safe to run twice."""
    return await backlog.letters(ctx)


# Taking a decision back


@feature.press("review_undo", needs=EXPERT)
async def take_back(ctx: Context, pressed: Pressed, action: Number) -> Sequence[Action]:
    """An expert takes back what they decided themselves; an admin anybody's."""
    row = await ctx.store.audit.get(ctx.community.id, action)
    who = await looker_of(ctx)
    if row is None or row.action != DECIDED:
        raise UserError(ctx.t("This case is not there any more. Next: {command}", command="/review"))
    if row.account_id not in who.mine and not ctx.may(ADMIN):
        raise UserError(ctx.t("That was somebody else's decision: an admin can take it back."))
    if not await ctx.store.audit.mark_undone(row.id, ctx.now):
        raise UserError(ctx.t("It is undone already. Next: {command}", command="/review"))
    await ctx.store.audit.add(ctx.community.id, who.account, "undo", f"A{row.id}", None, {}, ctx.now)
    return await _reopen(ctx, _number(row), edit=True)


@feature.press("review_reopen", needs=ADMIN)
async def reopen(ctx: Context, pressed: Pressed, number: Number) -> Sequence[Action]:
    """From a case's page."""
    account = ctx.account.id if ctx.account else None
    answer = await _reopen(ctx, number, edit=True)
    await ctx.store.audit.add(ctx.community.id, account, REOPENED, f"case {number}", None, {}, ctx.now)
    return answer


@feature.undo(DECIDED)
async def undo(ctx: Context, row: AuditRow) -> Sequence[Action]:
    return await _reopen(ctx, _number(row))


@feature.tell(DECIDED, REOPENED)
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    if row.action == REOPENED:
        return ctx.t("{who} opened case {number} again.", who=who, number=_number(row))
    found = outcome_in_words(ctx.t, row.after["outcome"])
    return ctx.t("{who} decided case {number}: {outcome}.", who=who, number=_number(row), outcome=found)


async def _reopen(ctx: Context, number: int, *, edit: bool = False) -> Sequence[Action]:
    done = await deciding.take_back(ctx, number)
    if done is None:
        raise UserError(ctx.t("This case is open already. Next: {command}", command="/review"))
    words = ctx.t("Undone: case {number} is open again, and points follow.", number=number)
    look = Button(ctx.t("Look at it"), "case_look", (str(number),))
    return [Reply(Bold(words), buttons=[look, Button(ctx.t("Next"), "review_next")], edit=edit), *done[1]]


def _number(row: AuditRow) -> int:
    return int(row.target.removeprefix("case "))
