"""Database: opens SQLite or PostgreSQL, and hands out a Store over one transaction.

async with database.write() as store:   # one writer at a time; committed at the end, or not at all
async with database.read() as store:    # a steady view of what is committed, beside the writer
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import StorageError, said_plainly, storage_error
from storage.store import Store
from storage.types import json_text

BUSY_SECONDS = 5
READERS = 4
TRIES = 20
CACHE_KIB = 64 * 1024

WRONG_ADDRESS = (
    "This is no address of a database that Homeroom speaks to."
    " Write sqlite:///data/homeroom.db or postgresql://user:password@host/name"
)


class Database:
    """One database. Open it with `open`, and close it: an open connection would hold up the exit."""

    def __init__(self, url: URL, writer: AsyncEngine, reader: AsyncEngine, key: bytes) -> None:
        self.url = url
        self.engine = writer
        self.key = key
        """Anonymises members who asked to be forgotten; it is kept outside the database."""
        self._reader = reader
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, key: bytes = b"") -> Self:
        """Connect, once, to see that it can be done. Raises StorageError.

        A SQLite file that is not there is made, empty; `storage.migrations.upgrade` makes the tables.
        """
        address = database_url(url)
        database = cls._sqlite(address, key) if is_sqlite(address) else cls._postgres(address, key)
        try:
            with said_plainly():
                async with _begun(database.engine) as connection:
                    await connection.exec_driver_sql("SELECT 1")
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    def _sqlite(cls, url: URL, key: bytes) -> Self:
        writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", connections=1)
        reader = sqlite_engine(url, begin="BEGIN", connections=READERS, read_only=True)
        return cls(url, writer, reader, key)

    @classmethod
    def _postgres(cls, url: URL, key: bytes) -> Self:
        engine = create_async_engine(
            url, pool_size=READERS + 1, max_overflow=2, pool_pre_ping=True, json_serializer=json_text
        )
        # What is read in one go belongs to one moment, as it does on SQLite.
        reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return cls(url, engine, reader, key)

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """Which of the two it is."""
        return "sqlite" if is_sqlite(self.url) else "postgresql"

    @property
    def path(self) -> Path | None:
        """The file, where it is SQLite."""
        return sqlite_path(self.url) if is_sqlite(self.url) else None

    async def close(self) -> None:
        """Leave no thread and no connection behind, also when cancelled meanwhile. Safe to call twice."""
        closing = asyncio.ensure_future(self._dispose())  # noqa: TID251 - waited for here
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            raise

    async def _dispose(self) -> None:
        await self._reader.dispose()
        await self.engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Store]:
        """The one writer's transaction: committed on the way out, rolled back on an exception.

        Writers take turns. Compute first, write after: others wait. Raises StorageError.
        """
        async with self._turn:
            with said_plainly():
                async with _begun(self.engine) as connection:
                    store = Store(connection, self.key)
                    yield store
                if store.privacy.erased:
                    await self.leave_no_trace()

    async def leave_no_trace(self) -> None:
        """Empty SQLite's log, in which erased rows would stay until it is written over. Safe to call twice.

        Readers hold it up: then the next time does it. PostgreSQL recycles its own in its time.
        """
        if self.dialect != "sqlite":
            return
        async with self.engine.connect() as connection:
            # By the driver: in a transaction, which the engine begins, there is no checkpoint.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for _ in range(TRIES):
                ((busy, *_),) = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                if not busy:
                    return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Store]:
        """What is committed at this moment, beside the writer. Cannot write. Raises StorageError."""
        with said_plainly():
            async with _begun(self._reader) as connection:
                yield Store(connection, self.key)


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        try:
            connection = await stack.enter_async_context(engine.connect())
        except Exception as error:  # before there is a connection, drivers raise whatever they like
            if (found := storage_error(error)) is None:
                raise
            raise found from error
        async with connection.begin():
            yield connection


def database_url(url: str) -> URL:
    """Name the asynchronous driver; people need not know there is one. Raises StorageError."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StorageError(WRONG_ADDRESS) from error
    if address.drivername in ("sqlite", "sqlite+aiosqlite") and address.database not in (
        None,
        "",
        ":memory:",
    ):
        return address.set(drivername="sqlite+aiosqlite")
    if address.drivername in ("postgres", "postgresql", "postgresql+asyncpg"):
        query = dict(address.query)
        if "sslmode" in query:  # libpq's word for what asyncpg calls ssl
            query["ssl"] = query.pop("sslmode")
        return address.set(drivername="postgresql+asyncpg", query=query)
    raise StorageError(WRONG_ADDRESS)


def is_sqlite(url: URL) -> bool:
    """Whether the address names a SQLite file."""
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path:
    """The file that a SQLite address names."""
    return Path(url.database or "")


def sqlite_engine(
    url: URL, *, begin: str, connections: int, read_only: bool = False, foreign_keys: bool = True
) -> AsyncEngine:
    """An engine whose transactions begin where they say they do.

    Python's driver begins one only before the first change, and commits before some statements, so that a
    row written in a savepoint could survive the rollback around it. It is therefore told to begin none,
    and `begin` is sent instead. Writers begin with BEGIN IMMEDIATE: a plain BEGIN that reads and then
    writes fails when another writer commits in between, whatever the time-out says.
    """
    engine = create_async_engine(
        url,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=60,
        json_serializer=json_text,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            f"cache_size=-{CACHE_KIB // (4 if read_only else 1)}",
            "temp_store=MEMORY",
            *(["query_only=ON"] if read_only else ["secure_delete=ON"]),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
