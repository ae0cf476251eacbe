"""Experts: who judges posts, how far they agree, what each of them wishes, and who could be one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Annotated

from pydantic import Field

from handlers.base import (
    ADMIN,
    EXPERT,
    N_,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    Pressed,
    Reply,
    Text,
    UserError,
)
from handlers.base.settling import settle
from handlers.quality.looking import Looker, looker_of
from handlers.quality.looking import Settings as Looking
from handlers.quality.trusting import LITTLE, trusted
from handlers.words.commands import spelled
from handlers.words.dates import day_in_words
from handlers.words.members import member_target
from handlers.words.names import shown
from storage.calendar import ALL
from storage.committee import Candidate, Said, Wishes
from storage.values import Member

LOOKED_BACK = timedelta(days=90)
ROWS = 20
SUGGESTED = 3
FEW = 10
"""From fewer posts that two judged nothing is said of how far experts agree."""


class Settings(FeatureSettings):
    """Whose record speaks for making them an expert."""

    posts: int = Field(
        default=20,
        ge=1,
        le=10_000,
        description=N_("So many paid posts in 90 days, and I suggest a member as an expert."),
    )
    thanks: int = Field(
        default=5,
        ge=0,
        le=10_000,
        description=N_("So many thanks in 90 days, and I suggest a member as an expert."),
    )


feature = Feature("experts", Settings)

Days = Annotated[int, Between(0, 365), Help(N_("For how many days; 0: I ask again at once"))]
ADay = Annotated[int, Between(1, 500), Help(N_("How many cards a day"))]
Number = Annotated[int, Between(1, 2**60)]


@feature.command(
    "experts",
    needs=EXPERT,
    help=N_("Experts: how many cards, how far they agree, what you wish"),
    examples=("experts", "experts pause 7", "experts cards 5"),
)
async def experts(ctx: Context, command: Command) -> Reply:
    if ctx.may(ADMIN):
        return await everybody(ctx)
    return await myself(ctx)


async def myself(ctx: Context, *said: Text) -> Reply:
    """What an expert did and wishes; nothing of the others."""
    who, t = await looker_of(ctx), ctx.t
    rows = await ctx.store.committee.said(ctx.community.id, ctx.now - LOOKED_BACK)
    count = sum(each.account_id in who.mine for each in rows)
    lines: list[Text] = [
        *said,
        Bold(t.n("You judged {n} post in 90 days.", "You judged {n} posts in 90 days.", count)),
        _wished(ctx, who),
        t("Next post: {command}", command="/review"),
    ]
    return Reply(*lines, buttons=_wishing(ctx, who))


# What an expert wishes


@feature.command(
    "experts pause",
    needs=EXPERT,
    help=N_("Ask me nothing as an expert for some days"),
    examples=("experts pause 7",),
)
async def pause(ctx: Context, command: Command, days: Days = 7) -> Reply:
    return await _pause(ctx, days)


@feature.press("experts_pause", needs=EXPERT)
async def press_pause(ctx: Context, pressed: Pressed, days: Days) -> Reply:
    reply = await _pause(ctx, days)
    reply.edit = True
    return reply


async def _pause(ctx: Context, days: int) -> Reply:
    who, calendar = await looker_of(ctx), ctx.community.calendar
    today = calendar.day(ctx.now)
    until = calendar.start_of(today + timedelta(days=days)) if days else None
    await _wish(ctx, who, replace(who.wishes, paused_until=until))
    if until is None:
        return Reply(ctx.t("I am glad to have you back. Next post: {command}", command="/review"))
    return Reply(
        ctx.t(
            "You have a rest until {day}: no cards, no letters.",
            day=day_in_words(ctx.t, calendar.day(until), today),
        ),
        buttons=[Button(ctx.t("Go on now"), "experts_pause", ("0",))],
    )


@feature.command(
    "experts cards",
    needs=EXPERT,
    help=N_("How many cards a day you get as an expert"),
    examples=("experts cards 5",),
)
async def cards(ctx: Context, command: Command, number: ADay) -> Reply:
    who = await looker_of(ctx)
    await _wish(ctx, who, replace(who.wishes, a_day=number))
    return Reply(
        ctx.t.n("You get at most {n} card a day.", "You get at most {n} cards a day.", number),
        ctx.t("Next post: {command}", command="/review"),
    )


@feature.press("experts_letters", needs=EXPERT)
async def letters(ctx: Context, pressed: Pressed, on: Annotated[int, Between(0, 1)]) -> Reply:
    """Once a day, in the morning, they hear what waits, or not any more."""
    who = await looker_of(ctx)
    await _wish(ctx, who, replace(who.wishes, letters=bool(on)))
    said = ctx.t("Done.") if on else ctx.t("I write nothing of it any more.")
    reply = await (everybody(ctx, said) if ctx.may(ADMIN) else myself(ctx, said))
    reply.edit = True
    return reply


async def _wish(ctx: Context, who: Looker, wanted: Wishes) -> None:
    await ctx.store.committee.wish(ctx.community.id, who.account, who.mine, wanted, ctx.now)


def _wished(ctx: Context, who: Looker) -> str:
    t, wishes = ctx.t, who.wishes
    number = wishes.a_day or ctx.settings(Looking).a_day
    said = t.n("You get at most {n} card a day", "You get at most {n} cards a day", number)
    if wishes.paused_until is not None and wishes.paused_until > ctx.now:
        calendar = ctx.community.calendar
        day = day_in_words(t, calendar.day(wishes.paused_until), calendar.day(ctx.now))
        return t("{cards}, and none before {day}.", cards=said, day=day)
    if wishes.letters:
        return t("{cards}, and each morning a letter on what waits.", cards=said)
    return t("{cards}. To change that: {command}", cards=said, command=spelled(ctx, "experts cards 5"))


def _wishing(ctx: Context, who: Looker) -> list[Button]:
    t, wishes = ctx.t, who.wishes
    if wishes.paused_until is not None and wishes.paused_until > ctx.now:
        rest = Button(t("Go on now"), "experts_pause", ("0",))
    else:
        rest = Button(t("Pause for a week"), "experts_pause", ("7",))
    if wishes.letters:
        return [rest, Button(t("No letters"), "experts_letters", ("0",))]
    return [rest, Button(t("Tell me each morning"), "experts_letters", ("1",))]


# What admins see


async def everybody(ctx: Context, *said: Text) -> Reply:
    """Who judges, how much and how far they agree; who could be one."""
    t = ctx.t
    rows = await ctx.store.committee.said(ctx.community.id, ctx.now - LOOKED_BACK)
    held = {
        each.member_id
        for each in await ctx.store.grants.all(ctx.community.id, ctx.now)
        if each.role == EXPERT
    }
    counts = await _counts(ctx, rows)
    names = await _names(ctx, {*held, *counts})
    lines: list[Text] = [*said, Bold(t("Experts")), await agreement_in_words(ctx, rows)]
    weights = await trusted(ctx)
    order = sorted(names, key=lambda each: (-counts[each], each))[:ROWS]
    lines += [await _one(ctx, names[member], counts[member], rows, weights) for member in order]
    if not names:
        lines.append(
            t("Nobody yet. To make somebody one: {example}", example=spelled(ctx, "grant @bob expert"))
        )
    found = [each for each in await _suggested(ctx) if each.member_id not in held]
    buttons: list[list[Button]] = []
    for each in found[:SUGGESTED]:
        name = shown(t, each.name, each.member_id)
        lines.append(
            t("{name} could be one: {posts} good posts and {thanks} thanks in 90 days.",
              name=name, posts=t.number(each.posts), thanks=t.number(each.thanks))
        )  # fmt: skip
        buttons.append(
            [Button(t("Make {name} an expert", name=name[:20]), "experts_make", (str(each.member_id),))]
        )
    if ctx.member is not None:
        buttons.append(_wishing(ctx, await looker_of(ctx)))
    return Reply(*lines, buttons=buttons)


@feature.press("experts_make", needs=ADMIN)
async def make(ctx: Context, pressed: Pressed, member: Number) -> Reply:
    """As /grant does; /undo takes it back."""
    found = await ctx.store.people.member_by_id(member)
    if found is None or found.community_id != ctx.community.id:
        raise UserError(ctx.t("I do not know that member here."))
    name = shown(ctx.t, found.name, found.id)
    if any(each.role == EXPERT for each in await ctx.store.grants.of(found.id, ctx.now)):
        raise UserError(ctx.t("{name} is an expert already.", name=name))
    [account, *_] = await ctx.store.people.accounts_of(found.id)
    given = await ctx.store.grants.give(
        ctx.community.id,
        found.id,
        account.id,
        EXPERT,
        by=ctx.account.id if ctx.account else None,
        now=ctx.now,
    )
    number = await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        "grant",
        member_target(given.member_id),
        None,
        {"role": EXPERT, "until": None, "ended": {}},
        ctx.now,
    )
    await settle(ctx, ctx.community)
    reply = await everybody(
        ctx,
        Bold(ctx.t("{name} is an expert now. Tell them about {command}.", name=name, command="/review")),
        "",
    )
    return Reply(
        *reply.lines,
        buttons=[[Button(ctx.t("Undo"), "undo", (f"A{number}",))], *reply.buttons],
        edit=True,
    )


async def agreement_in_words(ctx: Context, rows: Sequence[Said]) -> str:
    """Cohen's kappa of what two experts judged, with its interval; in words where it is too few."""
    from recsys.quality.experts import agreement  # numpy is not loaded before somebody asks

    t, pairs = ctx.t, pairs_of(rows)
    found = agreement(pairs) if len(pairs) >= FEW else None
    if found is None:
        return t.n(
            "Two experts judged the same post {n} time: too few to say how far they agree.",
            "Two experts judged the same post {n} times: too few to say how far they agree.",
            len(pairs),
        )
    return t(
        "How far they agree, 0 (by chance) to 1: {kappa} ({low} to {high}), on {n} posts that two judged.",
        kappa=f"{found.kappa:.2f}",
        low=f"{found.low:.2f}",
        high=f"{found.high:.2f}",
        n=t.number(found.pairs),
    )


