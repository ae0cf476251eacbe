"""Undo: any admin action, and any payment, once."""

import re
from typing import Annotated

from handlers.admin.payments import void
from handlers.base import (
    ADMIN,
    N_,
    AlwaysOn,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Texts,
    Undone,
    UserError,
)
from handlers.words.commands import spelled
from storage.values import AuditRow

_REF = re.compile(r"#?([AP]?)([0-9]{1,15})\Z", re.IGNORECASE)

feature = Feature("undo", AlwaysOn)


def read_ref(word: str, t: Texts) -> str:
    """ "A12" is an action, "P12" (or a bare number) a payment."""
    match = _REF.match(word)
    if not match:
        raise UserError(
            t("“{word}” is not a number of an action or a payment, such as A12 or P340.", word=word[:40])
        )
    return f"{match[1].upper() or 'P'}{int(match[2])}"


Ref = Annotated[
    str, Parsed(read_ref), Help(N_("A12 for an action (see /audit), P340 for a payment (see /points_log)"))
]


@feature.command(
    "undo",
    needs=ADMIN,
    help=N_("Take back an admin's action or a payment"),
    examples=("undo A12", "undo P340"),
)
async def undo(ctx: Context, command: Command, entry: Ref | None = None) -> Undone:
    if entry is None:
        last = next(
            (row for row in await ctx.store.audit.last(ctx.community.id, 20) if not row.undone_at), None
        )
        if last is None:
            raise UserError(ctx.t("There is nothing to undo."))
        return Reply(
            ctx.t(
                "What shall I undo? The last action was A{number}: /{action} {target}",
                number=last.id,
                action=last.action,
                target=last.target,
            ),
            ctx.t("All of them: {command}", command=spelled(ctx, "audit")),
        )
    return await take_back(ctx, entry)


@feature.press("undo", needs=ADMIN)
async def press_undo(ctx: Context, pressed: Pressed, entry: Ref) -> Undone:
    return await take_back(ctx, entry)


@feature.tell("undo")
async def tell_undo(ctx: Context, row: AuditRow, who: str) -> str:
    return ctx.t("{who} undid {ref}.", who=who, ref=row.target)


async def take_back(ctx: Context, ref: str) -> Undone:
    """Undo what the reference names. Raises UserError where it is done, unknown, or cannot be undone."""
    number = int(ref[1:])
    reply = await (_payment_back(ctx, number) if ref[0] == "P" else _action_back(ctx, number))
    account = ctx.account.id if ctx.account else None
    await ctx.store.audit.add(ctx.community.id, account, "undo", ref, None, {}, ctx.now)
    return reply


async def _payment_back(ctx: Context, number: int) -> Reply:
    entry = await ctx.store.points.entry(ctx.community.id, number)
    if entry is None:
        raise UserError(ctx.t("There is no payment {ref} here.", ref=f"P{number}"))
    return await void(ctx, entry)


async def _action_back(ctx: Context, number: int) -> Undone:
    """Each feature says how what it does is undone; see `Feature.undo`."""
    ref = f"A{number}"
    row = await ctx.store.audit.get(ctx.community.id, number)
    if row is None:
        raise UserError(ctx.t("There is no action {ref} here.", ref=ref))
    if row.undone_at is not None:
        raise UserError(ctx.t("{ref} is undone already.", ref=ref))
    undo = next((f.undoings[row.action] for f in ctx.features if row.action in f.undoings), None)
    if undo is None:
        raise UserError(ctx.t("{ref} cannot be undone.", ref=ref))
    reply = await undo(ctx, row)
    await ctx.store.audit.mark_undone(row.id, ctx.now)
    return reply
