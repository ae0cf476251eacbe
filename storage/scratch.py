"""Scratch: a database for a while, to try something out in, and a look at the real one that cannot write."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, database_url, is_sqlite, sqlite_engine
from storage.tables import metadata

PAGE = 2_000


async def open_scratch(folder: Path) -> Database:
    """A database with every table, none of the triggers, and references that nobody looks after.

    What is put there is a part of the whole, so that a row may name one that stayed behind.
    """
    url = database_url(f"sqlite:///{folder / 'scratch.db'}")
    database = Database(
        url,
        sqlite_engine(url, begin="BEGIN IMMEDIATE", connections=1, foreign_keys=False),
        sqlite_engine(url, begin="BEGIN", connections=1, read_only=True, foreign_keys=False),
        b"",
    )
    async with database.write() as store:
        await store.connection.run_sync(metadata.create_all)
    return database


async def open_to_read(url: str) -> Database:
    """The database of that address, for `read` alone: it takes no turn of the process that writes."""
    address = database_url(url)
    if not is_sqlite(address):
        return await Database.open(url)
    engine = sqlite_engine(address, begin="BEGIN", connections=1, read_only=True)
    return Database(address, engine, engine, b"")


async def put_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that another database had."""
    for start in range(0, len(rows), PAGE):
        await connection.execute(insert(table), list(rows[start : start + PAGE]))
