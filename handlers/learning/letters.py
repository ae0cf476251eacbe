"""Letters: what is written to a member in private without being asked: who is reached, and in which words."""

from dataclasses import replace

from handlers.base import Context, DirectMessage, Reply
from storage.values import Account


def may_write(ctx: Context, account: Account) -> bool:
    """Whether a private message reaches them: some platforms want the person to begin; some are not here."""
    if ctx.condition is None:
        return True
    found = next((each for each in ctx.condition.platforms() if each.platform == account.platform), None)
    return found is not None and (account.reachable or not found.must_start)


async def reader_of(ctx: Context, member_id: int, first: int | None = None) -> Context | None:
    """A member as the reader of a letter, in their own language; None: none of their accounts is reached.

    `first` is the account that is written to, where it can be.
    """
    member = await ctx.store.people.member_by_id(member_id)
    if member is None or member.community_id != ctx.community.id:
        return None
    accounts = [
        each
        for each in await ctx.store.people.accounts_of(member_id)
        if not each.is_bot and may_write(ctx, each)
    ]
    if not accounts:
        return None
    account = next((each for each in accounts if each.id == first), accounts[0])
    t = ctx.texts(member.language or ctx.community.language)
    return replace(ctx, account=account, member=member, t=t, private=True)


async def letter(own: Context, key: str, reply: Reply) -> DirectMessage:
    """The letter to a reader. Its buttons are about this community wherever they are pressed."""
    assert own.account is not None
    account = own.account
    for space in await own.store.communities.spaces(own.community.id):
        if space.platform == account.platform and await own.store.people.is_in(account.id, space.id):
            reply = reply.about(space.id)
            break
    return DirectMessage(key=key, platform=account.platform, account=account.external_id, reply=reply)
