"""Lock: one process at a time speaks for a bot.

Beside SQLite it is a locked file, on PostgreSQL an advisory lock.
On PostgreSQL a second process is a standby: it waits, and takes over when the first is gone.
"""

import asyncio
import hashlib
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import Database
from storage.errors import StorageError

log = structlog.get_logger()
ASK_SECONDS = 2.0
"""How often a standby asks whether it may take over, and the active one whether it still holds."""

TAKEN = (
    "Another Homeroom is running with the same bot on this database. Stop it first; two would answer twice."
)


class Overtaken(Exception):
    """Another process holds the lock now."""


class TokenLocks:
    """The locks of this process's bot tokens. `acquire`, run `hold` beside everything, then `release`."""

    def __init__(self, database: Database, tokens: Iterable[str], *, seconds: float = ASK_SECONDS) -> None:
        self._database = database
        self._names = sorted(hashlib.sha256(token.encode()).hexdigest()[:16] for token in tokens)
        self._seconds = seconds
        self._files: list[IO[str]] = []
        self._connection: AsyncConnection | None = None
        self._engine = (
            None
            if database.path is not None
            else create_async_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        )

    async def acquire(self) -> None:
        """Return when this process is the one. Raises StorageError where another one is (SQLite)."""
        if self._database.path is not None:
            self._files = [self._lock_file(self._database.path, name) for name in self._names]
            return
        said = False
        while not await self._try():
            if not said:
                said = True
                log.info("standing by: another Homeroom is active with the same bot")
            await asyncio.sleep(self._seconds)
        if said:
            log.info("taking over: the other Homeroom is gone")

    async def hold(self) -> None:
        """Run as long as the lock is ours; an outage is waited out. Raises Overtaken."""
        while True:
            await asyncio.sleep(self._seconds)
            if self._engine is None or await self._alive():
                continue
            await self._drop()
            try:
                ours = await self._try()
            except (DBAPIError, OSError):
                continue  # PostgreSQL is away: nobody can hold anything
            if not ours:
                raise Overtaken

    async def release(self) -> None:
        """Let the next one begin. Safe to call twice."""
        for file in self._files:
            file.close()
        self._files = []
        await self._drop()
        if self._engine is not None:
            await self._engine.dispose()

    def _lock_file(self, database: Path, name: str) -> IO[str]:
        path = database.with_name(f".{database.name}.{name}.lock")
        try:
            file = path.open("a")
        except OSError as error:
            raise StorageError(f"The lock {path} cannot be made: {error.strerror}.") from error
        try:
            _lock(file)
        except OSError:
            file.close()
            raise StorageError(TAKEN) from None
        return file

    async def _try(self) -> bool:
        assert self._engine is not None
        if self._connection is None:
            self._connection = await self._engine.connect()
        for name in self._names:
            found = await self._connection.exec_driver_sql(
                f"SELECT pg_try_advisory_lock({int(name, 16) - 2**63})"
            )
            if not found.scalar_one():
                await self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
                return False
        return True

    async def _alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(10):
                await self._connection.exec_driver_sql("SELECT 1")
        except (DBAPIError, OSError, TimeoutError):
            return False
        return True

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await connection.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
