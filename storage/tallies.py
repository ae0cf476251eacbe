"""Tallies: what the ledger of a whole community adds up to, for those who look back on it."""

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import accounts, entries, totals
from storage.values import Paid


class TallyRepository:
    """Sums over everybody. They read the whole ledger: nothing for a live answer."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def by_account(self, community_id: int) -> Sequence[Paid]:
        """What each rule paid each account, net of what was taken back."""
        paid = func.sum(case((entries.c.turn % 2 == 0, 1), else_=-1))
        rows = await self.connection.execute(
            select(
                accounts.c.platform, accounts.c.external_id, entries.c.rule, paid, func.sum(entries.c.points)
            )
            .join(accounts, accounts.c.id == entries.c.account_id)
            .where(entries.c.community_id == community_id)
            .group_by(accounts.c.platform, accounts.c.external_id, entries.c.rule)
        )
        return [
            Paid(platform, id, rule, int(count), int(points)) for platform, id, rule, count, points in rows
        ]

    async def months(self, community_id: int) -> Sequence[str]:
        """The months in which anybody has a total, oldest first."""
        rows = await self.connection.execute(
            select(totals.c.period)
            .where(totals.c.community_id == community_id, totals.c.period.like("____-__"))
            .distinct()
            .order_by(totals.c.period)
        )
        return list(rows.scalars())
