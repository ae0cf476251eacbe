"""Levels: what a member's points add up to, and one quiet word when a new level is reached."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from handlers.base import (
    N_,
    Action,
    DirectMessage,
    Earned,
    Feature,
    FeatureSettings,
    ListenerContext,
    Post,
    Reply,
)
from handlers.taking_part.curve import level_of


class Announce(StrEnum):
    """How a new level is told."""

    OFF = N_("off")
    PRIVATE = N_("private")
    PUBLIC = N_("public")


class Settings(FeatureSettings):
    """The level curve, and who hears of a new level."""

    base: int = Field(default=50, ge=1, le=100_000, description="Points from the start to level 1.")
    growth: float = Field(default=1.25, ge=1, le=3, description="How many times as much each further level takes.")  # fmt: skip  # noqa: E501
    announce: Announce = Field(
        default=Announce.OFF, description="How a new level is told: off, private or public."
    )


feature = Feature("levels", Settings)


@feature.on(Earned)
def reached(ctx: ListenerContext, event: Earned) -> Iterable[Action]:
    """At most one congratulation a member and day, for the highest level reached at once."""
    rules = ctx.settings(Settings)
    if rules.announce is Announce.OFF or event.after <= event.before:
        return
    level = level_of(event.after, base=rules.base, growth=rules.growth)
    account = ctx.facts.account_by_id.get(event.account)
    if level <= level_of(event.before, base=rules.base, growth=rules.growth) or account is None:
        return
    key = f"level:{event.member}:{ctx.day.isoformat()}"
    if rules.announce is Announce.PUBLIC:
        text = ctx.t("{name} has reached level {level}.", name=account.name, level=level)
        yield Post(key=key, place=event.place, reply=Reply(text))
    else:
        text = ctx.t(
            "You have reached level {level} in {community}.", level=level, community=ctx.community.name
        )
        yield DirectMessage(
            key=key, platform=account.platform, account=account.external_id, reply=Reply(text)
        )
