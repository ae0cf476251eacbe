"""Settings: all of them in one tree with a search, each changed in place or by one command, and put back."""

from handlers.admin.changes import (
    COMMUNITY,
    CommunitySettings,
    Scope,
    all_settings,
    change,
    logged_change,
    present_value,
    read,
    said,
    setting_named,
    usual_value,
    write,
)
from handlers.admin.scopes import Key, Where, scope_of, split_where
from handlers.admin.settings import tree
from handlers.admin.settings.tree import Spot, read_spot
from handlers.admin.simulated import follow_up
from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    AlwaysOn,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Field,
    Form,
    Overlay,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
    Way,
)
from handlers.words.commands import spelled
from handlers.words.settings import Setting, written
from storage.values import MISSING, AuditRow, Missing

feature = Feature("settings", AlwaysOn)


@feature.command(
    "settings",
    needs=ADMIN,
    help=N_("All settings, or those a word finds"),
    examples=("settings", "settings points"),
)
async def settings(ctx: Context, command: Command, search: Rest = NO_TEXT) -> Reply:
    spot = Spot(channel=ctx.channel)
    return await matching(ctx, spot, search, 1) if search else tree.root(ctx, spot)


@feature.press("settings_root", needs=ADMIN)
async def all_parts(ctx: Context, pressed: Pressed, spot: str) -> Reply:
    return edited(tree.root(ctx, await read_spot(ctx, spot)))


@feature.press("settings_room", needs=ADMIN)
async def room_chosen(ctx: Context, pressed: Pressed, spot: str, room: str) -> Reply:
    return edited(tree.room(ctx, await read_spot(ctx, spot), room))


@feature.press("settings_part", needs=ADMIN)
async def part_chosen(ctx: Context, pressed: Pressed, spot: str, part: str, page: int = 1) -> Reply:
    return edited(await tree.part(ctx, await read_spot(ctx, spot), part, page))


@feature.press("settings_page", needs=ADMIN)
async def turn(ctx: Context, pressed: Pressed, spot: str, search: str, page: int) -> Reply:
    return edited(await matching(ctx, await read_spot(ctx, spot), search, page))


@feature.press("setting", needs=ADMIN)
async def opened(ctx: Context, pressed: Pressed, spot: str, key: str) -> Reply:
    return edited(await tree.card(ctx, setting_named(ctx, key), await read_spot(ctx, spot)))


@feature.press("setting_to", needs=ADMIN)
async def chosen(ctx: Context, pressed: Pressed, spot: str, key: str, value: Rest) -> Reply:
    return edited(await changed_on_card(ctx, setting_named(ctx, key), await read_spot(ctx, spot), value))


@feature.press("setting_form", needs=ADMIN, answer="form")
async def ask_value(ctx: Context, pressed: Pressed, spot: str, key: str) -> Form:
    setting, where = setting_named(ctx, key), await read_spot(ctx, spot)
    rows = await ctx.store.settings.of(ctx.community.id)
    value = written(ctx.t, setting, present_value(ctx, setting, rows, where.scope(ctx)))
    field = Field("value", ctx.t(setting.sentence), value, max_length=500)
    return Form(setting.key, "setting_to", (field,), args=(where.token, setting.key))


@feature.press("setting_reset", needs=ADMIN)
async def as_usual(ctx: Context, pressed: Pressed, spot: str, key: str) -> Reply:
    setting, where = setting_named(ctx, key), await read_spot(ctx, spot)
    scope = scope_for(ctx, setting, where)
    before = present_value(ctx, setting, await ctx.store.settings.of(ctx.community.id), scope)
    action = await change(ctx, setting, MISSING, scope)
    after = await _after_reset(ctx, setting, scope)
    return edited(await tree.card(ctx, setting, where, _changed(ctx, setting, before, after), undo=action))


async def changed_on_card(ctx: Context, setting: Setting, spot: Spot, text: str) -> Reply:
    """What an admin pressed or wrote, stored; the card says so."""
    scope = scope_for(ctx, setting, spot)
    rows = await ctx.store.settings.of(ctx.community.id)
    before, stored = present_value(ctx, setting, rows, scope), read(ctx, setting, text, rows, scope)
    if said(ctx.t, setting, stored) == said(ctx.t, setting, before):
        return await tree.card(ctx, setting, spot)
    action = await change(ctx, setting, stored, scope)
    return await tree.card(ctx, setting, spot, _changed(ctx, setting, before, stored), undo=action)


def scope_for(ctx: Context, setting: Setting, spot: Spot) -> Scope:
    """Where a card writes. Raises UserError for a forged button."""
    return spot.scope(ctx) if setting.per_channel else Scope()


