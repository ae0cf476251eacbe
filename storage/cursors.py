"""Cursors: how far each platform's history is known, and the gaps before that."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.insert import insert_into, insert_new
from storage.tables import cursors, gaps
from storage.values import Gap


class CursorRepository:
    """Named positions, and stretches of history still to be read."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def get(self, platform: str, name: str) -> str | None:
        """Where a cursor stands."""
        statement = select(cursors.c.value).where(cursors.c.platform == platform, cursors.c.name == name)
        return (await self.connection.execute(statement)).scalar_one_or_none()

    async def set(self, platform: str, name: str, value: str) -> None:
        """Move a cursor; the first time, make it."""
        insert = insert_into(self.connection, cursors).values(platform=platform, name=name, value=value)
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[cursors.c.platform, cursors.c.name], set_={"value": value}
            )
        )

    async def all(self, platform: str) -> dict[str, str]:
        """Every cursor of a platform, by name."""
        statement = select(cursors.c.name, cursors.c.value).where(cursors.c.platform == platform)
        return {row.name: row.value for row in await self.connection.execute(statement)}

    async def gaps(self, platform: str) -> list[Gap]:
        """What is still to be read, oldest first."""
        rows = await self.connection.execute(
            select(*_GAP).where(gaps.c.platform == platform).order_by(gaps.c.id)
        )
        return [Gap(*row) for row in rows]

    async def add_gap(
        self, platform: str, space: str, channel: str, after: str, before: str | None, now: datetime
    ) -> int:
        """Remember a gap, and return its number. Safe to call twice."""
        row = {
            "platform": platform,
            "space": space,
            "channel": channel,
            "after": after,
            "before": before,
            "created_at": now,
        }
        if added := await insert_new(self.connection, gaps, [row], returning=[gaps.c.id]):
            return int(added[0].id)
        known = select(gaps.c.id).where(
            gaps.c.platform == platform, gaps.c.channel == channel, gaps.c.after == after
        )
        return int((await self.connection.execute(known)).scalar_one())

    async def close_gap(self, id: int) -> None:
        """The last page of a gap is stored."""
        await self.connection.execute(delete(gaps).where(gaps.c.id == id))

    async def narrow_gap(self, id: int, after: str) -> None:
        """A page of a gap is stored, up to and including message `after`.

        Where another gap of the channel begins there, that one holds the rest from now on.
        """
        here = (await self.connection.execute(select(gaps).where(gaps.c.id == id))).first()
        if here is None:
            return
        there = (
            await self.connection.execute(
                select(gaps).where(
                    gaps.c.platform == here.platform,
                    gaps.c.channel == here.channel,
                    gaps.c.after == after,
                    gaps.c.id != id,
                )
            )
        ).first()
        if there is None:
            await self.connection.execute(update(gaps).where(gaps.c.id == id).values(after=after))
            return
        ends = (here.before, there.before)
        before = None if None in ends else max(ends, key=int)
        await self.connection.execute(update(gaps).where(gaps.c.id == there.id).values(before=before))
        await self.close_gap(id)


_GAP = (gaps.c.id, gaps.c.platform, gaps.c.space, gaps.c.channel, gaps.c.after, gaps.c.before)
