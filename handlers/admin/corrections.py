"""Corrections: an admin gives points, takes some away, and sees what was given."""

from typing import Annotated

from handlers.admin.payments import void
from handlers.base import (
    ADMIN,
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
    Someone,
    Text,
    UserError,
)
from handlers.words.dates import moment_in_words
from handlers.words.members import member_target, name_targeted
from handlers.words.names import shown
from handlers.words.numbers import signed
from handlers.words.rules import rule_in_words
from storage.values import AuditRow, Entry, Member, NewEntry

RULE = "manual"
ROWS = 10

Points = Annotated[int, Between(1, 1_000_000), Help(N_("How many points, from 1 to 1,000,000"))]
Reason = Annotated[Rest, Help(N_("Why; the member can read it"))]

feature = Feature("corrections")


@feature.command(
    "points add",
    needs=ADMIN,
    help=N_("Give a member points"),
    examples=("points add @bob 50 great summary of lesson 3",),
)
async def add(
    ctx: Context, command: Command, member: Someone, points: Points, reason: Reason = NO_TEXT
) -> Reply:
    return await correct(ctx, command, await ctx.find(member), points, reason)


@feature.command(
    "points remove",
    needs=ADMIN,
    help=N_("Take points away from a member"),
    examples=("points remove @bob 50 counted twice",),
)
async def remove(
    ctx: Context, command: Command, member: Someone, points: Points, reason: Reason = NO_TEXT
) -> Reply:
    return await correct(ctx, command, await ctx.find(member), -points, reason)


@feature.command(
    "points log",
    needs=ADMIN,
    help=N_("What a member's points were for"),
    examples=("points log @bob",),
)
async def log(ctx: Context, command: Command, member: Someone) -> Reply:
    return await history(ctx, await ctx.find(member), 0)


@feature.press("log_page", needs=ADMIN)
async def page(ctx: Context, pressed: Pressed, member: int, before: int) -> Reply:
    found = await ctx.store.people.member_by_id(member)
    if found is None or found.community_id != ctx.community.id:
        raise UserError(ctx.t("I do not know that member here."))
    reply = await history(ctx, found, before)
    reply.edit = True
    return reply


async def correct(ctx: Context, command: Command, member: Member, points: int, reason: str) -> Reply:
    """Write one correction, never below zero. A repeated command finds it done."""
    t, name = ctx.t, shown(ctx.t, member.name, member.id)
    accounts = await ctx.store.people.accounts_of(member.id)
    if not accounts or all(account.is_bot for account in accounts):
        raise UserError(t("{name} is a bot, and bots earn nothing.", name=name))
    if points > 0 and not member.recorded:
        raise UserError(t("{name} opted out of points, and gets none until they take it back.", name=name))
    entry = NewEntry(
        community_id=ctx.community.id,
        member_id=member.id,
        account_id=accounts[0].id,
        space_id=ctx.space.id if ctx.space else None,
        channel_id=ctx.channel.id if ctx.channel else None,
        rule=RULE,
        source=f"manual:{command.place.platform}:{command.key}",
        points=points,
        actor_account_id=ctx.account.id if ctx.account else None,
        happened_at=ctx.now,
        recorded_at=ctx.now,
        day=ctx.community.calendar.day(ctx.now),
        note=" ".join(reason.split())[:500],
    )
    total = await ctx.store.points.total(member.id)
    if total + points < 0 and not await _known(ctx, entry):
        raise UserError(
            t.n(
                "{name} has {n} point; I cannot take away {points}.",
                "{name} has {n} points; I cannot take away {points}.",
                total,
                name=name,
                points=t.number(-points),
            )
        )
    written = await ctx.store.points.record([entry])
    if not written:
        return Reply(t("That was done already. {name} has {points}.", name=name, points=_points(ctx, total)))

    action = await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        "points add" if points > 0 else "points remove",
        member_target(member.id),
        {"points": total},
        {"entry": written[0].id, "points": total + points},
        ctx.now,
    )
    now = t.number(total + points)
    if points > 0:
        said = t.n(
            "{name} got {n} point: {now} now.",
            "{name} got {n} points: {now} now.",
            points,
            name=name,
            now=now,
        )
    else:
        said = t.n(
            "{name} lost {n} point: {now} now.",
            "{name} lost {n} points: {now} now.",
            -points,
            name=name,
            now=now,
        )
    lines: list[Text] = [said]
    if entry.note:
        lines.append(t("Reason: {reason}", reason=entry.note))
    return Reply(*lines, buttons=[Button(t("Undo"), "undo", (f"A{action}",))])


@feature.undo("points add", "points remove")
async def correction_back(ctx: Context, row: AuditRow) -> Reply:
    number = int(row.after["entry"])
    entry = await ctx.store.points.entry(ctx.community.id, number)
    if entry is None:
        raise UserError(ctx.t("There is no payment {ref} here.", ref=f"P{number}"))
    return await void(ctx, entry)


@feature.tell("points add", "points remove")
async def tell_correction(ctx: Context, row: AuditRow, who: str) -> str:
    name, points = await name_targeted(ctx, row.target), row.after["points"] - row.before["points"]
    if points > 0:
        return ctx.t.n(
            "{who} gave {name} {n} point.", "{who} gave {name} {n} points.", points, who=who, name=name
        )
    return ctx.t.n(
        "{who} took {n} point from {name}.", "{who} took {n} points from {name}.", -points, who=who, name=name
    )


async def history(ctx: Context, member: Member, before: int) -> Reply:
    """A member's payments with their numbers, newest first."""
    found = await ctx.store.points.entries_of(member.id, limit=ROWS + 1, before_id=before or None)
    entries, total = found[:ROWS], await ctx.store.points.total(member.id)
    head = Bold(
        ctx.t.n(
            "{name} has {n} point.",
            "{name} has {n} points.",
            total,
            name=shown(ctx.t, member.name, member.id),
        )
    )
    if not entries:
        return Reply(head, ctx.t("Nothing was counted yet."))
    more = (
        [Button(ctx.t("Older"), "log_page", (str(member.id), str(entries[-1].id)))]
        if len(found) > ROWS
        else []
    )
    foot = ctx.t("To take one back: {example}", example=f"/undo P{entries[0].id}")
    return Reply(head, *[_line(ctx, entry) for entry in entries], foot, buttons=more)


async def _known(ctx: Context, entry: NewEntry) -> bool:
    """Whether this very command was carried out before."""
    recent = await ctx.store.points.entries_of(entry.member_id, limit=50)
    return any((each.rule, each.source) == (entry.rule, entry.source) for each in recent)


def _line(ctx: Context, entry: Entry) -> str:
    what = rule_in_words(ctx.t, entry.rule)
    if entry.voids is not None:
        what = ctx.t("taken back: {reason}", reason=what)
    note = f" ({entry.note[:100]})" if entry.note else ""
    when = moment_in_words(ctx.t, entry.happened_at, ctx.community.calendar)
    return f"P{entry.id} · {signed(ctx.t, entry.points)} · {what}{note} · {when}"


def _points(ctx: Context, n: int) -> str:
    return ctx.t.n("{n} point", "{n} points", n)
