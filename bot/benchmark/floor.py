"""Floor: the same rows in the same batches, written by the driver alone.

The rows are read back from the database that the whole path has just filled. The floor knows them all
beforehand: it reads nothing, judges nothing, and each table of a batch is one `executemany` of tuples.
Its tables have the same columns and the same indexes, without triggers and without foreign keys.
"""

import re
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

import aiosqlite
import asyncpg

from storage.calendar import Calendar
from storage.database import Database

Rows = Sequence[tuple[Any, ...]]

_NEW_MEMBERS = "member_id IN (SELECT id FROM members WHERE created_at = ?)"
_NEW_ACCOUNTS = "account_id IN (SELECT id FROM accounts WHERE created_at = ?)"
NEW = {
    "accounts": "created_at = ?",
    "members": "created_at = ?",
    "member_accounts": _NEW_MEMBERS,
    "memberships": _NEW_ACCOUNTS,
    "posts": "recorded_at = ?",
    "entries": "recorded_at = ?",
}
"""The rows of a batch, by the moment at which it was written."""
COPIED = (*NEW, "totals", "board_steps")
BATCHES = "SELECT DISTINCT recorded_at FROM posts WHERE recorded_at > ? ORDER BY recorded_at"
PAID = "SELECT member_id, day, points, community_id FROM entries WHERE recorded_at = ?"
ADD = (
    "INSERT INTO totals (member_id, period, community_id, points, listed) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (member_id, period) DO UPDATE SET points = totals.points + excluded.points"
)
STEP = (
    "INSERT INTO board_steps (community_id, period, floor, members) VALUES (?, ?, 1, ?)"
    " ON CONFLICT (community_id, period, floor)"
    " DO UPDATE SET members = board_steps.members + excluded.members"
)


class Floor(ABC):
    """A database written without anything between."""

    def __init__(self) -> None:
        self._after = 0

    @classmethod
    async def beside(cls, database: Database) -> "Floor":
        """A copy of what the database holds now."""
        return await (_Sqlite if database.dialect == "sqlite" else _Postgres).copy(database)

    async def follow(self) -> float:
        """Write every batch that the database got since; says how many seconds that took."""
        seconds = 0.0
        for (recorded_at,) in await self._ask(BATCHES, self._after):
            batch = await self._batch(recorded_at)
            started = time.perf_counter()
            await self._write(batch)
            seconds += time.perf_counter() - started
            self._after = recorded_at
        return seconds

    async def _batch(self, recorded_at: int) -> list[tuple[str, Rows]]:
        batch: list[tuple[str, Rows]] = []
        for table, which in NEW.items():
            rows = await self._ask(f"SELECT * FROM {table} WHERE {which}", recorded_at)  # noqa: S608
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                batch.append((f"INSERT INTO {table} VALUES ({marks})", rows))  # noqa: S608 - a table of ours
        sums: Counter[tuple[int, str, int]] = Counter()
        for member, day, points, community in await self._ask(PAID, recorded_at):
            for period in Calendar().periods(day if isinstance(day, date) else date.fromisoformat(day)):
                sums[member, period, community] += points
        batch.append((ADD, [(m, period, c, points, True) for (m, period, c), points in sums.items()]))
        steps = Counter((community, period) for _, period, community in sums)
        batch.append((STEP, [(community, period, count) for (community, period), count in steps.items()]))
        return batch

    @classmethod
    @abstractmethod
    async def copy(cls, database: Database) -> Self:
        """Open, and copy."""

    @abstractmethod
    async def _ask(self, question: str, value: int) -> Rows: ...

    @abstractmethod
    async def _write(self, batch: Sequence[tuple[str, Rows]]) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """Leave nothing behind."""


class _Sqlite(Floor):
    def __init__(self, source: aiosqlite.Connection, target: aiosqlite.Connection, path: Path) -> None:
        super().__init__()
        self._source = source
        self._target = target
        self._path = path

    @classmethod
    async def copy(cls, database: Database) -> Self:
        assert database.path is not None
        path = database.path.with_suffix(".floor")
        source = await aiosqlite.connect(database.path, isolation_level=None)
        await source.execute("VACUUM INTO ?", (str(path),))
        target = await aiosqlite.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"):
            await target.execute(f"PRAGMA {pragma}")
        triggers = await target.execute_fetchall("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers:
            await target.execute(f"DROP TRIGGER {name}")
        floor = cls(source, target, path)
        ((latest,),) = await source.execute_fetchall("SELECT coalesce(max(recorded_at), 0) FROM posts")
        floor._after = latest
        return floor

    async def _ask(self, question: str, value: int) -> Rows:
        return list(await self._source.execute_fetchall(question, (value,)))  # type: ignore[arg-type]  # rows are tuples

    async def _write(self, batch: Sequence[tuple[str, Rows]]) -> None:
        await self._target.execute("BEGIN IMMEDIATE")
        for statement, rows in batch:
            await self._target.executemany(statement, rows)
        await self._target.execute("COMMIT")

    async def close(self) -> None:
        await self._source.close()
        await self._target.close()
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)


class _Postgres(Floor):
    def __init__(self, connection: Any) -> None:
        super().__init__()
        self._connection = connection

    @classmethod
    async def copy(cls, database: Database) -> Self:
        url = database.url.set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        await connection.execute("DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor")
        for table in COPIED:
            await connection.execute(f"CREATE TABLE floor.{table} (LIKE public.{table} INCLUDING ALL)")
            await connection.execute(f"INSERT INTO floor.{table} SELECT * FROM public.{table}")  # noqa: S608
        floor = cls(connection)
        floor._after = await connection.fetchval("SELECT coalesce(max(recorded_at), 0) FROM posts")
        return floor

    async def _ask(self, question: str, value: int) -> Rows:
        return [tuple(row) for row in await self._connection.fetch(_numbered(question), value)]

    async def _write(self, batch: Sequence[tuple[str, Rows]]) -> None:
        async with self._connection.transaction():
            for statement, rows in batch:
                there = statement.replace("INSERT INTO ", "INSERT INTO floor.")
                await self._connection.executemany(_numbered(there), rows)

    async def close(self) -> None:
        await self._connection.execute("DROP SCHEMA floor CASCADE")
        await self._connection.close()


def _numbered(statement: str) -> str:
    """PostgreSQL's placeholders."""
    parts = re.split(r"\?", statement)
    return "".join(part + (f"${n}" if n < len(parts) else "") for n, part in enumerate(parts, 1))
