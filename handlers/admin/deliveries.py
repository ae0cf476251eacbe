"""Deliveries: what may not have arrived is sent again, or left, by an admin."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.base import ADMIN, Button, Context, Feature, Pressed, Reply, Task
from storage.values import Parcel

NAMED = 60
"""So much of a message is shown, that one knows which it is."""
ASKED = timedelta(days=7)
"""What failed longer ago is over."""

feature = Feature("deliveries")


@feature.task
async def doubtful(ctx: Context) -> list[Task]:
    """One task, however many messages one outage took: they are decided together."""
    parcels = await ctx.store.outbox.doubtful(ctx.community.id, ctx.now - ASKED)
    if not parcels:
        return []
    t, last = ctx.t, str(parcels[-1].id)
    if len(parcels) == 1:
        words = t("A message may not have arrived: {message}", message=_named(ctx, parcels[0]))
    else:
        words = t.n(
            "{n} message may not have arrived, the last of them: {message}",
            "{n} messages may not have arrived, the last of them: {message}",
            len(parcels),
            message=_named(ctx, parcels[-1]),
        )
    return [
        Task(
            key=f"deliveries:{last}",
            words=words,
            action=Button(t("Send again"), "deliveries_again", (last,)),
            other=Button(t("Leave it"), "deliveries_leave", (last,)),
            weight=80,
        )
    ]


def _named(ctx: Context, parcel: Parcel) -> str:
    """Which message it is. What was written to one person is nobody else's business."""
    if parcel.kind == "direct":
        return ctx.t("a private message to a member")
    first = next(iter(parcel.payload["reply"].get("lines", [])), "")
    text = _plain(first)
    short = text if len(text) <= NAMED else f"{text[: NAMED - 1]}…"
    return ctx.t("“{text}”", text=short) if short else ctx.t("a message in the group")


def _plain(line: object) -> str:
    """A stored line's words: a text, a dressed text, or a list of both."""
    if isinstance(line, str):
        return line
    if isinstance(line, dict):
        return str(line.get("text", line.get("name", "")))
    return "".join(_plain(part) for part in line) if isinstance(line, list) else ""


@feature.press("deliveries_again", needs=ADMIN)
async def again(ctx: Context, pressed: Pressed, last: int) -> Reply:
    ids = await _up_to(ctx, last)
    sent = await ctx.store.outbox.again(ctx.community.id, ids, ctx.now)
    return Reply(
        ctx.t.n("{n} message is sent again.", "{n} messages are sent again.", sent)
        if sent
        else ctx.t("There is nothing left to send again.")
    )


@feature.press("deliveries_leave", needs=ADMIN)
async def leave(ctx: Context, pressed: Pressed, last: int) -> Reply:
    left = await ctx.store.outbox.leave(ctx.community.id, await _up_to(ctx, last), ctx.now)
    return Reply(
        ctx.t.n("{n} message is left as it is.", "{n} messages are left as they are.", left)
        if left
        else ctx.t("There is nothing left to decide.")
    )


async def _up_to(ctx: Context, last: int) -> Sequence[int]:
    """Those that were told of: what came since is another question."""
    parcels = await ctx.store.outbox.doubtful(ctx.community.id, ctx.now - ASKED)
    return [each.id for each in parcels if each.id <= last]
