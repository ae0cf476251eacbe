"""Requests: who asks to be let into a space, and waits for an admin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_into
from storage.tables import accounts, join_requests, spaces


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Somebody at the door."""

    space_id: int
    account_id: int
    platform: str
    space: str
    """The space's id on the platform."""
    account: str
    """The account's id there."""
    name: str
    handle: str | None
    invite: str | None
    """The invite link they opened, where the platform tells."""
    asked_at: datetime


class RequestRepository:
    """One row an account and space, until it is decided."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def ask(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep requests; one that is asked again is the newer one. Safe to call twice."""
        insert = insert_into(self.connection, join_requests)
        new = insert.excluded
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[join_requests.c.space_id, join_requests.c.account_id],
                set_={"invite": new.invite, "asked_at": new.asked_at},
            ),
            list(rows),
        )

    async def over(self, keys: Sequence[tuple[int, int]]) -> int:
        """These (space, account) wait no more; says how many did."""
        if not keys:
            return 0
        done = await self.connection.execute(
            delete(join_requests).where(
                tuple_(join_requests.c.space_id, join_requests.c.account_id).in_(keys)
            )
        )
        return done.rowcount

    async def waiting(self, community_id: int, limit: int) -> list[JoinRequest]:
        """Who waits, longest first."""
        found = await self.connection.execute(
            select(*_REQUEST)
            .join(spaces, spaces.c.id == join_requests.c.space_id)
            .join(accounts, accounts.c.id == join_requests.c.account_id)
            .where(spaces.c.community_id == community_id)
            .order_by(join_requests.c.asked_at, join_requests.c.account_id)
            .limit(limit)
        )
        return [JoinRequest(*each) for each in found]

    async def get(self, community_id: int, space_id: int, account_id: int) -> JoinRequest | None:
        """One that waits in this community."""
        found = await self.connection.execute(
            select(*_REQUEST)
            .join(spaces, spaces.c.id == join_requests.c.space_id)
            .join(accounts, accounts.c.id == join_requests.c.account_id)
            .where(
                spaces.c.community_id == community_id,
                join_requests.c.space_id == space_id,
                join_requests.c.account_id == account_id,
            )
        )
        first = found.first()
        return None if first is None else JoinRequest(*first)

    async def count(self, community_id: int) -> int:
        """How many wait."""
        count = await self.connection.scalar(
            select(func.count())
            .select_from(join_requests)
            .join(spaces, spaces.c.id == join_requests.c.space_id)
            .where(spaces.c.community_id == community_id)
        )
        return int(count or 0)


_REQUEST = (
    join_requests.c.space_id,
    join_requests.c.account_id,
    spaces.c.platform,
    spaces.c.external_id,
    accounts.c.external_id,
    accounts.c.name,
    accounts.c.handle,
    join_requests.c.invite,
    join_requests.c.asked_at,
)
