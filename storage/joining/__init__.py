"""Joining: accounts become one person, communities become one; and each gets its own back when they part.

Nothing is added up twice and nothing is lost: an entry keeps its account and its space for ever. Only whose
it is, and which community's, changes, in one transaction with the totals.
"""

from storage.joining.connections import Connection, Size
from storage.joining.parting import Parting
from storage.joining.tables import undecided
from storage.values import Member


class JoiningRepository(Parting):
    """Links and connections, over one transaction."""

    __slots__ = ()

    async def unlink(self, community_id: int, account_id: int) -> Member | None:
        """An account becomes a person of its own; None: it is alone. So it does where a guest rests."""
        for resting in await self.resting(community_id):
            await self.part(resting, account_id)
        return await self.part(community_id, account_id)


__all__ = ["Connection", "JoiningRepository", "Size", "undecided"]
