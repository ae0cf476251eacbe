"""Members that the audit log names."""

from handlers.base import Context, UserError
from handlers.words.names import shown
from storage.values import Member

MEMBER = "member "
"""Begins the target of an action that is about a member; their number follows."""


def member_target(member_id: int) -> str:
    """How an action says which member it is about."""
    return f"{MEMBER}{member_id}"


async def member_targeted(ctx: Context, target: str) -> Member:
    """The member that an action is about. Raises UserError where they are gone."""
    member = await ctx.store.people.member_by_id(int(target.removeprefix(MEMBER)))
    if member is None or member.community_id != ctx.community.id:
        raise UserError(ctx.t("I do not know that member here."))
    return member


async def name_targeted(ctx: Context, target: str) -> str:
    """What that member is called, as far as they are known."""
    number = int(target.removeprefix(MEMBER))
    member = await ctx.store.people.member_by_id(number)
    known = member is not None and member.community_id == ctx.community.id
    return shown(ctx.t, member.name if member and known else "", number)
