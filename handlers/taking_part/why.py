"""Why: which rule gave, or refused, the points of a post."""

from handlers.base import (
    N_,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    MessageRef,
    Pressed,
    Reply,
    Someone,
    Text,
    UserError,
)
from handlers.taking_part.verdicts import still_standing, verdicts
from handlers.words.names import shown
from handlers.words.settings import settings_of, value_in_words
from storage.values import Member, StoredPost

EARNING = ("points", "replies", "reactions", "thanks", "voice", "learning")
"""The features whose settings are the rules of earning."""

feature = Feature("why")


@feature.command(
    "why",
    help=N_("Why a post earned the points it did"),
    menu=N_("Why these points"),
    examples=("why", "why @ann"),
)
async def why(
    ctx: Context, command: Command, message: MessageRef | None = None, member: Someone | None = None
) -> Reply:
    post = await (_named(ctx, message) if message else _last(ctx, member))
    entries = still_standing(await ctx.store.points.entries_for_message(post.space_id, post.message))
    total = sum(entry.points for entry in entries)

    head = ctx.t.n("This post earned {n} point.", "This post earned {n} points.", total)
    reasons: list[Text] = [f"• {line}" for line in await verdicts(ctx, post)]
    if post.deleted:
        reasons.append(ctx.t("It was deleted, and its points were taken back."))
    return Reply(Bold(head), *reasons, buttons=[Button(ctx.t("Show all rules"), "rules")])


@feature.press("rules")
async def rules(ctx: Context, pressed: Pressed) -> Reply:
    lines: list[Text] = []
    for each in ctx.features:
        now = ctx.settings_of(each.settings)
        if each.name not in EARNING or not now.enabled:
            continue
        lines.append(Bold(ctx.t(each.name)))
        for setting in settings_of(each):
            if setting.field != "enabled":
                value = value_in_words(ctx.t, getattr(now, setting.field))
                sentence = ctx.t(setting.sentence).rstrip(".。")
                lines.append(ctx.t("• {sentence}: {value}", sentence=sentence, value=value))
    return Reply(*lines) if lines else Reply(ctx.t("Nothing earns points here at present."))


NAMES = (N_("points"), N_("replies"), N_("reactions"), N_("thanks"), N_("voice"), N_("learning"))
"""What those features are called."""


async def _named(ctx: Context, message: MessageRef) -> StoredPost:
    """The post that was answered or linked to."""
    if ctx.space is None:
        raise UserError(ctx.t("Answer the post with /why in its group, and I will tell you alone."))
    last = message.message.rstrip("/").rpartition("/")[2]
    for candidate in (message.message, last, f"{ctx.space.external_id}/{last}"):
        post = await ctx.store.posts.by_message(ctx.space.id, candidate)
        if post is not None and not post.stub:
            if post.account_id is not None:
                _may_know(ctx, await ctx.store.people.member(ctx.community.id, post.account_id))
            return post
    raise UserError(
        ctx.t("I know nothing of that message: it is no member's post, or it was written before I came.")
    )


async def _last(ctx: Context, someone: Someone | None) -> StoredPost:
    """The last post of the one who was named, or of the one who asks."""
    member = await ctx.find(someone) if someone else ctx.member
    if member is None:
        raise UserError(ctx.t("Answer a post with /why, and I will tell you what it earned."))
    _may_know(ctx, member)
    post = await ctx.store.posts.last_of(member.id)
    if post is None:
        raise UserError(ctx.t("There is no post to explain yet."))
    return post


def _may_know(ctx: Context, author: Member | None) -> None:
    """What members who are not shown on boards earn is theirs alone."""
    if author is not None and not author.listed and author != ctx.member:
        name = shown(ctx.t, author.name, author.id)
        raise UserError(
            ctx.t("{name} is not shown on boards here, so their points are theirs alone.", name=name)
        )
