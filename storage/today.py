"""Today: what admins put off, and who wants the day's tasks sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import ACCOUNT, account_of
from storage.insert import insert_into
from storage.tables import accounts, put_offs, today_readers
from storage.values import Account


@dataclass(frozen=True, slots=True)
class Reader:
    """An admin who asked for the day's tasks."""

    account: Account
    weekly: bool
    hour: int
    """Of the community's day."""
    looked_on: date | None
    """The last day on which it was seen to."""


class TodayRepository:
    """Each admin's own: what one of them puts off stands on the others' cards."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put_off(self, community_id: int, account_id: int, key: str, until: datetime) -> None:
        """Leave a task out of an admin's card until then."""
        insert = insert_into(self.connection, put_offs).values(
            community_id=community_id, account_id=account_id, key=key, until=until
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[put_offs.c.community_id, put_offs.c.account_id, put_offs.c.key],
                set_={"until": until},
            )
        )

    async def put_off_keys(self, community_id: int, account_id: int, now: datetime) -> set[str]:
        """What an admin does not want to see now."""
        rows = await self.connection.execute(
            select(put_offs.c.key).where(
                put_offs.c.community_id == community_id,
                put_offs.c.account_id == account_id,
                put_offs.c.until > now,
            )
        )
        return set(rows.scalars())

    async def sweep(self, now: datetime) -> None:
        """Forget what is over."""
        await self.connection.execute(delete(put_offs).where(put_offs.c.until <= now))

    async def read_at(self, community_id: int, account_id: int, hour: int, *, weekly: bool) -> None:
        """Send it to an admin from now on, at an hour of each day or of the week's first."""
        insert = insert_into(self.connection, today_readers).values(
            community_id=community_id, account_id=account_id, hour=hour, weekly=weekly
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[today_readers.c.community_id, today_readers.c.account_id],
                set_={"hour": hour, "weekly": weekly},
            )
        )

    async def read_no_more(self, community_id: int, account_ids: Sequence[int]) -> bool:
        """Send it to them no longer; False: it was not sent to any of them."""
        gone = await self.connection.execute(
            delete(today_readers).where(
                today_readers.c.community_id == community_id, today_readers.c.account_id.in_(account_ids)
            )
        )
        return gone.rowcount > 0

    async def readers(self, community_id: int) -> list[Reader]:
        """Who wants it sent."""
        own = (today_readers.c.weekly, today_readers.c.hour, today_readers.c.looked_on)
        rows = await self.connection.execute(
            select(*ACCOUNT, *own)
            .join(accounts, accounts.c.id == today_readers.c.account_id)
            .where(today_readers.c.community_id == community_id)
            .order_by(accounts.c.id)
        )
        return [Reader(account_of(row), row.weekly, row.hour, row.looked_on) for row in rows]

    async def looked(self, community_id: int, account_id: int, day: date) -> None:
        """The day was seen to for this reader."""
        await self.connection.execute(
            update(today_readers)
            .where(today_readers.c.community_id == community_id, today_readers.c.account_id == account_id)
            .values(looked_on=day)
        )
