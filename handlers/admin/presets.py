"""Presets: ready-made sets of rules, each under a name, as plain values of settings.

Every preset says something of the same keys, so that going from one to another leaves nothing behind.
Values are written as they are stored (lengths of time as ISO 8601).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from handlers.admin.changes import Change, Scope, all_settings, present_value, usual_value
from handlers.base import N_, Context, Feature, Text, Texts
from handlers.words.settings import Setting, loaded
from storage.values import MISSING, SettingRow


class Preset(StrEnum):
    """The presets there are, calmest first."""

    QUIET = N_("quiet")
    STANDARD = N_("standard")
    LIVELY = N_("lively")


NAMES = {Preset.QUIET: N_("Quiet"), Preset.STANDARD: N_("Standard"), Preset.LIVELY: N_("Lively")}
FOR_WHOM = {
    Preset.QUIET: N_("For a calm group: few points, mostly for helping others."),
    Preset.STANDARD: N_("For most groups: points for posts, answers and thanks."),
    Preset.LIVELY: N_("For a group that likes to compete: more points for everything."),
}

_ROWS: Mapping[str, tuple[Any, Any, Any]] = {
    "points.base": (3, 5, 10),
    "points.cooldown": ("PT5M", "PT1M", "PT30S"),
    "points.daily_cap": (30, 100, 300),
    "points.min_length": (15, 4, 4),
    "replies.points": (1, 2, 3),
    "reactions.points": (0, 1, 2),
    "thanks.points": (5, 3, 5),
    "thanks.acknowledge": ("", "👍", "👍"),
    "voice.points": (0, 1, 2),
    "voice.daily_cap": (0, 12, 24),
    "levels.announce": ("off", "off", "public"),
    "leaderboard.rows": (5, 10, 10),
}
"""Key -> its value in each preset, calmest first."""

PRESETS: Mapping[Preset, Mapping[str, Any]] = MappingProxyType(
    {
        preset: MappingProxyType({key: values[place] for key, values in _ROWS.items()})
        for place, preset in enumerate(Preset)
    }
)


def preset_values(preset: Preset, features: Sequence[Feature]) -> dict[str, Any]:
    """What a preset says: key -> the value as it is stored, without features that are not there."""
    known = all_settings(features)
    return {key: value for key, value in PRESETS[preset].items() if key in known}


def differences(ctx: Context, rows: Sequence[SettingRow], preset: Preset) -> list[tuple[Setting, Any, Any]]:
    """(setting, its value now, its value then) for what a preset would change in the whole community."""
    known = all_settings(ctx.features)
    found = []
    for key, stored in preset_values(preset, ctx.features).items():
        setting = known[key]
        now, then = present_value(ctx, setting, rows, Scope()), loaded(setting, stored)
        if now != then:
            found.append((setting, now, then))
    return found


def changes_to(ctx: Context, rows: Sequence[SettingRow], preset: Preset) -> list[Change]:
    """What is to be written for a preset; what is usual here anyway goes back to being so."""
    values = preset_values(preset, ctx.features)
    return [
        Change(setting.key, MISSING if then == usual_value(ctx, setting) else values[setting.key])
        for setting, _, then in differences(ctx, rows, preset)
    ]


def preset_in_force(ctx: Context, rows: Sequence[SettingRow]) -> Preset | None:
    """The preset whose values hold in the whole community; None for rules of its own."""
    return next((preset for preset in Preset if not differences(ctx, rows, preset)), None)


def example(t: Texts, preset: Preset) -> list[Text]:
    """What a preset means, in numbers."""
    values = PRESETS[preset]
    lines: list[Text] = [
        t(
            "A thoughtful post earns {post}, a thank-you {thanks}, an answer {reply}, a reaction {reaction};"
            " posts bring at most {cap} a day.",
            post=t.number(values["points.base"]),
            thanks=t.number(values["thanks.points"]),
            reply=t.number(values["replies.points"]),
            reaction=t.number(values["reactions.points"]),
            cap=t.number(values["points.daily_cap"]),
        ),
    ]
    if values["levels.announce"] == "public":
        lines.append(t("New levels are announced."))
    return lines
