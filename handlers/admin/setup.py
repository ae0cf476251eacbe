"""Setup: an admin says the language and the time zone, and everything is on."""

from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Select,
    Suggest,
    Text,
    UserError,
)
from handlers.words.commands import spelled
from handlers.words.languages import named, nearest, offer_languages, read_language
from handlers.words.weekdays import WEEKDAYS
from handlers.words.zones import common_zones, offer_zones, read_zone
from storage.values import AuditRow, Community

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

feature = Feature("setup")


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return offer_zones(typed, ctx.t)


def offer_language(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return offer_languages(ctx.t, typed)


Language = Annotated[
    str, Parsed(read_language), Suggest(offer_language), Help(N_("The language I speak in public"))
]
Zone = Annotated[str, Parsed(read_zone), Suggest(offer), Help(N_("The time zone your days and weeks go by"))]


@feature.command(
    "setup",
    needs=ADMIN,
    before_setup=True,
    where="space",
    help=N_("Set me up: language and time zone"),
    examples=("setup en Europe/Berlin",),
)
async def setup(
    ctx: Context, command: Command, language: Language | None = None, zone: Zone | None = None
) -> Reply:
    known = ctx.community.set_up_at is not None
    guess = (
        ctx.community.language
        if known
        else nearest(command.person.language or ctx.community.language, ctx.t.languages)
    )
    if zone is None and known and language is not None:
        zone = ctx.community.calendar.zone
    if zone is not None:
        return await finish(ctx, language or guess, zone)
    if language is not None:
        return ask_zone(ctx, language)
    return ask_language(ctx, guess)


@feature.press("setup_language", needs=ADMIN, before_setup=True)
async def language_chosen(ctx: Context, pressed: Pressed, language: Language) -> Reply:
    reply = ask_zone(ctx, language)
    reply.edit = True
    return reply


@feature.press("setup_zone", needs=ADMIN, before_setup=True)
async def zone_chosen(ctx: Context, pressed: Pressed, language: Language, choice: Zone) -> Reply:
    reply = await finish(ctx, language, choice)
    reply.edit = True
    return reply


def ask_language(ctx: Context, guess: str) -> Reply:
    """The first of two questions; the likelier answer stands first."""
    ordered = sorted(ctx.t.languages, key=lambda code: code != guess)
    return Reply(
        Bold(ctx.t("Which language shall I speak here?")),
        ctx.t(
            "Or say it all at once: {example}",
            example=spelled(ctx, f"setup {guess} {common_zones(ctx.texts(guess))[1]}"),
        ),
        buttons=[Button(named(ctx.t, code), "setup_language", (code,)) for code in ordered],
    )


def ask_zone(ctx: Context, language: str) -> Reply:
    """The second question, in the language of the first answer."""
    t = ctx.texts(language)
    return Reply(
        Bold(t("Which time zone do your days go by?")),
        t(
            "Is yours missing? Write it: {example}",
            example=spelled(ctx, f"setup {language} {common_zones(t)[-2]}"),
        ),
        select=Select(
            t("Time zone"),
            "setup_zone",
            tuple((zone, zone.replace("_", " ")) for zone in common_zones(t)),
            args=(language,),
        ),
    )


async def finish(ctx: Context, language: str, zone: str) -> Reply:
    """Switch everything on, or change what was said before."""
    before = ctx.community
    after = await ctx.store.communities.finish_setup(
        before.id, language=language, zone=zone, week_start=before.calendar.week_start, now=ctx.now
    )
    t = ctx.texts(language)
    if before.set_up_at is not None and _row(before) == _row(after):
        return Reply(t("Nothing to change: {state}", state=state_in_words(ctx, after)))

    account = ctx.account.id if ctx.account else None
    action = await ctx.store.audit.add(
        before.id, account, "setup", "community", _row(before), _row(after), ctx.now
    )
    if before.set_up_at is not None:
        return Reply(
            t("Changed. {state}", state=state_in_words(ctx, after)),
            buttons=[Button(t("Undo"), "undo", (f"A{action}",))],
        )
    on = [t(words) for name, words in EARNS.items() if _is_on(ctx, name)]
    lines: list[Text] = [
        Bold(t("All set.")),
        state_in_words(ctx, after),
        t("What is on: {features}.", features=t.c("list", ", ").join(on)),
        t("Three commands for members: /top is the board, /rank is one's own place, /why explains a post."),
        t("To see and change every rule: /settings"),
    ]
    return Reply(*lines)


@feature.undo("setup")
async def calendar_back(ctx: Context, row: AuditRow) -> Reply:
    """A change of what was set up before; the setup itself stays."""
    before = row.before
    if not before["set_up"]:
        raise UserError(ctx.t("{ref} cannot be undone.", ref=f"A{row.id}"))
    await ctx.store.communities.finish_setup(
        ctx.community.id,
        language=before["language"],
        zone=before["zone"],
        week_start=before["week_start"],
        now=ctx.now,
    )
    return Reply(ctx.t("Undone. Language and time zone are as they were."))


def state_in_words(ctx: Context, community: Community) -> str:
    """Language, zone and first day of the week, in one sentence each."""
    t = ctx.texts(community.language)
    return t(
        "I speak {language}; days go by {zone}, and weeks begin on {day}.",
        language=named(t, community.language),
        zone=community.calendar.zone,
        day=t(WEEKDAYS[community.calendar.week_start]),
    )


def _is_on(ctx: Context, name: str) -> bool:
    return any(each.name == name and ctx.settings_of(each.settings).enabled for each in ctx.features)


def _row(community: Community) -> dict[str, object]:
    return {
        "set_up": community.set_up_at is not None,
        "language": community.language,
        "zone": community.calendar.zone,
        "week_start": community.calendar.week_start,
    }
