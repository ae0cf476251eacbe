"""Undo: any admin action, and any payment, once."""

import re
from typing import Annotated, Any

from handlers.admin.changes import all_settings, logged_change, present_value, said, write
from handlers.base import (
    ADMIN,
    N_,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Texts,
    UserError,
)
from handlers.words.commands import spelled
from handlers.words.names import shown
from storage.values import MISSING, AuditRow, Entry

_REF = re.compile(r"#?([AP]?)([0-9]{1,15})\Z", re.IGNORECASE)

feature = Feature("undo")


def read_ref(word: str, t: Texts) -> str:
    """ "A12" is an action, "P12" (or a bare number) a payment."""
    match = _REF.match(word)
    if not match:
        raise UserError(
            t("“{word}” is not a number of an action or a payment, such as A12 or P340.", word=word[:40])
        )
    return f"{match[1].upper() or 'P'}{int(match[2])}"


Ref = Annotated[
    str, Parsed(read_ref), Help(N_("A12 for an action, P340 for a payment; /points_log shows them"))
]


@feature.command(
    "undo",
    needs=ADMIN,
    help=N_("Take back an admin's action or a payment"),
    examples=("undo A12", "undo P340"),
)
async def undo(ctx: Context, command: Command, entry: Ref | None = None) -> Reply:
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
            ctx.t("All of them: {command}", command=spelled(ctx, "points log")),
        )
    return await take_back(ctx, entry)


@feature.press("undo", needs=ADMIN)
async def press_undo(ctx: Context, pressed: Pressed, entry: Ref) -> Reply:
    return await take_back(ctx, entry)


async def take_back(ctx: Context, ref: str) -> Reply:
    """Undo what the reference names. Raises UserError where it is done, unknown, or cannot be undone."""
    number = int(ref[1:])
    if ref[0] == "P":
        entry = await ctx.store.points.entry(ctx.community.id, number)
        if entry is None:
            raise UserError(ctx.t("There is no payment {ref} here.", ref=ref))
        return await void(ctx, entry)
    row = await ctx.store.audit.get(ctx.community.id, number)
    if row is None:
        raise UserError(ctx.t("There is no action {ref} here.", ref=ref))
    if row.undone_at is not None:
        raise UserError(ctx.t("{ref} is undone already.", ref=ref))
    match row.action:
        case "set":
            reply = await _put_back(ctx, row)
        case "setup" if row.before.get("set_up"):
            reply = await _calendar_back(ctx, row)
        case "points add" | "points remove":
            entry = await ctx.store.points.entry(ctx.community.id, int(row.after["entry"]))
            if entry is None:
                raise UserError(ctx.t("There is no payment {ref} here.", ref=ref))
            reply = await void(ctx, entry)
        case _:
            raise UserError(ctx.t("{ref} cannot be undone.", ref=ref))
    await ctx.store.audit.mark_undone(row.id, ctx.now)
    return reply


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
    await _log(ctx, ref, {"entry": done.id})
    return Reply(
        ctx.t.n(
            "Undone. {name} has {n} point now.",
            "Undone. {name} has {n} points now.",
            total - entry.points,
            name=name,
        )
    )


async def _put_back(ctx: Context, row: AuditRow) -> Reply:
    setting = all_settings(ctx.features).get(row.target)
    if setting is None:
        raise UserError(ctx.t("There is no setting “{key}”.", key=row.target))
    value, scope = logged_change(row.before)
    replaced = await write(ctx, setting, value, scope)
    if value is MISSING:
        value = present_value(ctx, setting, await ctx.store.settings.of(ctx.community.id), scope)
    await _log(ctx, f"A{row.id}", {} if replaced is MISSING else {"value": replaced})
    return Reply(ctx.t("Undone. {key} is {value} again.", key=setting.key, value=said(ctx.t, setting, value)))


async def _calendar_back(ctx: Context, row: AuditRow) -> Reply:
    before: dict[str, Any] = row.before
    await ctx.store.communities.finish_setup(
        ctx.community.id,
        language=before["language"],
        zone=before["zone"],
        week_start=before["week_start"],
        now=ctx.now,
    )
    await _log(ctx, f"A{row.id}", {})
    return Reply(ctx.t("Undone. Language and time zone are as they were."))


async def _log(ctx: Context, ref: str, after: dict[str, Any]) -> None:
    account = ctx.account.id if ctx.account else None
    await ctx.store.audit.add(ctx.community.id, account, "undo", ref, None, after, ctx.now)
