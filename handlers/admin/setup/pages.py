"""Pages: the five questions of /setup, each with the likeliest answer first and a way back."""

from collections.abc import Sequence
from datetime import datetime

from handlers.admin.presets import FOR_WHOM, NAMES, Preset, example
from handlers.admin.setup.draft import ANSWERS, EVERYWHERE, STEPS, Draft, Step, locale_of
from handlers.admin.setup.speaking import channel_name, channels
from handlers.base import Bold, Button, Context, Italic, Reply, Select, Text, Texts
from handlers.words.commands import spelled
from handlers.words.dates import clock_in_words
from handlers.words.languages import named
from handlers.words.weekdays import WEEKDAYS, usual_week_start
from handlers.words.zones import common_zones, guess_zone

OVERVIEW = "overview"
MOST_CHANNELS = 24


async def page(ctx: Context, draft: Draft, step: Step) -> Reply:
    """The question of a step. The first is asked in the reader's language, the others in the one chosen."""
    t = ctx.t if step is Step.LANGUAGE or _is_set_up(ctx) else ctx.texts(draft.language)
    match step:
        case Step.LANGUAGE:
            return _language(ctx, t, draft)
        case Step.ZONE:
            return _zone(ctx, t, draft)
        case Step.WEEK:
            return _week(ctx, t, draft)
        case Step.SPEECH:
            return await _speech(ctx, t)
        case Step.RULES:
            return _rules(ctx, t)


def _language(ctx: Context, t: Texts, draft: Draft) -> Reply:
    guess = draft.language
    zone = guess_zone(locale_of(ctx), guess) or common_zones(ctx.texts(guess))[0]
    ordered = sorted(t.languages, key=lambda code: code != guess)
    return Reply(
        Bold(t("Which language shall I speak here?")),
        t("Or say it all at once: {example}", example=spelled(ctx, f"setup {guess} {zone}")),
        *_foot(ctx, t, Step.LANGUAGE),
        buttons=[
            *(Button(named(t, code), "setup_language", (code,)) for code in ordered),
            *_back(ctx, t, Step.LANGUAGE),
        ],
    )


def _zone(ctx: Context, t: Texts, draft: Draft) -> Reply:
    usual = common_zones(t)
    guess = draft.zone or guess_zone(locale_of(ctx), draft.language) or usual[0]
    return Reply(
        Bold(t("Which time zone do your days go by?")),
        t(
            "I think it is {zone}, where it is {time} now.",
            zone=guess,
            time=clock_in_words(t, ctx.now, guess),
        ),
        *_foot(ctx, t, Step.ZONE),
        buttons=[
            [Button(t("Yes, {zone}", zone=guess), "setup_zone", (guess,))],
            [Button(t("Write another"), "setup_zone_form"), *_back(ctx, t, Step.ZONE)],
        ],
        select=Select(
            t("Another time zone"),
            "setup_zone",
            tuple((zone, _zone_label(t, zone, ctx.now)) for zone in usual if zone != guess),
        ),
    )


def _zone_label(t: Texts, zone: str, now: datetime) -> str:
    return t("{zone}, {time}", zone=zone.replace("_", " "), time=clock_in_words(t, now, zone))


def _week(ctx: Context, t: Texts, draft: Draft) -> Reply:
    now = ctx.community.calendar.week_start if _is_set_up(ctx) else usual_week_start(locale_of(ctx))
    days = sorted((0, 5, 6), key=lambda day: day != now)
    return Reply(
        Bold(t("On which day does your week begin?")),
        t("Boards of the week and weekly messages go by it."),
        *_foot(ctx, t, Step.WEEK),
        buttons=[
            [Button(t(WEEKDAYS[day]), "setup_week", (str(day),)) for day in days],
            _back(ctx, t, Step.WEEK),
        ],
    )


async def _speech(ctx: Context, t: Texts) -> Reply:
    known = (await channels(ctx))[:MOST_CHANNELS]
    select = Select(
        t("Only in this channel"),
        "setup_speech",
        tuple((str(each.id), channel_name(t, each)) for each in known),
    )
    return Reply(
        Bold(t("Where may I write without being asked?")),
        t("For example that somebody reached a new level. I answer commands everywhere in any case."),
        *_foot(ctx, t, Step.SPEECH),
        buttons=[
            Button(t("Everywhere"), "setup_speech", (EVERYWHERE,)),
            Button(t("Nowhere, only answers"), "setup_speech", (ANSWERS,)),
            *_back(ctx, t, Step.SPEECH),
        ],
        select=select if known else None,
    )


def _rules(ctx: Context, t: Texts) -> Reply:
    lines: list[Text] = []
    for preset in Preset:
        lines += [(Bold(t(NAMES[preset])), " · ", t(FOR_WHOM[preset])), *example(t, preset)]
    return Reply(
        Bold(t("Which rules shall hold?")),
        *lines,
        *_foot(ctx, t, Step.RULES),
        buttons=[
            [Button(t(NAMES[preset]), "setup_rules", (preset.value,)) for preset in Preset],
            _back(ctx, t, Step.RULES),
        ],
    )


def _foot(ctx: Context, t: Texts, step: Step) -> list[Text]:
    if _is_set_up(ctx):
        return []
    number, of = t.number(STEPS.index(step) + 1), t.number(len(STEPS))
    said = t("Step {number} of {of}", number=number, of=of)
    if step is STEPS[0]:
        said = t("Step {number} of {of}. You may stop at any time: /setup goes on.", number=number, of=of)
    return [Italic(said)]


def _back(ctx: Context, t: Texts, step: Step) -> Sequence[Button]:
    if _is_set_up(ctx):
        return [Button(t("Back"), "setup_step", (OVERVIEW,))]
    place = STEPS.index(step)
    return [Button(t("Back"), "setup_step", (STEPS[place - 1].value,))] if place else []


def _is_set_up(ctx: Context) -> bool:
    return ctx.community.set_up_at is not None
