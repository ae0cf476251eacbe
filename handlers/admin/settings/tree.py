"""Tree: the settings part by part, each on a card that says all about it and changes it in place.

A card is about one place: the whole community, a space, or a channel. In a private chat nobody stands in a
channel, so the one that was asked from travels in the buttons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from handlers.admin.changes import (
    COMMUNITY,
    CommunitySettings,
    Scope,
    all_settings,
    present_value,
    said,
    usual_value,
)
from handlers.admin.settings.titles import OTHERS, title_of
from handlers.base import Bold, Button, Code, Context, Italic, Reply, Select, Text, UserError
from handlers.words.commands import spelled
from handlers.words.dates import moment_in_words
from handlers.words.names import shown
from handlers.words.rooms import ROOMS, RUNNING, room_of
from handlers.words.settings import Setting
from handlers.words.weekdays import WEEKDAYS
from storage.values import Channel, SettingRow

ROWS = 6
"""How many settings are shown on a page."""
EVERYWHERE, SPACE, HERE = "c", "s", "h"
"""The first letter of a place, as it travels in a button; the number of a channel follows."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The place that a card is about, and the channel that was asked from."""

    level: str = EVERYWHERE
    channel: Channel | None = None

    @property
    def token(self) -> str:
        """As it travels in a button."""
        return f"{self.level}{self.channel.id if self.channel else ''}"

    def at(self, level: str) -> "Spot":
        """The same channel, seen from another level."""
        return Spot(level, self.channel)

    def scope(self, ctx: Context) -> Scope:
        """Where a value is kept. Raises UserError for a level that is not there."""
        if self.level == EVERYWHERE:
            return Scope()
        if ctx.space is None or (self.level == HERE and self.channel is None):
            raise UserError(
                ctx.t("There is no “here” in a private chat. Write it in the channel that you mean.")
            )
        return Scope(ctx.space.id, self.channel.id if self.level == HERE and self.channel else None)


async def read_spot(ctx: Context, token: str) -> Spot:
    """The place that a button names, as far as it is in this space."""
    level = token[:1] if token[:1] in (SPACE, HERE) else EVERYWHERE
    number = token[1:]
    channel = ctx.channel
    if channel is None and number.isascii() and number.isdigit() and len(number) < 19:
        channel = await ctx.store.communities.channel_by_id(int(number))
    if channel is not None and (ctx.space is None or channel.space_id != ctx.space.id):
        channel = None
    return Spot(EVERYWHERE if level == HERE and channel is None else level, channel)


# Parts


def parts_of(ctx: Context) -> dict[str, list[Setting]]:
    """The parts in their order: a feature with settings of its own each, and one with all other switches."""
    parts: dict[str, list[Setting]] = {}
    for setting in all_settings(ctx.features).values():
        parts.setdefault(setting.key.partition(".")[0], []).append(setting)
    bare = [name for name, found in parts.items() if len(found) == 1 and not found[0].per_channel]
    others = [setting for name in bare for setting in parts.pop(name)]
    return parts | {OTHERS: others}


def part_of(ctx: Context, setting: Setting) -> str:
    """The part that a setting is shown in."""
    return next(name for name, found in parts_of(ctx).items() if setting in found)


def room_of_part(ctx: Context, name: str) -> str:
    """The room under handlers/ that a part is of; what is of none is about running it all."""
    of = next((each for each in ctx.features if each.name == name), None)
    return RUNNING if of is None else room_of(of)


def root(ctx: Context, spot: Spot) -> Reply:
    """All rooms, to choose one: there are more parts than a list may have."""
    t = ctx.t
    found = {room_of_part(ctx, name) for name in parts_of(ctx)}
    return Reply(
        Bold(t("Settings")),
        t("Choose what it is about. Or search: {example}", example=spelled(ctx, f"settings {t('pause')}")),
        buttons=[
            Button(t(title), "settings_room", (spot.token, room))
            for room, title in ROOMS.items()
            if room in found
        ],
    )


