"""Inbox: commands and presses that were taken and are not answered yet."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import inbox
from storage.values import NewWaiting, Waiting


class InboxRepository:
    """A row a command or press; its key makes sure that it is done once."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(self, rows: Sequence[NewWaiting]) -> list[int]:
        """Take what is new, and return its numbers in order. Safe to call twice."""
        added = await insert_new(
            self.connection, inbox, [asdict(row) | _WAITING for row in rows], returning=[inbox.c.id]
        )
        return sorted(row.id for row in added)

    async def pending(self) -> list[Waiting]:
        """Everything that still waits, in the order in which it came."""
        rows = await self.connection.execute(
            select(inbox.c.id, inbox.c.key, inbox.c.payload, inbox.c.received_at, inbox.c.platform)
            .where(inbox.c.state == "waiting")
            .order_by(inbox.c.id)
        )
        return [Waiting(*row) for row in rows]

    async def get(self, id: int) -> Waiting | None:
        """One that still waits; None when it is finished."""
        row = (
            await self.connection.execute(
                select(inbox.c.id, inbox.c.key, inbox.c.payload, inbox.c.received_at, inbox.c.platform).where(
                    inbox.c.id == id, inbox.c.state == "waiting"
                )
            )
        ).first()
        return None if row is None else Waiting(*row)

    async def finish(self, id: int, state: Literal["done", "failed", "dropped"], now: datetime) -> bool:
        """Say how it ended; False when it was finished already."""
        done = await self.connection.execute(
            update(inbox)
            .where(inbox.c.id == id, inbox.c.state == "waiting")
            .values(state=state, finished_at=now, payload=None)
        )
        return done.rowcount == 1

    async def drop_older_than(self, moment: datetime, now: datetime) -> int:
        """Drop what came before a moment and still waits; says how many."""
        dropped = await self.connection.execute(
            update(inbox)
            .where(inbox.c.state == "waiting", inbox.c.received_at < moment)
            .values(state="dropped", finished_at=now, payload=None)
        )
        return dropped.rowcount

    async def sweep(self, before: datetime) -> int:
        """Forget what was finished before a moment; says how many."""
        swept = await self.connection.execute(
            delete(inbox).where(inbox.c.state != "waiting", inbox.c.received_at < before)
        )
        return swept.rowcount


_WAITING = {"state": "waiting"}
