"""Quality: whether posts are read for what they are, and from where on experts look at them."""

from typing import Annotated

from handlers.admin.changes import Scope, change, setting_named
from handlers.base import (
    ADMIN,
    EXPERT,
    N_,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Task,
)
from handlers.quality.doubting import doubts_of, doubts_page
from handlers.quality.lines import KINDS, overview, page_of, read_kind, tried
from handlers.quality.settings import Settings
from storage.values import MISSING

feature = Feature("quality", Settings)

Kind = Annotated[
    str, Parsed(read_kind, choices=tuple(KINDS.items())), Help(N_("What is flagged: adverts, abuse ..."))
]
Percent = Annotated[int, Between(1, 99), Help(N_("From how many percent on it is flagged"))]


@feature.command(
    "quality",
    needs=EXPERT,
    help=N_("What is flagged, how often that was right, and from where on"),
    examples=("quality", "quality advert 90"),
)
async def quality(
    ctx: Context, command: Command, kind: Kind | None = None, percent: Percent | None = None
) -> Reply:
    if kind is None:
        return await overview(ctx)
    if percent is None:
        return await page_of(ctx, kind)
    return await tried(ctx, kind, percent)


@feature.press("quality", needs=EXPERT)
async def again(ctx: Context, pressed: Pressed) -> Reply:
    reply = await overview(ctx)
    reply.edit = True
    return reply


@feature.press("quality_kind", needs=EXPERT)
async def one(ctx: Context, pressed: Pressed, kind: Kind) -> Reply:
    reply = await page_of(ctx, kind)
    reply.edit = True
    return reply


@feature.press("quality_try", needs=EXPERT)
async def try_it(ctx: Context, pressed: Pressed, kind: Kind, percent: Percent) -> Reply:
    """What a line would have flagged last month, before anybody sets it."""
    reply = await tried(ctx, kind, percent)
    reply.edit = True
    return reply


@feature.press("quality_set", needs=ADMIN)
async def set_it(
    ctx: Context, pressed: Pressed, kind: Kind, percent: Annotated[int, Between(0, 99)]
) -> Reply:
    """Draw the line; 0: by the community's own posts again. /undo takes it back."""
    t = ctx.t
    setting = setting_named(ctx, f"quality.{kind}_from")
    number = await change(ctx, setting, percent / 100 if percent else MISSING, Scope())
    said = (
        t("From {percent} %, a post is flagged now: {kind}.", percent=percent, kind=t(KINDS[kind]))
        if percent
        else t("The line follows your own posts again: {kind}.", kind=t(KINDS[kind]))
    )
    return Reply(
        Bold(said),
        t("It holds for posts from now on, where a space has no line of its own."),
        buttons=[
            Button(t("Undo"), "undo", (f"A{number}",)),
            Button(t("Back"), "quality_kind", (kind,)),
        ],
        edit=True,
    )


@feature.press("quality_doubts", needs=ADMIN)
async def doubted(ctx: Context, pressed: Pressed, page: Annotated[int, Between(1, 1_000)] = 1) -> Reply:
    """Decisions that look wrong; each opens its case, where it can be opened again."""
    reply = await doubts_page(ctx, page)
    reply.edit = True
    return reply


@feature.task
async def task(ctx: Context) -> list[Task]:
    found = await doubts_of(ctx)
    if not found:
        return []
    newest = max(doubt.case for doubt in found)
    words = ctx.t.n(
        "{n} decision of experts looks wrong to me.", "{n} decisions of experts look wrong to me.", len(found)
    )
    action = Button(ctx.t("Look"), "quality_doubts", ("1",))
    return [Task(key=f"quality:doubts:{newest}", words=words, action=action, weight=40, opens=True)]
