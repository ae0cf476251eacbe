"""Simulate: what a changed rule or a preset would have done to the last 30 days, before it is set.

Setting it and applying it to these days are two steps, each undone by itself. The second writes entries that
correct what was paid; it takes long, so it is begun here and done beside.
"""

from collections.abc import Sequence
from typing import Annotated

from handlers.admin.changes import (
    Change,
    Scope,
    all_settings,
    change,
    present_value,
    put_all_back,
    read,
    said,
    setting_named,
    write_all,
)
from handlers.admin.presets import NAMES, Preset, changes_to
from handlers.admin.scopes import Where, offer_keys, scope_of, split_where
from handlers.admin.simulated import Question, asker_of, begin, boards, in_full, judges, rehearsal_of
from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Pressed,
    Reply,
    Rest,
    Suggest,
    UserError,
    Way,
)
from handlers.base.rehearsal import Overlay, Rehearsed
from handlers.quality.lines import kind_of, page_of, tried
from handlers.words.commands import spelled
from handlers.words.settings import Setting
from storage.values import MISSING, AuditRow, SettingRow

SETTINGS, PAST = "simulate", "simulate past"
"""How the log calls what is set from here, and what is applied to the past."""


def offer_rules(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """Presets and keys that hold what was typed."""
    folded = typed.strip().casefold()
    presets = [
        (preset.value, ctx.t("{preset} (a set of rules)", preset=ctx.t(NAMES[preset])))
        for preset in Preset
        if folded in preset.value or folded in ctx.t(NAMES[preset]).casefold()
    ]
    keys = [
        pair for pair in offer_keys(ctx, typed) if _can_move_points(ctx, all_settings(ctx.features)[pair[0]])
    ]
    return [*presets, *keys][:25]


Rule = Annotated[
    str,
    Suggest(offer_rules),
    Help(N_("A setting's key, such as points.cooldown, or quiet, standard, lively")),
]

feature = Feature("simulate")


@feature.command(
    "simulate",
    needs=ADMIN,
    help=N_("What a rule would have changed in the last 30 days"),
    examples=("simulate points.cooldown 5m", "simulate quiet"),
)
async def simulate(
    ctx: Context,
    command: Command,
    rule: Rule,
    value: Annotated[Rest, Help(N_("The value to try out; none for a set of rules"))] = NO_TEXT,
    where: Where = "",
) -> Reply:
    if not value and (preset := _preset_named(ctx, rule)) is not None:
        return await _simulate_preset(ctx, preset)
    setting = setting_named(ctx, rule)
    if (kind := kind_of(setting.key)) is not None:
        return await _simulate_line(ctx, setting, kind, str(value))
    if not _can_move_points(ctx, setting):
        raise UserError(*_cannot(ctx, setting))
    text = str(value)
    if command.way is Way.TEXT and not where:
        text, where = split_where(setting, text, ctx.t)
    if not text.strip():
        example = spelled(ctx, "simulate points.cooldown 5m")
        raise UserError(ctx.t("Which value shall I try out? For example: {example}", example=example))
    scope = scope_of(ctx, setting, where)
    rows = await ctx.store.settings.of(ctx.community.id)
    stored = read(ctx, setting, text, rows, scope)
    then, now = said(ctx.t, setting, stored), said(ctx.t, setting, present_value(ctx, setting, rows, scope))
    title = (
        ctx.t("{key} at {value}, as it is now", key=setting.key, value=now)
        if then == now
        else ctx.t("{key} at {value} instead of {now}", key=setting.key, value=then, now=now)
    )
    overlay = Overlay(setting.key, stored, scope.space_id, scope.channel_id)
    return begin(ctx, Question(title, [overlay], holds=then == now))


async def _simulate_preset(ctx: Context, preset: Preset) -> Reply:
    changes = changes_to(ctx, await ctx.store.settings.of(ctx.community.id), preset)
    if not changes:
        raise UserError(ctx.t("These rules hold already."))
    title = ctx.t("The rules “{preset}”", preset=ctx.t(NAMES[preset]))
    overlay = [Overlay(each.key, each.value, each.scope.space_id, each.scope.channel_id) for each in changes]
    return begin(ctx, Question(title, overlay))


async def _simulate_line(ctx: Context, setting: Setting, kind: str, text: str) -> Reply:
    """What would have been flagged last month: nobody's points hang on it, so it is told at once."""
    if not text.strip():
        return await page_of(ctx, kind)
    rows = await ctx.store.settings.of(ctx.community.id)
    percent = round(100 * float(read(ctx, setting, text, rows, Scope())))
    return await tried(ctx, kind, min(percent, 99)) if percent else await page_of(ctx, kind)


def _preset_named(ctx: Context, word: str) -> Preset | None:
    folded = word.strip().casefold()
    named = {preset: (preset.value, ctx.t(preset.value), ctx.t(NAMES[preset])) for preset in Preset}
    return next((each for each, names in named.items() if folded in map(str.casefold, names)), None)


def _can_move_points(ctx: Context, setting: Setting) -> bool:
    name = setting.key.partition(".")[0]
    return any(feature.name == name and judges(feature) for feature in ctx.features)


def _cannot(ctx: Context, setting: Setting) -> Sequence[str]:
    if setting.key.startswith("voice."):
        return [ctx.t("Time in voice cannot be counted again: I keep who is there now, not who was there.")]
    example = spelled(ctx, f"set {setting.key} …")
    return [
        ctx.t("{key} changes nobody's points, so there is nothing to try out.", key=setting.key),
        ctx.t("To change it: {example}", example=example),
    ]


# The presses


@feature.press("simulate_show", needs=ADMIN)
async def show(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    overlay, found = _known(ctx, ticket)
    holds = not await _to_set(ctx, overlay)
    question = Question(ctx.t("{key}, as it is now", key=overlay[0].key), overlay, holds)
    return in_full(ctx.t, ctx.community.calendar, ctx.now, question, found, ticket)


@feature.press("simulate_now", needs=ADMIN)
async def look_now(ctx: Context, pressed: Pressed, key: str, space: str = "", channel: str = "") -> Reply:
    setting = setting_named(ctx, key)
    scope = Scope(*(int(id) if id.isdecimal() else None for id in (space, channel)))
    rows = await ctx.store.settings.of(ctx.community.id)
    value = next((row.value for row in rows if (row.key, row.space_id, row.channel_id)
                  == (setting.key, scope.space_id, scope.channel_id)), MISSING)  # fmt: skip
    overlay = Overlay(setting.key, value, scope.space_id, scope.channel_id)
    return begin(ctx, Question(ctx.t("{key}, as it is now", key=setting.key), [overlay], holds=True))


@feature.press("simulate_boards", needs=ADMIN)
async def show_boards(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    _, found = _known(ctx, ticket)
    return boards(ctx.t, ctx.community.calendar, ctx.now, found)


@feature.press("simulate_leave", needs=ADMIN)
async def leave(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    rehearsal_of(ctx).drop(ticket, asker_of(ctx))
    return Reply(ctx.t("Left as it is."), edit=True)


@feature.press("simulate_set", needs=ADMIN)
async def set_it(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    overlay, _ = _known(ctx, ticket)
    action = await _set(ctx, overlay)
    if action is None:
        return Reply(ctx.t("These rules hold already."), edit=True)
    return Reply(
        Bold(ctx.t("It is set.")),
        ctx.t("What was earned before stays as it is."),
        buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))],
        edit=True,
    )


@feature.press("simulate_past", needs=ADMIN)
async def confirm(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    overlay, found = _known(ctx, ticket)
    t, leave_it = ctx.t, Button(ctx.t("Leave it"), "simulate_leave", (ticket,))
    only = [Button(t("Only set it"), "simulate_set", (ticket,))] if await _to_set(ctx, overlay) else []
    payments = t.n("{n} payment", "{n} payments", found.corrections)
    return Reply(
        Bold(t("Shall I also correct what was paid in these days?")),
        t.n(
            "{payments} would be corrected, and {n} member would have other points.",
            "{payments} would be corrected, and {n} members would have other points.",
            found.moves,
            payments=payments,
        ),
        t("Nobody is written to about it, and you can undo it."),
        buttons=[[Button(t("Yes, correct them"), "simulate_apply", (ticket,))], [*only, leave_it]],
        edit=True,
    )


@feature.press("simulate_apply", needs=ADMIN)
async def apply(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    overlay, found = _known(ctx, ticket)
    set_by = await _set(ctx, overlay)
    since = found.since
    action = await ctx.store.audit.add(
        ctx.community.id,
        asker_account(ctx),
        PAST,
        since.isoformat(),
        {},
        {"payments": found.corrections},
        ctx.now,
    )
    await ctx.store.rejudging.begin(action, ctx.community.calendar.start_of(since))
    rehearsal_of(ctx).drop(ticket, asker_of(ctx))
    rehearsal_of(ctx).go_on(action)
    lines = [ctx.t("I am correcting it, and write to you when it is done.")]
    if set_by is not None:
        lines.append(
            ctx.t("The rule holds from now on. To take it back: {command}", command=f"/undo A{set_by}")
        )
    return Reply(*lines, edit=True)


@feature.undo(SETTINGS)
async def settings_back(ctx: Context, row: AuditRow) -> Reply:
    await put_all_back(ctx, row.before["settings"])
    return Reply(ctx.t("Undone. The rules are as they were."))


@feature.undo(PAST)
async def past_back(ctx: Context, row: AuditRow) -> Reply:
    rehearsal = rehearsal_of(ctx)
    if not await ctx.store.rejudging.move(row.id, "applied", "undoing"):
        raise UserError(ctx.t("I am not done with it yet. Try again when I have written to you that I am."))
    rehearsal.go_on(row.id)
    return Reply(ctx.t("I am taking it back, and write to you when it is done."))


def _known(ctx: Context, ticket: str) -> tuple[Sequence[Overlay], Rehearsed]:
    """What was looked at, for whom it was. Raises UserError."""
    rehearsal, asker = rehearsal_of(ctx), asker_of(ctx)
    overlay, found = rehearsal.proposed(ticket, asker), rehearsal.found(ticket, asker)
    if overlay is None or found is None:
        raise UserError(ctx.t("I do not have this any more. Please ask for it again: /simulate"))
    return overlay, found


async def _set(ctx: Context, overlay: Sequence[Overlay]) -> int | None:
    """Set what was tried out, and log it as one action, whose number is returned; None: it holds already."""
    known, changes = all_settings(ctx.features), await _to_set(ctx, overlay)
    if not changes:
        return None
    if len(changes) == 1:
        [one] = changes
        return await change(ctx, known[one.key], one.value, one.scope)
    before = await write_all(ctx, changes)
    keys = " ".join(each.key for each in changes)
    return await ctx.store.audit.add(
        ctx.community.id, asker_account(ctx), SETTINGS, keys, {"settings": before}, {}, ctx.now
    )


async def _to_set(ctx: Context, overlay: Sequence[Overlay]) -> list[Change]:
    """What of it is not in force."""
    known, rows = all_settings(ctx.features), await ctx.store.settings.of(ctx.community.id)
    wanted = [Change(each.key, each.value, Scope(each.space_id, each.channel_id)) for each in overlay]
    return [each for each in wanted if not _holds(ctx, known[each.key], rows, each)]


def _holds(ctx: Context, setting: Setting, rows: Sequence[SettingRow], wanted: Change) -> bool:
    """Whether a value is in force already."""
    if wanted.value is MISSING:
        where = (wanted.key, wanted.scope.space_id, wanted.scope.channel_id)
        return all((row.key, row.space_id, row.channel_id) != where for row in rows)
    present = present_value(ctx, setting, rows, wanted.scope)
    return said(ctx.t, setting, wanted.value) == said(ctx.t, setting, present)


def asker_account(ctx: Context) -> int | None:
    """The number of whoever acts."""
    return ctx.account.id if ctx.account else None
