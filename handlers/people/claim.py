"""Claim: whoever was sold something shows who they are, by their own join link or by a code."""

from collections.abc import Iterable
from typing import Annotated

from handlers.base import (
    ANYONE,
    N_,
    Action,
    ClaimRow,
    Command,
    Context,
    Feature,
    Help,
    JoinAsked,
    Joined,
    KeepRequest,
    LetIn,
    ListenerContext,
    Reply,
    Rest,
)
from handlers.people.claiming import Settings, claim_by_code
from storage.roster import How, RosterRow

feature = Feature("claim", Settings)


@feature.command(
    "claim",
    needs=ANYONE,
    before_setup=True,
    help=N_("Show what you bought, by the code you were sent"),
    examples=("claim 7KQ2-MXPW-D3F",),
)
async def claim(
    ctx: Context, command: Command, code: Annotated[Rest, Help(N_("The code that you were sent"))]
) -> Reply:
    return await claim_by_code(ctx, code)


@feature.on(Joined)
def came(ctx: ListenerContext, event: Joined) -> Iterable[Action]:
    """Who comes by a buyer's own link, or is named by a row, is that buyer."""
    if ctx.account is None or ctx.account.is_bot:
        return
    if (row := _row_of(ctx, event)) is not None:
        yield ClaimRow(row=row.id, account=ctx.account.id, how=_how(row, event.invite))


@feature.on(JoinAsked)
def asks(ctx: ListenerContext, event: JoinAsked) -> Iterable[Action]:
    """A buyer is let in by their own link. Whoever else asks waits for an admin."""
    if ctx.account is None or ctx.account.is_bot:
        return
    row = _row_of(ctx, event)
    if row is not None:
        yield ClaimRow(row=row.id, account=ctx.account.id, how=_how(row, event.invite))
    if row is not None and _is_theirs(ctx, row):
        key = f"let in:{event.place.platform}:{event.place.space}:{event.person.id}:{event.key}"
        yield LetIn(key=key, place=event.place, account=event.person.id)
    else:
        yield KeepRequest(space=ctx.space.id, account=ctx.account.id, invite=event.invite, at=event.at)


def _row_of(ctx: ListenerContext, event: Joined | JoinAsked) -> RosterRow | None:
    named = (ctx.community.id, event.place.platform, event.person.id)
    row = ctx.facts.rows.get(event.invite or "") or ctx.facts.rows_named.get(named)
    return row if row is not None and row.community_id == ctx.community.id else None


def _is_theirs(ctx: ListenerContext, row: RosterRow) -> bool:
    """Whether nobody has it, or this very person."""
    if row.account_id is None or ctx.account is None or row.account_id == ctx.account.id:
        return True
    return ctx.member is not None and row.account_id in ctx.facts.accounts_of(ctx.community.id, ctx.member.id)


def _how(row: RosterRow, invite: str | None) -> How:
    return "link" if invite is not None and row.link == invite else "import"
