"""Claiming: how buyers are let in, and what is said to somebody who shows the code of a purchase."""

from pydantic import Field

from handlers.base import N_, Bold, Button, Context, FeatureSettings, Reply, Text, UserError
from handlers.words.purchases import purchases_in_words
from storage.roster import Claim, RosterRow
from storage.values import Community

PAYLOAD = "claim_"
"""Begins what t.me/<bot>?start=… carries; the code follows."""


class Settings(FeatureSettings):
    ask_first: bool = Field(
        default=False,
        description=N_(
            "Join links of buyers ask to be let in: the buyer is let in at once, and who opens another's"
            " link waits for an admin. Off: a link works once, for whoever opens it first."
        ),
    )


async def claim_by_code(ctx: Context, text: str) -> Reply:
    """The row of a code is whose account shows it. A wrong code is counted: it must not be an error."""
    t, account = ctx.t, ctx.account
    if account is None:
        raise UserError(t("I cannot see who you are here. Write as yourself, not as the group."))
    if await ctx.store.codes.waits(account.id, now=ctx.now):
        return Reply(t("These were too many wrong codes. Wait ten minutes, then try again."))
    row = await ctx.store.roster.row_of(text)
    if row is None:
        await ctx.store.codes.count_wrong(account.id, now=ctx.now)
        return Reply(
            t("I do not know this code, or it is no longer valid."),
            t("Copy it as it was sent to you: /claim and then the code. If it still fails, ask an admin."),
        )
    if not ctx.private and row.community_id != ctx.community.id:
        return Reply(t("This code is for another community. Use it there, or write it to me in private."))
    community = await ctx.store.communities.get(row.community_id)
    assert community is not None
    claim = await ctx.store.roster.claim(community.id, row.id, account.id, how="code", now=ctx.now)
    return await _said(ctx, claim, row, community)


async def _said(ctx: Context, claim: Claim, row: RosterRow, community: Community) -> Reply:
    t = ctx.t
    if claim is Claim.TAKEN:
        return Reply(
            t("Somebody has used this code already."),
            t("If that was not you, tell an admin of {community}: they can set it right.",
              community=community.name),
        )  # fmt: skip
    if claim is Claim.REFUSED:
        return Reply(
            t("An admin of {community} said that this purchase is not yours. Please ask them.",
              community=community.name)
        )  # fmt: skip
    own = claim is Claim.OWN
    head = (
        t("This is yours already, in {community}.", community=community.name)
        if own
        else t("Welcome to {community}. Your purchase and you belong together now.", community=community.name)
    )
    lines: list[Text] = [Bold(head)]
    bought = (await ctx.store.roster.purchases_of([row.id]))[row.id]
    if bought:
        lines += [t("What you bought:"), *purchases_in_words(t, bought, community.calendar.day(ctx.now))]
    return Reply(*lines, buttons=await _way_in(ctx, row))


async def _way_in(ctx: Context, row: RosterRow) -> list[Button]:
    """The row's own link, for who is not in that group yet."""
    account = ctx.account
    if row.link is None or row.space_id is None or account is None:
        return []
    space = await ctx.store.communities.space_by_id(row.space_id)
    if (
        space is None
        or space.platform != account.platform
        or await ctx.store.people.is_in(account.id, space.id)
    ):
        return []
    return [Button(ctx.t("Come in"), url=row.link)]