def room(ctx: Context, spot: Spot, name: str) -> Reply:
    """The parts of a room, to choose one."""
    found = [each for each in parts_of(ctx) if room_of_part(ctx, each) == name]
    if not found:
        raise UserError(ctx.t("This button is from an older version. Please run the command again."))
    t = ctx.t
    return Reply(
        Bold(t(ROOMS[name])),
        t("Choose a part."),
        buttons=[Button(t("All settings"), "settings_root", (spot.token,))],
        select=Select(
            t("Part"),
            "settings_part",
            tuple((each, title_of(t, each)) for each in found),
            args=(spot.token,),
        ),
    )


async def part(ctx: Context, spot: Spot, name: str, page: int) -> Reply:
    """One page of a part's settings, with their values here."""
    parts = parts_of(ctx)
    if name not in parts:
        raise UserError(ctx.t("This button is from an older version. Please run the command again."))
    return await listing(
        ctx, spot, title_of(ctx.t, name), parts[name], page, ("settings_part", (spot.token, name))
    )


async def listing(
    ctx: Context,
    spot: Spot,
    title: str,
    found: Sequence[Setting],
    page: int,
    turning: tuple[str, tuple[str, ...]],
) -> Reply:
    """One page of settings, each to be opened. `turning` is the press that shows another page."""
    t = ctx.t
    pages = max(1, -(-len(found) // ROWS))
    page = min(max(page, 1), pages)
    rows = await ctx.store.settings.of(ctx.community.id)
    shown_now = found[(page - 1) * ROWS : page * ROWS]
    scope = spot.at(HERE if spot.channel else SPACE if ctx.space else EVERYWHERE).scope(ctx)

    lines: list[Text] = [Bold(title)]
    for setting in shown_now:
        lines += _in_two_lines(ctx, setting, present_value(ctx, setting, rows, scope))
    if pages > 1:
        lines.append(Italic(t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages))))
    press, args = turning
    steps = [(page - 1, t("Previous")), (page + 1, t("Next"))]
    return Reply(
        *lines,
        buttons=[
            *(Button(label, press, (*args, str(number))) for number, label in steps if 1 <= number <= pages),
            Button(t("All settings"), "settings_root", (spot.token,)),
        ],
        select=Select(
            t("Change"),
            "setting",
            tuple((each.key, each.key) for each in shown_now),
            args=(spot.token,),
        ),
    )


def _in_two_lines(ctx: Context, setting: Setting, value: object) -> list[Text]:
    now, usual = said(ctx.t, setting, value), said(ctx.t, setting, usual_value(ctx, setting))
    if setting.key == f"{COMMUNITY}.name" or now == usual:
        line = ctx.t(": {value}", value=now)
    else:
        line = ctx.t(": {value} (usually {usual})", value=now, usual=usual)
    return [(Code(setting.key), line), ctx.t(setting.sentence)]


# One setting


async def card(ctx: Context, setting: Setting, spot: Spot, *changed: Text, undo: int | None = None) -> Reply:
    """Everything about one setting in one place, and what can be done about it. `changed` says it is new."""
    # The context's community is as it was before this press.
    ctx = replace(ctx, community=await ctx.store.communities.get(ctx.community.id) or ctx.community)
    t, scope = ctx.t, spot.scope(ctx)
    rows = await ctx.store.settings.of(ctx.community.id)
    value = present_value(ctx, setting, rows, scope)
    own = _row_at(rows, setting, scope)
    now = (Bold(setting.key), t(": {value}", value=said(t, setting, value)))
    lines: list[Text] = [*(changed or (now,)), t(setting.sentence)]
    if setting.key != f"{COMMUNITY}.name":
        lines.append(t("Usually: {value}", value=said(t, setting, usual_value(ctx, setting))))
    if setting.per_channel:
        lines.append(t("Holds for: {place}", place=place_in_words(ctx, spot)))
        lines += _elsewhere(ctx, setting, rows, scope)
    lines.append(await _changed_when(ctx, setting, own))

    can_reset = own is not None or (
        setting.kind is CommunitySettings and setting.field != "name" and value != usual_value(ctx, setting)
    )
    beside = [Button(t("As usual"), "setting_reset", (spot.token, setting.key))] if can_reset else []
    if undo is not None:
        beside.append(Button(t("Undo"), "undo", (f"A{undo}",)))
    part_name = part_of(ctx, setting)
    return Reply(
        *lines,
        buttons=[
            *_values(ctx, setting, spot, value),
            *([_levels(ctx, setting, spot)] if setting.per_channel and ctx.space else []),
            [
                *beside,
                Button(
                    t("Back"), "settings_part", (spot.token, part_name, _page_of(ctx, setting, part_name))
                ),
            ],
        ],
    )


