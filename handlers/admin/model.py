"""Model: what suggests courses here, how good it is, and the one before, a press away."""

from collections.abc import Sequence
from typing import Annotated

from handlers.admin.simulated import asker_of
from handlers.base import (
    ADMIN,
    N_,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Pressed,
    Reply,
    Text,
    Texts,
    UserError,
)
from handlers.words.dates import moment_in_words, range_in_words
from handlers.words.models import (
    FAILED,
    parts_in_words,
    quality_in_words,
    skipped_in_words,
    worse_in_words,
)
from storage.models import StoredModel
from storage.values import AuditRow

LAST = 5
"""So many trainings are shown."""
ACTION = "model"

Number = Annotated[int, Between(1, 2**60)]

feature = Feature("model")


@feature.command(
    "model", needs=ADMIN, help=N_("What suggests courses, how good it is, and the one before it")
)
async def model(ctx: Context, command: Command) -> Reply:
    return await card(ctx)


@feature.press("model", needs=ADMIN)
async def again(ctx: Context, pressed: Pressed) -> Reply:
    reply = await card(ctx)
    reply.edit = True
    return reply


@feature.press("model_train", needs=ADMIN)
async def train(ctx: Context, pressed: Pressed) -> Reply:
    """Begin a training; what comes of it is told privately."""
    t = ctx.t
    if ctx.training is None:
        raise UserError(t("Nothing can be trained here."))
    if not await ctx.store.courses.all(ctx.community.id):
        raise UserError(t(FAILED["nothing"]))
    if not ctx.training.begin(asker_of(ctx), ctx.space.id if ctx.space else None, said):
        raise UserError(t("It is being trained already. I tell you when it is done."))
    return Reply(
        Bold(t("I train a new model.")),
        t("That takes a minute or two. What serves goes on, and I tell you privately how it went."),
    )


@feature.press("model_serve", needs=ADMIN)
async def serve(ctx: Context, pressed: Pressed, number: Number) -> Reply:
    """Let another of the kept ones serve."""
    t, present = ctx.t, await ctx.store.models.serving(ctx.community.id)
    kept = {row.id: row for row in await ctx.store.models.kept(ctx.community.id)}
    wanted = kept.get(number)
    if wanted is None:
        raise UserError(t("That model is not kept any more. /model shows those that are."))
    if wanted.state == "serves":
        raise UserError(t("It serves already."))
    if wanted.version in await _damaged(ctx, [wanted]):
        raise UserError(t("The file of that model is gone or damaged. Train a new one: /model"))
    await ctx.store.models.serve(ctx.community.id, wanted.version, now=ctx.now)
    action = await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        ACTION,
        wanted.version,
        {"version": present.version if present else None},
        {"version": wanted.version, "made_at": wanted.made_at.isoformat()},
        ctx.now,
    )
    return Reply(
        Bold(t("The model of {moment} serves now.", moment=_moment(ctx, wanted))),
        *quality_in_words(t, wanted),
        t("A nightly training puts a new one in its place only if that is no worse."),
        buttons=[Button(t("Undo"), "undo", (f"A{action}",)), Button(t("Show it"), "model")],
        edit=True,
    )


@feature.undo(ACTION)
async def put_back(ctx: Context, row: AuditRow) -> Reply:
    before = (row.before or {}).get("version")
    if before is None or not await ctx.store.models.serve(ctx.community.id, before, now=ctx.now):
        raise UserError(
            ctx.t("The model that served before is not kept any more. /model shows those that are.")
        )
    present = await ctx.store.models.serving(ctx.community.id)
    assert present is not None
    return Reply(ctx.t("Undone. The model of {moment} serves again.", moment=_moment(ctx, present)))


@feature.tell(ACTION)
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    return ctx.t("{who} let another model suggest courses: {version}.", who=who, version=row.target)


async def card(ctx: Context) -> Reply:
    """What serves, since when, from what, how good; what is not in it; and the trainings of late."""
    t = ctx.t
    kept = await ctx.store.models.kept(ctx.community.id)
    serving = next((row for row in kept if row.state == "serves"), None)
    damaged = await _damaged(ctx, kept)
    lines = [*_heading(ctx, serving, kept, damaged)]
    buttons = [Button(t("Train now"), "model_train")]
    if serving is not None:
        lines += [*_told(ctx, serving)]
        whole = [row for row in kept if row.version not in damaged and row.id != serving.id]
        if older := next((row for row in whole if row.id < serving.id), None):
            buttons.append(Button(t("Back to the previous one"), "model_serve", (str(older.id),)))
        if newer := next((row for row in whole if row.id > serving.id), None):
            buttons.append(Button(t("To the newest one"), "model_serve", (str(newer.id),)))
    lines += await _trainings(ctx)
    return Reply(*lines, buttons=buttons)


