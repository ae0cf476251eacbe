"""Given: the one rule behind points that a member earns because of somebody else.

Not from oneself; so many a day from one giver, so many a day in all; once for each source.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from handlers.base import Action, Award, ListenerContext
from storage.values import Account, Member


class Refused(StrEnum):
    """Why nothing was given."""

    ONESELF = "oneself"
    MUTED = "muted"
    NOBODY = "nobody"
    PAIR_LIMIT = "pair_limit"
    DAILY_LIMIT = "daily_limit"
    ALREADY = "already"


def may_give(
    *,
    giver: int,
    receiver: int,
    from_giver_today: int,
    today: int,
    pair_limit: int,
    daily_limit: int,
    muted: bool = False,
) -> Refused | None:
    """Whether a member may be given points by another now. Limits of 0 mean none are given at all.

    `muted`: one of the two is.
    """
    if giver == receiver:
        return Refused.ONESELF
    if muted:
        return Refused.MUTED
    if from_giver_today >= pair_limit:
        return Refused.PAIR_LIMIT
    if today >= daily_limit:
        return Refused.DAILY_LIMIT
    return None


def give(
    ctx: ListenerContext,
    rule: str,
    sources: Sequence[str],
    to: Account,
    *,
    points: int,
    pair_limit: int,
    daily_limit: int,
    message: str | None,
) -> Iterable[Action]:
    """Award `points` to the account's member, if the rule's limits allow it.

    Once for all `sources`: the first is the award's, the others name the same people by other accounts.
    """
    if ctx.member is None or ctx.account is None or to.is_bot:
        return
    if any(ctx.facts.is_paid(rule, source) for source in sources):
        return
    receiver = ctx.facts.members.get((ctx.community.id, to.id))
    if receiver is None or refused(ctx, rule, receiver, pair_limit, daily_limit):
        return
    yield Award(
        rule=rule,
        source=sources[0],
        points=points,
        community=ctx.community.id,
        member=receiver.id,
        account=to.id,
        space=ctx.space.id,
        channel=ctx.channel.id if ctx.channel else None,
        actor=ctx.account.id,
        message=message,
        at=ctx.at,
    )


def refused(
    ctx: ListenerContext, rule: str, receiver: Member, pair_limit: int, daily_limit: int
) -> Refused | None:
    """Why the acting member may not give to the receiver now, from what was paid on the event's day."""
    assert ctx.member is not None
    day: date = ctx.day
    from_giver = sum(
        ctx.facts.paid_pair(receiver.id, account, rule, day).count
        for account in ctx.facts.accounts_of(ctx.community.id, ctx.member.id)
    )
    return may_give(
        giver=ctx.member.id,
        receiver=receiver.id,
        muted=any(ctx.facts.is_muted(member.id, ctx.at) for member in (ctx.member, receiver)),
        from_giver_today=from_giver,
        today=ctx.facts.paid(receiver.id, rule, day).count,
        pair_limit=pair_limit,
        daily_limit=daily_limit,
    )
