"""Payments: how one is taken back."""

from handlers.base import Context, Reply, UserError
from handlers.words.names import shown
from storage.values import Entry


async def void(ctx: Context, entry: Entry) -> Reply:
    """Write the entry that takes a payment back (or gives back what was taken), never below zero."""
    ref = f"P{entry.id}"
    if entry.voids is not None:
        raise UserError(ctx.t("{ref} took points back itself. Give them again with /points_add.", ref=ref))
    member = await ctx.store.people.member_by_id(entry.member_id)
    name = shown(ctx.t, member.name, member.id) if member else ctx.t("user {number}", number=entry.member_id)
    total = await ctx.store.points.total(entry.member_id)
    done = await ctx.store.points.void(entry.id, note="undo", now=ctx.now, final=True)
    if done is None:
        raise UserError(ctx.t("{ref} is undone already.", ref=ref))
    if total - entry.points < 0:  # raised after the writing: the transaction takes it back
        raise UserError(
            ctx.t.n(
                "{name} has {n} point; I cannot take away {points}.",
                "{name} has {n} points; I cannot take away {points}.",
                total,
                name=name,
                points=ctx.t.number(entry.points),
            )
        )
    return Reply(
        ctx.t.n(
            "Undone. {name} has {n} point now.",
            "Undone. {name} has {n} points now.",
            total - entry.points,
            name=name,
        )
    )
