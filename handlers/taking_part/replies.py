"""Replies: a post that was answered earns its author points, once for each person who answers."""

from collections.abc import Iterable

from pydantic import Field

from handlers.base import (
    Action,
    Author,
    Deleted,
    Feature,
    FeatureSettings,
    ListenerContext,
    Posted,
    TakeBack,
    source_given,
)
from handlers.taking_part.given import give

RULE = "reply"


class Settings(FeatureSettings):
    """What being answered earns."""

    points: int = Field(default=2, ge=0, le=1_000, description="Points for a reply received.")
    pair_limit: int = Field(
        default=5, ge=0, le=1_000, description="How many replies a day from one person count."
    )
    daily_limit: int = Field(
        default=20, ge=0, le=10_000, description="How many replies received a day count."
    )
    min_length: int = Field(default=4, ge=0, le=1_000, description="How many characters a reply needs in order to count.")  # fmt: skip  # noqa: E501


feature = Feature("replies", Settings)


@feature.on(Posted)
def answered(ctx: ListenerContext, event: Posted) -> Iterable[Action]:
    """The author of the post that is answered earns."""
    rules = ctx.settings(Settings)
    reply = event.reply_to
    if reply is None or reply.author is not Author.PERSON or not rules.points:
        return
    if event.forwarded or event.via_bot:
        return
    if ctx.shape is None or ctx.shape.graphemes < rules.min_length:
        return
    stored = ctx.facts.post(ctx.space.id, reply.message)
    to = ctx.facts.account_by_id.get(stored.account_id) if stored and stored.account_id else None
    if stored is None or to is None or stored.deleted:
        return
    ids = ctx.facts.ids_of(ctx.community.id, event.place.platform, event.person.id)
    yield from give(
        ctx,
        RULE,
        [source_given(event.place, reply.message, id) for id in ids],
        to,
        points=rules.points,
        pair_limit=rules.pair_limit,
        daily_limit=rules.daily_limit,
        message=reply.message,
    )


@feature.on(Deleted)
def reply_deleted(ctx: ListenerContext, event: Deleted) -> Iterable[Action]:
    """A reply that is gone, and was that person's only one, takes its points back."""
    for source in ctx.facts.sources_gone(ctx.space.id, event.messages):
        yield TakeBack(rule=RULE, source=source, at=event.at, note="deleted")
