"""Reports: a member says that a post needs a look; it joins the post's case, and nobody else learns of it."""

from datetime import timedelta
from typing import Annotated, Final

from handlers.base import (
    ILLS,
    N_,
    NO_TEXT,
    Button,
    Command,
    Context,
    Feature,
    Help,
    MessageRef,
    Pressed,
    Reply,
    Rest,
    UserError,
)
from handlers.quality.rules import Settings
from handlers.words.ills import OUTCOMES
from storage.cases import Case, NewCase
from storage.values import Account, StoredPost

ONE_DAY: Final = timedelta(days=1)
LONGEST: Final = 300
DISMISSED: Final = 5
"""Who reported so many fine posts, and more than twice as many as bad ones, opens no case any more."""

feature = Feature("reports")


@feature.command(
    "report",
    help=N_("Tell the experts that a post needs a look"),
    menu=N_("Report"),
    examples=("report", "report it is an advert"),
)
async def report(
    ctx: Context,
    command: Command,
    message: Annotated[MessageRef | None, Help(N_("The post"))] = None,
    words: Annotated[Rest, Help(N_("What is wrong with it"))] = NO_TEXT,
) -> Reply:
    post = await _named(ctx, message)
    account = _myself(ctx)
    await _within_bounds(ctx, account, post)
    case = await _case(ctx, account, post)
    new = case is None or await ctx.store.cases.report(case, account.id, words[:LONGEST], ctx.now)
    if not new:
        return Reply(ctx.t("You have reported this post already. Thank you: experts look at it."))
    thanks = ctx.t("Thank you. Our experts will look at it, and nobody learns that you reported it.")
    if case is None or case.origin != "report" or case.state != "open":
        return Reply(thanks)
    kinds = [Button(ctx.t(OUTCOMES[ill]), "report_kind", (str(case.id), ill)) for ill in ILLS]
    return Reply(thanks, ctx.t("If you like, say what it is:"), buttons=[kinds[:2], kinds[2:]])


@feature.press("report_kind")
async def kind(ctx: Context, pressed: Pressed, case: int, ill: str) -> Reply:
    found = await ctx.store.cases.get(ctx.community.id, case)
    account = _myself(ctx)
    mine = found is not None and any(
        each.account_id == account.id for each in await ctx.store.cases.reports(found)
    )
    if found is None or not mine or found.state != "open" or ill not in ILLS:
        raise UserError(ctx.t("Experts have looked at it meanwhile. Thank you all the same."))
    await ctx.store.cases.set_kind(found, ill)
    return Reply(ctx.t("Noted: {kind}. Thank you.", kind=ctx.t(OUTCOMES[ill])), edit=True)


def _myself(ctx: Context) -> Account:
    if ctx.account is None or ctx.member is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    return ctx.account


async def _named(ctx: Context, message: MessageRef | None) -> StoredPost:
    """The post that was answered, or on which the menu was opened."""
    if ctx.space is None or message is None:
        raise UserError(
            ctx.t("Answer the post with /report in its group. On Discord: the post's menu, Apps, Report.")
        )
    last = message.message.rstrip("/").rpartition("/")[2]
    for candidate in (message.message, last, f"{ctx.space.external_id}/{last}"):
        post = await ctx.store.posts.by_message(ctx.space.id, candidate)
        if post is not None and not post.stub and post.account_id is not None:
            if post.deleted:
                raise UserError(ctx.t("This post is gone already. Thank you all the same."))
            return post
    raise UserError(
        ctx.t("I know nothing of that message: it is no member's post, or it was written before I came.")
    )


async def _within_bounds(ctx: Context, account: Account, post: StoredPost) -> None:
    author = await ctx.store.people.member(ctx.community.id, post.account_id or 0)
    if author is not None and author == ctx.member:
        raise UserError(ctx.t("This is your own post: you can edit or delete it yourself."))
    most = ctx.settings(Settings).reports_a_day
    done = await ctx.store.cases.reports_since(ctx.community.id, account.id, ctx.now - ONE_DAY)
    if done >= most:
        raise UserError(
            ctx.t.n(
                "You have reported {n} post today, which is the most. If it is urgent, write to an admin.",
                "You have reported {n} posts today, which is the most. If it is urgent, write to an admin.",
                done,
            )
        )


async def _case(ctx: Context, account: Account, post: StoredPost) -> Case | None:
    """The post's case, opened if it has none; None: the word of who reported what was fine opens none."""
    case = await ctx.store.cases.of_post(post.space_id, post.message)
    if case is not None and case.state != "gone":
        return case
    confirmed, dismissed = await ctx.store.cases.reporter(ctx.community.id, account.id)
    if dismissed >= DISMISSED and dismissed > 2 * confirmed:
        return None
    score = await ctx.store.scores.of(post.space_id, post.message)
    likeliest = max(ILLS, key=lambda ill: getattr(score, ill)) if score is not None else "abuse"
    wanted = NewCase(
        space_id=post.space_id,
        channel_id=post.channel_id,
        account_id=post.account_id or 0,
        message=post.message,
        kind=likeliest,
        score=getattr(score, likeliest) if score is not None else 0.0,
        origin="report",
        at=ctx.now,
        anew=case is not None,
    )
    await ctx.store.cases.open([wanted])
    return await ctx.store.cases.of_post(post.space_id, post.message)
