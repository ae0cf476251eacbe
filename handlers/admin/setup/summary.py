"""Summary: what is set up, what is on, what rights are for, and what members need to know."""

from collections.abc import Sequence

from handlers.admin.presets import NAMES, Preset, preset_in_force
from handlers.admin.setup import speaking
from handlers.base import N_, Bold, Context, Text, Texts
from handlers.words.languages import named
from handlers.words.weekdays import WEEKDAYS
from storage.values import Community, SettingRow

EARNS = {
    "points": N_("points for posts"),
    "replies": N_("replies"),
    "reactions": N_("reactions"),
    "thanks": N_("thanks"),
    "voice": N_("time in voice"),
    "levels": N_("levels"),
    "leaderboard": N_("boards"),
}
"""What is told to be on, by feature."""


def state_in_words(t: Texts, community: Community) -> str:
    """Language, zone and first day of the week, in one sentence each."""
    return t(
        "I speak {language}; days go by {zone}, and weeks begin on {day}.",
        language=named(t, community.language),
        zone=community.calendar.zone,
        day=t(WEEKDAYS[community.calendar.week_start]),
    )


async def overview(ctx: Context, t: Texts, community: Community) -> list[Text]:
    """What holds now, a line each."""
    rows = await ctx.store.settings.of(community.id)
    return [
        state_in_words(t, community),
        await speaking.in_words(ctx, t, rows),
        _rules(ctx, t, rows),
    ]


def _rules(ctx: Context, t: Texts, rows: Sequence[SettingRow]) -> Text:
    preset: Preset | None = preset_in_force(ctx, rows)
    if preset is None:
        return t("The rules are your own: /settings shows them.")
    return t("The rules are “{preset}”.", preset=t(NAMES[preset]))


async def finished(ctx: Context, t: Texts, community: Community) -> list[Text]:
    """What is said when the setup is done."""
    on = [t(words) for name, words in EARNS.items() if _is_on(ctx, name)]
    known = {spec.name for feature in ctx.features for spec in feature.commands}
    lines: list[Text] = [
        Bold(t("All set.")),
        *await overview(ctx, t, community),
        t("What is on: {features}.", features=t.c("list", ", ").join(on)),
        t(
            "My rights are for this: reading and seeing reactions, to give points; seeing who comes and goes,"
            " to keep boards right; writing and deleting what I wrote, to answer without leaving clutter."
        ),
    ]
    if "doctor" in known:
        lines.append(t("/doctor shows which of them I lack, and how to give them to me."))
    lines += [
        t("Three commands for members: /top is the board, /rank is one's own place, /why explains a post."),
        t("To see and change every rule: /settings"),
    ]
    if "connect" in known:
        lines.append(t("Another group or server of yours joins in with /connect."))
    return lines


def _is_on(ctx: Context, name: str) -> bool:
    return any(each.name == name and ctx.settings_of(each.settings).enabled for each in ctx.features)