def pairs_of(rows: Sequence[Said]) -> list[tuple[str, str]]:
    """What the first two experts said of each case that two judged, in the order of their accounts."""
    cases: dict[int, list[Said]] = {}
    for each in sorted(rows, key=lambda each: (each.at, each.account_id)):
        cases.setdefault(each.case_id, []).append(each)
    firsts = [sorted(said[:2], key=lambda each: each.account_id) for said in cases.values() if len(said) > 1]
    return [(one.outcome, other.outcome) for one, other in firsts]


def agreed_of(rows: Sequence[Said], accounts: Sequence[int]) -> tuple[int, int]:
    """How often others said the same as somebody, and of how many."""
    cases: dict[int, list[Said]] = {}
    for each in rows:
        cases.setdefault(each.case_id, []).append(each)
    same = times = 0
    for said in cases.values():
        for one, other in combinations(said, 2):
            if (one.account_id in accounts) != (other.account_id in accounts):
                times += 1
                same += one.outcome == other.outcome
    return same, times


async def _one(
    ctx: Context, member: Member, count: int, rows: Sequence[Said], weights: Mapping[int, float]
) -> str:
    t = ctx.t
    accounts = [each.id for each in await ctx.store.people.accounts_of(member.id)]
    wishes = await ctx.store.committee.wishes(ctx.community.id, accounts)
    name = shown(t, member.name, member.id)
    judged = t.n("{n} post", "{n} posts", count)
    same, times = agreed_of(rows, accounts)
    if wishes.paused_until is not None and wishes.paused_until > ctx.now:
        calendar = ctx.community.calendar
        day = day_in_words(t, calendar.day(wishes.paused_until), calendar.day(ctx.now))
        return t("{name}: {judged}, has a rest until {day}", name=name, judged=judged, day=day)
    weight = min((weights[each] for each in accounts if each in weights), default=1.0)
    if weight < LITTLE:
        return t(
            "{name}: {judged}, often contradicted, so their word counts only {percent} %",
            name=name,
            judged=judged,
            percent=round(weight * 100),
        )
    if times:
        return t(
            "{name}: {judged}, others said the same {same} times of {times}",
            name=name, judged=judged, same=t.number(same), times=t.number(times),
        )  # fmt: skip
    return t("{name}: {judged}", name=name, judged=judged)


async def _counts(ctx: Context, rows: Sequence[Said]) -> Counter[int]:
    """Member -> how many posts they judged."""
    by_account = Counter(each.account_id for each in rows)
    counts: Counter[int] = Counter()
    for account, count in by_account.items():
        member = await ctx.store.people.member(ctx.community.id, account)
        if member is not None:
            counts[member.id] += count
    return counts


async def _names(ctx: Context, members: set[int]) -> dict[int, Member]:
    found = {each: await ctx.store.people.member_by_id(each) for each in sorted(members)}
    return {number: member for number, member in found.items() if member is not None}


async def _suggested(ctx: Context) -> list[Candidate]:
    """Who could be one, by their record."""
    rules = ctx.settings(Settings)
    rows = await ctx.store.committee.candidates(ctx.community.id, ALL, ctx.now - LOOKED_BACK)
    return [each for each in rows if each.posts >= rules.posts and each.thanks >= rules.thanks]
