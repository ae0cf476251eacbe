"""Preset: a ready-made set of rules, shown beside what it would change, and applied by one press."""

from typing import Annotated, Any

from handlers.admin.changes import put_all_back, said, write_all
from handlers.admin.presets import (
    FOR_WHOM,
    NAMES,
    Preset,
    changes_to,
    differences,
    example,
    preset_in_force,
)
from handlers.base import (
    ADMIN,
    N_,
    Bold,
    Button,
    Code,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Text,
)
from storage.values import AuditRow

Chosen = Annotated[Preset, Help(N_("Which set of rules"))]

feature = Feature("preset")


@feature.command(
    "preset",
    needs=ADMIN,
    help=N_("A ready-made set of rules: quiet, standard or lively"),
    examples=("preset quiet",),
)
async def preset(ctx: Context, command: Command, preset: Chosen | None = None) -> Reply:
    return await listing(ctx) if preset is None else await shown(ctx, preset)


@feature.press("preset_all", needs=ADMIN)
async def all_presets(ctx: Context, pressed: Pressed) -> Reply:
    reply = await listing(ctx)
    reply.edit = True
    return reply


@feature.press("preset_show", needs=ADMIN)
async def one_preset(ctx: Context, pressed: Pressed, preset: Preset) -> Reply:
    reply = await shown(ctx, preset)
    reply.edit = True
    return reply


@feature.press("preset_apply", needs=ADMIN)
async def apply(ctx: Context, pressed: Pressed, preset: Preset) -> Reply:
    rows = await ctx.store.settings.of(ctx.community.id)
    changes = changes_to(ctx, rows, preset)
    if not changes:
        return Reply(ctx.t("These rules hold already."), edit=True)

    before = await write_all(ctx, changes)
    account = ctx.account.id if ctx.account else None
    action = await ctx.store.audit.add(
        ctx.community.id, account, "preset", preset.value, {"settings": before}, {}, ctx.now
    )

    return Reply(
        Bold(ctx.t("The rules are “{preset}” from now on.", preset=ctx.t(NAMES[preset]))),
        *example(ctx.t, preset),
        ctx.t("What was earned before stays as it is."),
        buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))],
        edit=True,
    )


@feature.undo("preset")
async def put_back(ctx: Context, row: AuditRow) -> Reply:
    before: dict[str, Any] = row.before
    await put_all_back(ctx, before["settings"])
    return Reply(ctx.t("Undone. The rules are as they were before."))


@feature.tell("preset")
async def tell_preset(ctx: Context, row: AuditRow, who: str) -> str:
    return ctx.t("{who} chose the rules “{preset}”.", who=who, preset=ctx.t(NAMES[Preset(row.target)]))


async def listing(ctx: Context) -> Reply:
    """The three presets, each with an example of what it means."""
    rows = await ctx.store.settings.of(ctx.community.id)
    now = preset_in_force(ctx, rows)
    lines: list[Text] = [Bold(ctx.t("Ready-made rules"))]
    for each in Preset:
        name = ctx.t(NAMES[each])
        lines.append(Bold(ctx.t("{preset} (in force now)", preset=name) if each is now else name))
        lines += [ctx.t(FOR_WHOM[each]), *example(ctx.t, each)]
    lines.append(ctx.t("Press one to see what it would change."))
    return Reply(
        *lines, buttons=[Button(ctx.t(NAMES[each]), "preset_show", (each.value,)) for each in Preset]
    )


async def shown(ctx: Context, preset: Preset) -> Reply:
    """What a preset means, and what it would change here."""
    t, rows = ctx.t, await ctx.store.settings.of(ctx.community.id)
    lines: list[Text] = [Bold(t(NAMES[preset])), t(FOR_WHOM[preset]), *example(t, preset)]
    back = Button(t("Back"), "preset_all")
    found = differences(ctx, rows, preset)
    if not found:
        return Reply(*lines, t("These rules hold already."), buttons=[back])
    lines.append(t("It would change:"))
    for setting, now, then in found:
        change = t(": {old} → {new}", old=said(t, setting, now), new=said(t, setting, then))
        lines.append((Code(setting.key), change))
    lines.append(t("Places that have values of their own keep them."))
    return Reply(*lines, buttons=[Button(t("Apply"), "preset_apply", (preset.value,)), back])