def place_in_words(ctx: Context, spot: Spot) -> str:
    """What a card is about."""
    if spot.level == HERE and spot.channel is not None:
        return spot.channel.title or ctx.t("this channel or topic")
    if spot.level == SPACE and ctx.space is not None:
        return ctx.space.title or ctx.t("this group or server")
    return ctx.t("the whole community")


def choices_of(ctx: Context, setting: Setting) -> list[tuple[str, str]]:
    """(as it is written, as it is said) for a setting with few values; empty where it must be written."""
    t = ctx.t
    if setting.kind is CommunitySettings:
        if setting.field == "language":
            return list(t.languages.items())
        return [(day, t(day)) for day in WEEKDAYS] if setting.field == "week_start" else []
    annotation = setting.kind.model_fields[setting.field].annotation
    if annotation is bool:
        return [("on", t("on")), ("off", t("off"))]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return [(each.value, t(each.value)) for each in annotation]
    if get_origin(annotation) is Literal:
        return [(str(each), t(str(each))) for each in get_args(annotation)]
    return []


def _values(ctx: Context, setting: Setting, spot: Spot, value: Any) -> list[list[Button]]:
    choices = choices_of(ctx, setting)
    if not choices:
        return [[Button(ctx.t("Change"), "setting_form", (spot.token, setting.key))]]
    now = said(ctx.t, setting, value)
    buttons = [
        Button(
            ctx.t("✓ {value}", value=label) if label == now else label,
            "setting_to",
            (spot.token, setting.key, written),
        )
        for written, label in choices
    ]
    return [buttons[start : start + 3] for start in range(0, len(buttons), 3)]


def _levels(ctx: Context, setting: Setting, spot: Spot) -> list[Button]:
    """Buttons to the same setting elsewhere."""
    labels = {EVERYWHERE: ctx.t("Whole community"), SPACE: ctx.t("This group or server")}
    if spot.channel is not None:
        labels[HERE] = ctx.t("This channel")
    return [
        Button(label, "setting", (spot.at(level).token, setting.key))
        for level, label in labels.items()
        if level != spot.level
    ]


def _elsewhere(ctx: Context, setting: Setting, rows: Sequence[SettingRow], scope: Scope) -> list[Text]:
    others = [
        row
        for row in rows
        if row.key == setting.key
        and row.space_id is not None
        and (row.space_id, row.channel_id) != (scope.space_id, scope.channel_id)
    ]
    if not others:
        return []
    return [
        ctx.t.n(
            "{n} other place has a value of its own.",
            "{n} other places have values of their own.",
            len(others),
        )
    ]


def _row_at(rows: Sequence[SettingRow], setting: Setting, scope: Scope) -> SettingRow | None:
    wanted = (setting.key, scope.space_id, scope.channel_id)
    return next((row for row in rows if (row.key, row.space_id, row.channel_id) == wanted), None)


async def _changed_when(ctx: Context, setting: Setting, own: SettingRow | None) -> Text:
    t = ctx.t
    if own is not None:
        who, when = own.changed_by, own.changed_at
    elif setting.kind is CommunitySettings:
        actions = ("set", "setup")
        log = await ctx.store.audit.last(ctx.community.id, 100)
        found = [row for row in log if row.action in actions and row.target in (setting.key, COMMUNITY)]
        if not found:
            return t("Nobody has changed it.")
        who, when = found[0].account_id, found[0].at
    else:
        return t("Nobody has changed it here.")
    account = await ctx.store.people.account_by_id(who) if who is not None else None
    at = moment_in_words(t, when, ctx.community.calendar)
    if account is None:
        return t("Changed: {time}", time=at)
    return t("Changed by {name}: {time}", name=shown(t, account.name, account.id), time=at)


def _page_of(ctx: Context, setting: Setting, part_name: str) -> str:
    return str(parts_of(ctx)[part_name].index(setting) // ROWS + 1)
