"""Reactions: a post that others react to earns its author points, once for each of them.

What counts is the state: any number of emoji by one person is one payment, and taking the last one
back takes the points back.
"""

from collections.abc import Iterable

from pydantic import Field

from handlers.base import (
    Action,
    Feature,
    FeatureSettings,
    ListenerContext,
    Reacted,
    ReactionsCleared,
    TakeBack,
    source_given,
)
from handlers.taking_part.given import give

RULE = "reaction"


class Settings(FeatureSettings):
    """What a reaction received earns."""

    points: int = Field(default=1, ge=0, le=1_000, description="Points for a reaction received.")
    pair_limit: int = Field(
        default=5, ge=0, le=1_000, description="How many reactions a day from one person count."
    )
    daily_limit: int = Field(
        default=30, ge=0, le=10_000, description="How many reactions received a day count."
    )
    from_writers_only: bool = Field(
        default=True, description="Whether only reactions of people who have written something count."
    )


feature = Feature("reactions", Settings)


@feature.on(Reacted)
def reacted(ctx: ListenerContext, event: Reacted) -> Iterable[Action]:
    """Pay while the person holds any reaction to the post; take back when they hold none."""
    assert ctx.account is not None
    rules = ctx.settings(Settings)
    source = source_given(event.place, event.message, event.person.id)
    held = ctx.facts.reactions.get((ctx.space.id, event.message, ctx.account.id))
    if held is None or not held[0]:
        yield TakeBack(rule=RULE, source=source, at=event.at, note="taken back")
        return
    post = ctx.facts.post(ctx.space.id, event.message)
    to = ctx.facts.account_by_id.get(post.account_id) if post and post.account_id else None
    if post is None or to is None or post.deleted or not rules.points:
        return
    mine = ctx.facts.accounts_of(ctx.community.id, ctx.member.id) if ctx.member else ()
    if rules.from_writers_only and ctx.facts.writers.isdisjoint({ctx.account.id, *mine}):
        return
    ids = ctx.facts.ids_of(ctx.community.id, event.place.platform, event.person.id)
    yield from give(
        ctx,
        RULE,
        [source_given(event.place, event.message, id) for id in ids],
        to,
        points=rules.points,
        pair_limit=rules.pair_limit,
        daily_limit=rules.daily_limit,
        message=event.message,
    )


@feature.on(ReactionsCleared)
def cleared(ctx: ListenerContext, event: ReactionsCleared) -> Iterable[Action]:
    """Reactions that were removed at once take their points back."""
    for (space, message, account), (held, _, _) in ctx.facts.reactions.items():
        who = ctx.facts.account_by_id.get(account)
        if space == ctx.space.id and message == event.message and not held and who is not None:
            yield TakeBack(
                rule=RULE,
                source=source_given(event.place, message, who.external_id),
                at=event.at,
                note="cleared",
            )
