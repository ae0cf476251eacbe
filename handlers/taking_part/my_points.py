"""My points: the total, and each payment with its reason."""

from collections.abc import Sequence

from handlers.base import (
    N_,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    Someone,
    Text,
    UserError,
)
from handlers.words.dates import moment_in_words
from handlers.words.names import shown
from handlers.words.numbers import signed
from handlers.words.rules import rule_in_words
from storage.values import Entry

ROWS = 10
NEWEST = 0
"""Instead of an entry's number: begin with the newest."""

feature = Feature("my_points")


@feature.command("points", help=N_("Your points and what they were for"), examples=("points", "points @ann"))
async def points(ctx: Context, command: Command, member: Someone | None = None) -> Reply:
    found = await ctx.find(member) if member else ctx.myself
    if found == ctx.member:
        return await history(ctx, NEWEST)

    name = shown(ctx.t, found.name, found.id)
    if not found.listed:
        raise UserError(
            ctx.t("{name} is not shown on boards here, so their points are theirs alone.", name=name)
        )
    total = await ctx.store.points.total(found.id)
    return Reply(ctx.t.n("{name} has {n} point.", "{name} has {n} points.", total, name=name))


@feature.press("points_page")
async def page(ctx: Context, pressed: Pressed, before: int = NEWEST) -> Reply:
    reply = await history(ctx, before)
    reply.edit = before != NEWEST
    return reply


async def history(ctx: Context, before: int) -> Reply:
    """The member's own payments, newest first, below the entry of that number."""
    member = ctx.myself
    total = await ctx.store.points.total(member.id)
    found = await ctx.store.points.entries_of(member.id, limit=ROWS + 1, before_id=before or None)

    entries = found[:ROWS]
    head = Bold(ctx.t.n("You have {n} point.", "You have {n} points.", total))
    if not entries and before == NEWEST:
        return Reply(head, ctx.t("Nothing was counted yet. Your next post can change that."))
    more = [Button(ctx.t("Older"), "points_page", (str(entries[-1].id),))] if len(found) > ROWS else []
    return Reply(head, *lines(ctx, entries), buttons=more)


def lines(ctx: Context, entries: Sequence[Entry]) -> list[Text]:
    """Payments in words: "+5 · a post · 25 Nov, 14:05"."""
    return [
        " · ".join(
            (
                signed(ctx.t, entry.points),
                reason(ctx, entry),
                moment_in_words(ctx.t, entry.happened_at, ctx.community.calendar),
            )
        )
        for entry in entries
    ]


def reason(ctx: Context, entry: Entry) -> str:
    """What one payment was for, with what an admin wrote to it."""
    words = rule_in_words(ctx.t, entry.rule)
    if entry.voids is not None or entry.turn % 2:
        return ctx.t("taken back: {reason}", reason=words)
    if entry.rule == "manual":
        words = words if entry.points >= 0 else ctx.t("taken by an admin")
        return (
            ctx.t("{reason}: {note}", reason=words, note=" ".join(entry.note.split())[:200])
            if entry.note
            else words
        )
    return words
