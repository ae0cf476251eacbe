"""Hooks: the secret that a shop signs its messages with, and which of them were taken."""

import hmac
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.cursors import CursorRepository
from storage.insert import insert_new
from storage.tables import hooks

TURNS = "hook"
"""Where it is kept which secret of a community is valid."""


class HookRepository:
    """A secret is not kept: it follows from a key outside the database, and from its turn, to be renewed."""

    __slots__ = ("_cursors", "_key", "connection")

    def __init__(self, connection: AsyncConnection, key: bytes) -> None:
        self.connection = connection
        self._cursors = CursorRepository(connection)
        self._key = key

    async def turn(self, community_id: int) -> int:
        """How often the community's secret was made anew; 0: it never had one, or has none now."""
        return int(await self._cursors.get(TURNS, str(community_id)) or 0)

    async def secret(self, community_id: int) -> str | None:
        """What its shop signs with at present; None: nothing is taken from any."""
        turn = await self.turn(community_id)
        return secret_of(self._key, community_id, turn) if turn > 0 else None

    async def renew(self, community_id: int) -> str:
        """A new secret; the one before is worthless from now on."""
        turn = abs(await self.turn(community_id)) + 1
        await self._cursors.set(TURNS, str(community_id), str(turn))
        return secret_of(self._key, community_id, turn)

    async def close(self, community_id: int) -> None:
        """There is no secret any more: nothing is taken."""
        await self._cursors.set(TURNS, str(community_id), str(-abs(await self.turn(community_id))))

    async def note(self, community_id: int, keys: Collection[str], *, now: datetime) -> set[str]:
        """Remember messages by these keys; returns those that are new."""
        rows = [{"community_id": community_id, "key": key, "at": now} for key in sorted(set(keys))]
        return {row.key for row in await insert_new(self.connection, hooks, rows, returning=[hooks.c.key])}

    async def let_go(self, community_id: int, keys: Collection[str]) -> None:
        """As if these had not come: they may come again."""
        if keys:
            await self.connection.execute(
                delete(hooks).where(hooks.c.community_id == community_id, among(hooks.c.key, "keys")),
                {"keys": list(keys)},
            )

    async def sweep(self, community_id: int, before: datetime) -> None:
        """Forget messages from before a moment: should they come again, they change nothing all the same."""
        await self.connection.execute(
            delete(hooks).where(hooks.c.community_id == community_id, hooks.c.at < before)
        )


def secret_of(key: bytes, community_id: int, turn: int) -> str:
    """A community's secret of a turn."""
    return "hr_" + hmac.new(key, f"hook:{community_id}:{turn}".encode(), sha256).hexdigest()


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What proves that a body was sent then by who knows the secret: HMAC-SHA256 over `timestamp.body`."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
