"""Troubles: errors under their reference, and events that could not be understood."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_new
from storage.tables import dead_events, troubles
from storage.values import DeadEvent, NewDeadEvent, Trouble

LONGEST_PAYLOAD = 100_000
"""Characters kept of what could not be understood."""


class TroubleRepository:
    """What went wrong, so that it can be explained and replayed."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(self, trouble: Trouble) -> None:
        """Keep an error. A reference that is known already is left as it is."""
        row = {
            "ref": trouble.ref,
            "at": trouble.at,
            "place": trouble.where,
            "event": trouble.event,
            "traceback": trouble.traceback,
        }
        await insert_new(self.connection, troubles, [row])

    async def get(self, ref: str) -> Trouble | None:
        """The error of that reference."""
        statement = select(
            troubles.c.ref, troubles.c.at, troubles.c.place, troubles.c.event, troubles.c.traceback
        ).where(troubles.c.ref == ref)
        row = (await self.connection.execute(statement)).first()
        return None if row is None else Trouble(*row)

    async def sweep(self, before: datetime) -> None:
        """Forget errors older than a moment."""
        await self.connection.execute(delete(troubles).where(troubles.c.at < before))

    async def add_dead(self, dead: Sequence[NewDeadEvent], now: datetime) -> int:
        """Set events aside; says how many were not there already."""
        rows = [asdict(each) | {"payload": each.payload[:LONGEST_PAYLOAD], "at": now} for each in dead]
        return len(await insert_new(self.connection, dead_events, rows, returning=[dead_events.c.id]))

    async def dead_count(self, after: int = 0) -> int:
        """How many events were set aside, after the one of that number."""
        statement = select(func.count()).select_from(dead_events).where(dead_events.c.id > after)
        return int((await self.connection.execute(statement)).scalar_one())

    async def dead(self, limit: int) -> list[DeadEvent]:
        """The latest events that were set aside, newest first."""
        rows = await self.connection.execute(
            select(dead_events).order_by(dead_events.c.id.desc()).limit(limit)
        )
        return [DeadEvent(*row) for row in rows]
