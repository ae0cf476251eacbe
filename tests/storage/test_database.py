"""The database: transactions begin, end, and stand beside each other as promised."""

import asyncio
import threading

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.errors import StorageError


async def cursor(database: Database, name: str) -> str | None:
    async with database.read() as store:
        return await store.cursors.get("telegram", name)


async def test_what_is_written_is_there_after_the_commit(database):
    async with database.write() as store:
        await store.cursors.set("telegram", "updates", "7")

    assert await cursor(database, "updates") == "7"


async def test_nothing_is_written_when_the_block_raises(database):
    with pytest.raises(ZeroDivisionError):
        async with database.write() as store:
            await store.cursors.set("telegram", "updates", "7")
            raise ZeroDivisionError

    assert await cursor(database, "updates") is None


async def test_a_cancelled_writer_writes_nothing_and_makes_room_for_the_next(database):
    inside = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.write() as store:
            await store.cursors.set("telegram", "updates", "7")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as store:
        assert await store.cursors.get("telegram", "updates") is None
        await store.cursors.set("telegram", "updates", "8")

    assert await cursor(database, "updates") == "8"


async def test_a_row_of_a_savepoint_goes_with_the_transaction_around_it(database):
    with pytest.raises(ZeroDivisionError):
        async with database.write() as store:
            async with store.connection.begin_nested():
                await store.cursors.set("telegram", "updates", "7")
            raise ZeroDivisionError

    assert await cursor(database, "updates") is None


async def test_a_savepoint_that_fails_takes_only_its_own_rows_with_it(database):
    async with database.write() as store:
        await store.cursors.set("telegram", "before", "1")
        with pytest.raises(ZeroDivisionError):
            async with store.connection.begin_nested():
                await store.cursors.set("telegram", "inside", "2")
                raise ZeroDivisionError
        await store.cursors.set("telegram", "after", "3")

    assert await cursor(database, "before") == "1"
    assert await cursor(database, "inside") is None
    assert await cursor(database, "after") == "3"


async def test_a_reader_sees_one_moment_beside_the_writer(database):
    async with database.write() as store:
        await store.cursors.set("telegram", "updates", "1")

    async with database.read() as reader:
        assert await reader.cursors.get("telegram", "updates") == "1"
        async with database.write() as writer:
            await writer.cursors.set("telegram", "updates", "2")
        assert await reader.cursors.get("telegram", "updates") == "1"

    assert await cursor(database, "updates") == "2"


async def test_a_reader_does_not_see_what_is_not_committed(database):
    async with database.write() as store:
        await store.cursors.set("telegram", "updates", "1")
        assert await cursor(database, "updates") is None


async def test_a_reader_cannot_write(database):
    with pytest.raises(StorageError):
        async with database.read() as store:
            await store.cursors.set("telegram", "updates", "1")

    assert await cursor(database, "updates") is None


async def test_writers_of_one_process_take_turns(database):
    async def count_up() -> None:
        async with database.write() as store:
            before = int(await store.cursors.get("telegram", "count") or 0)
            await asyncio.sleep(0)
            await store.cursors.set("telegram", "count", str(before + 1))

    await asyncio.gather(*(count_up() for _ in range(20)))

    assert await cursor(database, "count") == "20"


async def test_two_processes_that_read_and_then_write_lose_nothing_on_sqlite(sqlite_url, opened):
    one, other = await opened(sqlite_url), await opened(sqlite_url)

    async def count_up(database: Database) -> None:
        async with database.write() as store:
            before = int(await store.cursors.get("telegram", "count") or 0)
            await asyncio.sleep(0.001)
            await store.cursors.set("telegram", "count", str(before + 1))

    await asyncio.gather(*(count_up(database) for _ in range(10) for database in (one, other)))

    assert await cursor(one, "count") == "20"


async def test_a_closed_database_leaves_no_thread(database_url):
    before = set(threading.enumerate())
    database = await Database.open(database_url)
    async with database.write() as store, database.read() as reader:
        await store.cursors.set("telegram", "updates", "1")
        await reader.cursors.get("telegram", "updates")
    await database.close()
    await database.close()

    await no_thread_but(before)


async def no_thread_but(before: set[threading.Thread]) -> None:
    """The driver's thread is told to end and ends by itself; an earlier test's may end meanwhile, too."""
    async with asyncio.timeout(5):
        while set(threading.enumerate()) - before:
            await asyncio.sleep(0.01)


async def test_a_close_that_is_cancelled_still_leaves_no_thread(tmp_path):
    before = set(threading.enumerate())
    database = await Database.open(f"sqlite:///{tmp_path / 'x.db'}")

    closing = asyncio.ensure_future(database.close())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

    await no_thread_but(before)


async def test_sqlite_writes_ahead_and_waits_for_the_disk(sqlite_database):
    async with sqlite_database.write() as store:
        settings = {
            name: (await store.connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
