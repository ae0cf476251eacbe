"""Rank: one member's place, total and level, and what the points of this week were for."""

from handlers.base import N_, Bold, Button, Command, Context, Feature, Reply, Someone, Text, UserError
from handlers.taking_part.curve import curve_of, level_of, points_for_level
from handlers.words.names import shown
from handlers.words.numbers import ordinal
from handlers.words.rules import payments_in_words
from storage.calendar import ALL
from storage.values import Member, Standing

feature = Feature("rank")


@feature.command("rank", help=N_("A member's place, points and level"), examples=("rank", "rank @ann"))
async def rank(ctx: Context, command: Command, member: Someone | None = None) -> Reply:
    found = await ctx.find(member) if member else ctx.myself
    if not found.listed and found != ctx.member:
        name = shown(ctx.t, found.name, found.id)
        raise UserError(
            ctx.t("{name} is not shown on boards here, so their rank is theirs alone.", name=name)
        )
    return await standing_of(ctx, found)


@feature.command("me", help=N_("Your own place, points and level"))
async def me(ctx: Context, command: Command) -> Reply:
    return await standing_of(ctx, ctx.myself)


async def standing_of(ctx: Context, member: Member) -> Reply:
    """What /rank says; to the member themselves also what this week's points were for."""
    points, t = ctx.store.points, ctx.t
    _, week, _, _ = ctx.community.calendar.periods(ctx.community.calendar.day(ctx.now))
    this_week = await points.standing(ctx.community.id, member.id, week)
    ever = await points.standing(ctx.community.id, member.id, ALL)
    own = member == ctx.member
    by_rule = await points.counts_by_rule(member.id, week) if own else {}

    lines: list[Text] = [] if own else [Bold(shown(t, member.name, member.id))]
    lines.append((Bold(_place(ctx, this_week)), _total(ctx, ever)))
    lines += _level(ctx, ever.points)
    if any(sum_ for _, sum_ in by_rule.values()):
        lines.append(_made_of(ctx, by_rule))
    if own and not member.listed:
        lines.append(t("You are not shown on boards; only you see this."))
    buttons = [Button(t("Leaderboard"), "open_board")]
    if own:
        buttons.append(Button(t("My points"), "points_page"))
    return Reply(*lines, buttons=buttons)


def _place(ctx: Context, week: Standing) -> str:
    points = ctx.t.n("{n} point", "{n} points", week.points)
    if week.rank is None:
        return ctx.t("This week: {points}", points=points)
    return ctx.t("{place} this week · {points}", place=ordinal(ctx.t, week.rank), points=points)


def _total(ctx: Context, ever: Standing) -> str:
    total = ctx.t.number(ever.points)
    if ever.rank is None:
        return ctx.t(" ({total} in total)", total=total)
    return ctx.t(
        " ({total} in total, {place})",
        total=total,
        place=ctx.t("{place} place", place=ordinal(ctx.t, ever.rank)),
    )


def _level(ctx: Context, total: int) -> list[Text]:
    curve = curve_of(ctx)
    if curve is None:
        return []
    level = level_of(total, base=curve.base, growth=curve.growth)
    missing = points_for_level(level + 1, base=curve.base, growth=curve.growth) - total
    return [
        ctx.t.n(
            "Level {level}, {n} point to the next",
            "Level {level}, {n} points to the next",
            missing,
            level=ctx.t.number(level),
        )
    ]


def _made_of(ctx: Context, by_rule: dict[str, tuple[int, int]]) -> str:
    parts = [
        ctx.t(
            "{points} for {payments}",
            points=ctx.t.number(points),
            payments=payments_in_words(ctx.t, rule, count),
        )
        for rule, (count, points) in sorted(by_rule.items(), key=lambda item: -item[1][1])
        if points
    ]
    return ctx.t("This week: {parts}", parts=ctx.t.c("list", ", ").join(parts))
