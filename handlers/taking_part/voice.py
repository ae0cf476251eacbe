"""Voice: minutes spent talking with others earn points, capped by the day.

A minute counts while at least two people are in the channel who can hear, outside the AFK channel.
"""

from collections.abc import Iterable
from datetime import timedelta

from pydantic import Field

from handlers.base import Action, Award, Feature, FeatureSettings, ListenerContext, VoiceChanged
from storage.values import Tally

RULE = "voice"


class Settings(FeatureSettings):
    """What voice minutes earn."""

    points: int = Field(default=1, ge=0, le=1_000, description="Points for each ten minutes in voice.")
    minutes: int = Field(
        default=10, ge=1, le=600, description="How many minutes in voice earn the points once."
    )
    daily_cap: int = Field(
        default=12, ge=0, le=10_000, description="The most that voice earns a member in a day."
    )


feature = Feature("voice", Settings)


def points_in_voice(seconds: int, paid: Tally, rules: Settings) -> int:
    """Points for seconds of company: whole blocks only, up to what is left of the day."""
    blocks = seconds // (rules.minutes * 60)
    return max(0, min(blocks * rules.points, rules.daily_cap - paid.points))


@feature.on(VoiceChanged)
def voice(ctx: ListenerContext, event: VoiceChanged) -> Iterable[Action]:
    """Pay everybody whose whole blocks are full now; the dispatcher counts the seconds."""
    rules = ctx.settings(Settings)
    for state in ctx.facts.company(ctx.space.id):
        member = ctx.facts.members.get((ctx.community.id, state.account_id))
        account = ctx.facts.account_by_id.get(state.account_id)
        if member is None or account is None or account.is_bot:
            continue
        points = points_in_voice(state.seconds, ctx.facts.paid(member.id, RULE, ctx.day), rules)
        used = state.seconds - state.seconds % (rules.minutes * 60)
        if used:
            ctx.facts.spend_voice(ctx.space.id, state.account_id, used)
        if points > 0 and not ctx.facts.is_muted(member.id, ctx.at):
            yield Award(
                rule=RULE,
                source=f"{event.place.platform}:{event.place.space}:voice:{account.external_id}:{event.at:%Y%m%dT%H%M%S%f}",
                points=points,
                community=ctx.community.id,
                member=member.id,
                account=account.id,
                space=ctx.space.id,
                at=event.at,
                note=str(timedelta(seconds=used)),
            )
