"""Setup: five questions in the chat, or one line, and everything is on. Later, any answer can be changed."""

from dataclasses import replace
from typing import Annotated, Any

from handlers.admin.changes import put_all_back, write_all
from handlers.admin.presets import Preset
from handlers.admin.presets import changes_to as changes_of_preset
from handlers.admin.setup import speaking
from handlers.admin.setup.draft import STEPS, Draft, Step, drop, load, save
from handlers.admin.setup.pages import OVERVIEW, page
from handlers.admin.setup.summary import finished, overview, state_in_words
from handlers.base import (
    ADMIN,
    N_,
    AlwaysOn,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Field,
    Form,
    Help,
    Parsed,
    Pressed,
    Reply,
    Suggest,
    Texts,
    UserError,
)
from handlers.words.languages import offer_languages, read_language
from handlers.words.zones import common_zones, offer_zones, read_zone
from storage.values import AuditRow, Community

LABELS = {
    Step.LANGUAGE: N_("Language"),
    Step.ZONE: N_("Time zone"),
    Step.WEEK: N_("Start of the week"),
    Step.SPEECH: N_("Where I write"),
    Step.RULES: N_("Rules"),
}

feature = Feature("setup", AlwaysOn)


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return offer_zones(typed, ctx.t)


def offer_language(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return offer_languages(ctx.t, typed)


def read_step(word: str, t: Texts) -> Step | None:
    """A step; None is the overview of a community that is set up."""
    return Step(word) if word in STEPS else None


Language = Annotated[
    str, Parsed(read_language), Suggest(offer_language), Help(N_("The language I speak in public"))
]
Zone = Annotated[str, Parsed(read_zone), Suggest(offer), Help(N_("The time zone your days and weeks go by"))]


@feature.command(
    "setup",
    needs=ADMIN,
    before_setup=True,
    where="space",
    help=N_("Set me up, or change what you answered then"),
    examples=("setup en Europe/Berlin",),
)
async def setup(
    ctx: Context, command: Command, language: Language | None = None, zone: Zone | None = None
) -> Reply:
    community = ctx.community
    if community.set_up_at is not None:
        if language is None and zone is None:
            return await present(ctx)
        return await change(
            ctx, language=language or community.language, zone=zone or community.calendar.zone
        )
    draft = await load(ctx)
    if zone is not None:
        return await finish(ctx, replace(draft, language=language or draft.language, zone=zone))
    if language is not None:
        draft = replace(draft, language=language, step=Step.ZONE)
        await save(ctx, draft)
    reply = await page(ctx, draft, draft.step)
    reply.stays = True
    return reply


@feature.press("setup_step", needs=ADMIN, before_setup=True)
async def turn(ctx: Context, pressed: Pressed, step: Annotated[Step | None, Parsed(read_step)]) -> Reply:
    if ctx.community.set_up_at is not None:
        reply = await present(ctx) if step is None else await page(ctx, answers_of(ctx.community), step)
    else:
        draft = await load(ctx)
        draft = replace(draft, step=step or draft.step)
        await save(ctx, draft)
        reply = await page(ctx, draft, draft.step)
    reply.edit = True
    return reply


@feature.press("setup_language", needs=ADMIN, before_setup=True)
async def language_chosen(ctx: Context, pressed: Pressed, language: Language) -> Reply:
    return await answered(ctx, Step.LANGUAGE, language=language)


@feature.press("setup_zone", needs=ADMIN, before_setup=True)
async def zone_chosen(ctx: Context, pressed: Pressed, zone: Zone) -> Reply:
    return await answered(ctx, Step.ZONE, zone=zone)


@feature.press("setup_zone_form", needs=ADMIN, before_setup=True, answer="form")
async def ask_zone(ctx: Context, pressed: Pressed) -> Form:
    t = ctx.t if ctx.community.set_up_at else ctx.texts((await load(ctx)).language)
    label = t("A city, such as {zone}", zone=common_zones(t)[-2])
    return Form(t("Your time zone"), "setup_zone", (Field("zone", label, max_length=60),))


@feature.press("setup_week", needs=ADMIN, before_setup=True)
async def week_chosen(ctx: Context, pressed: Pressed, day: Annotated[int, Between(0, 6)]) -> Reply:
    return await answered(ctx, Step.WEEK, week_start=day)


@feature.press("setup_speech", needs=ADMIN, before_setup=True)
async def speech_chosen(ctx: Context, pressed: Pressed, where: str) -> Reply:
    return await answered(ctx, Step.SPEECH, speech=await speaking.checked(ctx, where))


@feature.press("setup_rules", needs=ADMIN, before_setup=True)
async def rules_chosen(ctx: Context, pressed: Pressed, preset: Preset) -> Reply:
    return await answered(ctx, Step.RULES, preset=preset)


async def answered(ctx: Context, step: Step, **answer: Any) -> Reply:
    """Keep an answer and ask the next question; after the last one, or once set up, it holds at once."""
    if ctx.community.set_up_at is not None:
        reply = await change(ctx, **answer)
    else:
        draft = replace(await load(ctx), **answer)
        following = STEPS[STEPS.index(step) + 1 :]
        if following:
            draft = replace(draft, step=following[0])
            await save(ctx, draft)
            reply = await page(ctx, draft, draft.step)
        elif draft.zone is None:  # of an old message: the question was never answered
            reply = await page(ctx, draft, Step.ZONE)
        else:
            reply = await finish(ctx, draft)
    reply.edit = True
    return reply


async def finish(ctx: Context, draft: Draft) -> Reply:
    """Everything that was answered holds from now on."""
    assert draft.zone is not None
    t = ctx.texts(draft.language)
    after = await _apply(
        ctx,
        language=draft.language,
        zone=draft.zone,
        week_start=draft.week_start,
        speech=draft.speech,
        preset=draft.preset,
    )
    assert after is not None
    await drop(ctx)
    change_it = Button(t("Change something"), "setup_step", (OVERVIEW,))
    return Reply(*await finished(ctx, t, after[0]), buttons=[change_it])


async def change(ctx: Context, **answers: Any) -> Reply:
    """Other answers than before hold from now on, and can be undone."""
    changed = await _apply(ctx, **answers)
    t = ctx.texts(answers.get("language", ctx.t.language))
    if changed is None:
        state = state_in_words(t, ctx.community)
        return Reply(t("Nothing to change: {state}", state=state), buttons=_steps(t))
    community, action = changed
    undo = Button(t("Undo"), "undo", (f"A{action}",))
    return Reply(Bold(t("Changed.")), *await overview(ctx, t, community), buttons=[*_steps(t), [undo]])


async def present(ctx: Context) -> Reply:
    """What holds in a community that is set up, and a button for each answer."""
    return Reply(
        Bold(ctx.t("This is how I am set up.")),
        *await overview(ctx, ctx.t, ctx.community),
        buttons=_steps(ctx.t),
    )


@feature.undo("setup")
async def put_back(ctx: Context, row: AuditRow) -> Reply:
    """A change of what was set up before; the first setup itself stays, for texts are kept since."""
    before: dict[str, Any] = row.before
    if not before["set_up"]:
        raise UserError(
            ctx.t("{ref} cannot be undone.", ref=f"A{row.id}"), ctx.t("Change any part of it: /setup")
        )
    await put_all_back(ctx, before.get("settings", []))
    await ctx.store.communities.finish_setup(
        ctx.community.id,
        language=before["language"],
        zone=before["zone"],
        week_start=before["week_start"],
        now=ctx.now,
    )
    return Reply(ctx.t("Undone. I am set up as before."))


@feature.tell("setup")
async def tell_setup(ctx: Context, row: AuditRow, who: str) -> str:
    if row.before["set_up"]:
        return ctx.t("{who} changed how I am set up.", who=who)
    return ctx.t("{who} set me up.", who=who)


async def _apply(ctx: Context, **answers: Any) -> tuple[Community, int] | None:
    """Write and log; the community as it is now and the action's number. None: nothing is to change."""
    before = ctx.community
    rows = await ctx.store.settings.of(before.id)
    changes = []
    if "speech" in answers:
        changes += await speaking.changes_to(ctx, rows, answers["speech"])
    if "preset" in answers:
        changes += changes_of_preset(ctx, rows, answers["preset"])
    new = _row(before) | {
        name: answers[name] for name in ("language", "zone", "week_start") if name in answers
    }
    if before.set_up_at is not None and new == _row(before) and not changes:
        return None
    stood = await write_all(ctx, changes)
    after = await ctx.store.communities.finish_setup(
        before.id, language=new["language"], zone=new["zone"], week_start=new["week_start"], now=ctx.now
    )
    by = ctx.account.id if ctx.account else None
    logged = _row(before) | ({"settings": stood} if stood else {})
    action = await ctx.store.audit.add(before.id, by, "setup", "community", logged, _row(after), ctx.now)
    return after, action


def answers_of(community: Community) -> Draft:
    """What a community that is set up has answered, as far as the questions show it."""
    calendar = community.calendar
    return Draft(language=community.language, zone=calendar.zone, week_start=calendar.week_start)


def _steps(t: Texts) -> list[list[Button]]:
    buttons = [Button(t(label), "setup_step", (step.value,)) for step, label in LABELS.items()]
    return [buttons[:3], buttons[3:]]


def _row(community: Community) -> dict[str, Any]:
    return {
        "set_up": community.set_up_at is not None,
        "language": community.language,
        "zone": community.calendar.zone,
        "week_start": community.calendar.week_start,
    }