def _heading(
    ctx: Context, serving: StoredModel | None, kept: Sequence[StoredModel], damaged: frozenset[str]
) -> list[Text]:
    t = ctx.t
    if serving is None:
        return [
            Bold(t("No model has been trained yet.")),
            t("Until then suggestions go by what many take, or by the catalogue's own order."),
            t("I train one each night as soon as there are courses and something was done with them."),
        ]
    if serving.version not in damaged:
        since = moment_in_words(t, serving.serves_since or serving.made_at, ctx.community.calendar)
        return [
            Bold(t("The model of {moment} suggests courses.", moment=_moment(ctx, serving))),
            t("It has served since {since}.", since=since),
        ]
    instead = next((row for row in kept if row.version not in damaged), None)
    lost = Bold(t("✗ The file of the model of {moment} is gone or damaged.", moment=_moment(ctx, serving)))
    if instead is None:
        return [
            lost,
            t("Meanwhile suggestions go by what many take, or by the catalogue's own order."),
        ]
    return [lost, t("Meanwhile the model of {moment} serves. Train a new one.", moment=_moment(ctx, instead))]


def _told(ctx: Context, serving: StoredModel) -> list[Text]:
    """What the model that serves is."""
    t, calendar = ctx.t, ctx.community.calendar
    lines: list[Text] = []
    if serving.data_from and serving.data_until:
        first, last = calendar.day(serving.data_from), calendar.day(serving.data_until)
        dates = range_in_words(t, first, last, calendar.day(ctx.now))
    else:
        dates = ""
    lines.append(
        t.n(
            "Learned from {n} event of {members} people with {courses} courses.",
            "Learned from {n} events of {members} people with {courses} courses.",
            serving.events,
            members=t.number(serving.members),
            courses=t.number(serving.courses),
        )
    )
    if dates:
        lines.append(t("From: {dates}.", dates=dates))
    lines += quality_in_words(t, serving)
    lines.append(t("It goes by: {parts}.", parts=parts_in_words(t, serving)))
    if serving.skipped:
        lines.append(t("Not in it:"))
        lines += [f"• {skipped_in_words(t, skip)}" for skip in serving.skipped]
    return lines


async def _trainings(ctx: Context) -> list[Text]:
    t, rows = ctx.t, await ctx.store.models.last(ctx.community.id, LAST)
    if not rows:
        return []
    states = {"serves": t("serves"), "kept": t("kept")}
    lines: list[Text] = [Bold(t("The last trainings"))]
    for row in rows:
        came = states.get(row.state) or t("not taken: {reason}", reason=worse_in_words(t, row))
        lines.append(t("• {moment}: {came}", moment=_moment(ctx, row), came=came))
    return lines


def said(t: Texts, made: StoredModel | None, reason: str) -> Reply:
    """What an admin is told who had it trained."""
    show = [Button(t("Show it"), "model")]
    if made is None:
        return Reply(
            Bold(t("The training came to no end; what served goes on.")),
            t(FAILED.get(reason, FAILED["process"])),
            buttons=show,
        )
    quality = quality_in_words(t, made)
    if made.state == "refused":
        return Reply(
            Bold(t("The new model was not taken: {reason}.", reason=worse_in_words(t, made))),
            *quality,
            t("What served goes on."),
            buttons=show,
        )
    if made.state == "kept":
        return Reply(
            Bold(t("The new model is kept and does not serve: another was chosen meanwhile.")),
            *quality,
            buttons=show,
        )
    return Reply(Bold(t("The new model serves.")), *quality, buttons=show)


def _moment(ctx: Context, row: StoredModel) -> str:
    return moment_in_words(ctx.t, row.made_at, ctx.community.calendar)


async def _damaged(ctx: Context, rows: Sequence[StoredModel]) -> frozenset[str]:
    return await ctx.training.damaged(rows) if ctx.training is not None else frozenset()
