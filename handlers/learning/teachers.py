"""Teachers and admins, as readers of what a member has to tell them, where they can be reached."""

from handlers.admin.admins import admins_of
from handlers.base import TEACHER, Context
from handlers.learning.letters import reader_of

MOST = 10


async def teachers(ctx: Context) -> list[Context]:
    """Each teacher as the reader of a letter; the admins, where no teacher can be written to."""
    granted = {
        grant.member_id
        for grant in await ctx.store.grants.all(ctx.community.id, ctx.now)
        if grant.role == TEACHER
    }
    found = await _readers(ctx, sorted(granted))
    if found:
        return found
    return await admins(ctx)


async def admins(ctx: Context) -> list[Context]:
    """Each admin as the reader of a letter."""
    members: dict[int, None] = {}
    for account in await admins_of(ctx.store, ctx.community.id, ctx.now):
        member = await ctx.store.people.member(ctx.community.id, account.id)
        if member is not None:
            members[member.id] = None
    return await _readers(ctx, list(members))


async def _readers(ctx: Context, members: list[int]) -> list[Context]:
    found = [await reader_of(ctx, each) for each in members[:MOST]]
    return [each for each in found if each is not None]
