"""Settings: all of them in one tree with a search, each changed by one command and put back by one button."""

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
from handlers.admin.scopes import Key, Where, here, scope_of, split_where
from handlers.base import (
    ADMIN,
    N_,
    NO_TEXT,
    Bold,
    Button,
    Code,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
    Way,
)
from handlers.words.commands import spelled
from handlers.words.settings import Setting
from storage.values import MISSING, AuditRow, Missing

ROWS = 6
feature = Feature("settings")


@feature.command(
    "settings",
    needs=ADMIN,
    help=N_("All settings, or those a word finds"),
    examples=("settings", "settings points"),
)
async def settings(ctx: Context, command: Command, search: Rest = NO_TEXT) -> Reply:
    return await listing(ctx, search, 1)


@feature.press("settings_page", needs=ADMIN)
async def turn(ctx: Context, pressed: Pressed, page: int, search: Rest = NO_TEXT) -> Reply:
    reply = await listing(ctx, search, page)
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
    return Reply(*lines, buttons=[Button(ctx.t("Undo"), "undo", (f"A{action}",))])


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


async def _after_reset(ctx: Context, setting: Setting, scope: Scope) -> object:
    if setting.kind is CommunitySettings:
        return usual_value(ctx, setting)
    return present_value(ctx, setting, await ctx.store.settings.of(ctx.community.id), scope)


async def listing(ctx: Context, search: str, page: int) -> Reply:
    """One page of the settings that a search finds, by feature."""
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
    pages = -(-len(found) // ROWS)
    page = min(max(page, 1), pages)
    rows = await ctx.store.settings.of(ctx.community.id)

    lines: list[Text] = [Bold(t("Settings"))]
    for setting in found[(page - 1) * ROWS : page * ROWS]:
        lines += _told(ctx, setting, present_value(ctx, setting, rows, here(ctx)))
    if pages > 1:
        lines.append(t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages)))
    example = spelled(ctx, "set points.cooldown 5m")
    lines.append(t("To change one: {example}", example=example))
    steps = [(page - 1, t("Previous")), (page + 1, t("Next"))]
    buttons = [
        Button(label, "settings_page", (str(number), search))
        for number, label in steps
        if 1 <= number <= pages
    ]
    return Reply(*lines, buttons=buttons)


def clipped(search: str) -> str:
    """A search short and plain enough to travel in a button."""
    return search.replace("|", " ").strip().encode()[:34].decode(errors="ignore").strip()


def _told(ctx: Context, setting: Setting, value: object) -> list[Text]:
    now, usual = said(ctx.t, setting, value), said(ctx.t, setting, usual_value(ctx, setting))
    if setting.key == f"{COMMUNITY}.name" or now == usual:
        line = ctx.t(": {value}", value=now)
    else:
        line = ctx.t(": {value} (usually {usual})", value=now, usual=usual)
    return [(Code(setting.key), line), ctx.t(setting.sentence)]


def _changed(ctx: Context, setting: Setting, before: object, after: object | Missing) -> Text:
    return Bold(
        ctx.t(
            "{key} is now {new} (was {old}).",
            key=setting.key,
            new=said(ctx.t, setting, after),
            old=said(ctx.t, setting, before),
        )
    )