async def matching(ctx: Context, spot: Spot, search: str, page: int) -> Reply:
    """One page of the settings that a search finds, by key or by sentence."""
    search = clipped(search)
    folded, t = search.casefold(), ctx.t
    found = [
        setting
        for setting in all_settings(ctx.features).values()
        if folded in setting.key or folded in t(setting.sentence).casefold()
    ]
    if not found:
        raise UserError(
            t("No setting is about “{word}”.", word=search),
            t("{command} shows them all.", command="/settings"),
        )
    title = t("Settings about “{word}”", word=search)
    return await tree.listing(ctx, spot, title, found, page, ("settings_page", (spot.token, search)))


def edited(reply: Reply) -> Reply:
    """In place of the message whose button was pressed."""
    reply.edit = True
    return reply


@feature.command(
    "set",
    needs=ADMIN,
    help=N_("Change a setting"),
    examples=("set points.cooldown 5m", "set points.base 10 here", "set community.zone Europe/Berlin"),
)
async def set_(ctx: Context, command: Command, key: Key, value: Rest, where: Where = "") -> Reply:
    setting = setting_named(ctx, key)
    text = str(value)
    if command.way is Way.TEXT and not where:
        text, where = split_where(setting, text, ctx.t)
    scope = scope_of(ctx, setting, where)
    rows = await ctx.store.settings.of(ctx.community.id)

    before = present_value(ctx, setting, rows, scope)
    stored = read(ctx, setting, text, rows, scope)
    if said(ctx.t, setting, stored) == said(ctx.t, setting, before):
        return Reply(ctx.t("{key} is {value} already.", key=setting.key, value=said(ctx.t, setting, before)))

    action = await change(ctx, setting, stored, scope)

    narrower = [row for row in rows if row.key == setting.key and row.space_id is not None]
    lines: list[Text] = [_changed(ctx, setting, before, stored), ctx.t(setting.sentence)]
    if scope == Scope() and narrower:
        lines.append(
            ctx.t.n(
                "{n} place has a value of its own and keeps it.",
                "{n} places have a value of their own and keep it.",
                len(narrower),
            )
        )
    more, buttons = await follow_up(ctx, Overlay(setting.key, stored, scope.space_id, scope.channel_id))
    return Reply(*lines, *more, buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",)), *buttons])


@feature.command(
    "reset",
    needs=ADMIN,
    help=N_("Put a setting back to what it was at first"),
    examples=("reset points.cooldown", "reset points.base here"),
)
async def reset(ctx: Context, command: Command, key: Key, where: Where = "") -> Reply:
    setting = setting_named(ctx, key)
    if setting.key == f"{COMMUNITY}.name":
        example = spelled(ctx, f"set {setting.key} Data School")
        raise UserError(ctx.t("The name has no usual value. Change it: {example}", example=example))
    scope = scope_of(ctx, setting, where)
    rows = await ctx.store.settings.of(ctx.community.id)
    before = present_value(ctx, setting, rows, scope)
    if setting.kind is not CommunitySettings and not any(
        (row.key, row.space_id, row.channel_id) == (setting.key, scope.space_id, scope.channel_id)
        for row in rows
    ):
        value = said(ctx.t, setting, before)
        return Reply(ctx.t("{key} was never changed here: it is {value}.", key=setting.key, value=value))

    action = await change(ctx, setting, MISSING, scope)

    after = await _after_reset(ctx, setting, scope)
    return Reply(
        _changed(ctx, setting, before, after),
        ctx.t(setting.sentence),
        buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))],
    )


@feature.undo("set")
async def put_back(ctx: Context, row: AuditRow) -> Reply:
    setting = all_settings(ctx.features).get(row.target)
    if setting is None:
        raise UserError(ctx.t("There is no setting “{key}”.", key=row.target))
    value, scope = logged_change(row.before)
    await write(ctx, setting, value, scope)
    if value is MISSING:
        value = present_value(ctx, setting, await ctx.store.settings.of(ctx.community.id), scope)
    return Reply(ctx.t("Undone. {key} is {value} again.", key=setting.key, value=said(ctx.t, setting, value)))


@feature.tell("set")
async def tell_set(ctx: Context, row: AuditRow, who: str) -> str:
    setting = all_settings(ctx.features).get(row.target)
    value, _ = logged_change(row.after)
    if setting is None or value is MISSING:
        return ctx.t("{who} put {key} back to what it was at first.", who=who, key=row.target)
    return ctx.t("{who} set {key} to {value}.", who=who, key=row.target, value=said(ctx.t, setting, value))


async def _after_reset(ctx: Context, setting: Setting, scope: Scope) -> object:
    if setting.kind is CommunitySettings:
        return usual_value(ctx, setting)
    return present_value(ctx, setting, await ctx.store.settings.of(ctx.community.id), scope)


def clipped(search: str) -> str:
    """A search short and plain enough to travel in a button."""
    return search.replace("|", " ").strip().encode()[:26].decode(errors="ignore").strip()


def _changed(ctx: Context, setting: Setting, before: object, after: object | Missing) -> Text:
    return Bold(
        ctx.t(
            "{key} is now {new} (was {old}).",
            key=setting.key,
            new=said(ctx.t, setting, after),
            old=said(ctx.t, setting, before),
        )
    )
