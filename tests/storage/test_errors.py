"""Errors that a person may meet: one sentence each, which says what to do."""

import sqlite3
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import StorageError, StorageUnavailable
from tests.storage.making import a_school


@pytest.mark.parametrize(
    "url",
    [
        "",
        "homeroom.db",
        "mysql://localhost/x",
        "sqlite://",
        "sqlite:///:memory:",
        "://",
        "postgresql+psycopg2://localhost/x",
    ],
)
async def test_an_address_of_no_database_is_refused_with_one_that_would_work(url):
    with pytest.raises(StorageError, match="Write sqlite:///"):
        await Database.open(url)


async def test_a_folder_that_is_not_there_is_named_as_the_reason(tmp_path):
    with pytest.raises(StorageUnavailable, match="Its folder must exist"):
        await Database.open(f"sqlite:///{tmp_path / 'missing' / 'homeroom.db'}")


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "homeroom.db"
    path.write_text("This is a letter, and no database at all. " * 100)
    before = path.read_bytes()

    with pytest.raises(StorageError, match="no database of Homeroom's"):
        await Database.open(f"sqlite:///{path}")

    assert path.read_bytes() == before


async def test_a_server_that_is_not_there_may_come_back(tmp_path):
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        await Database.open(f"postgresql://postgres@/homeroom?host={tmp_path}")


@pytest.mark.postgres
async def test_a_database_that_postgres_does_not_have_is_named_as_the_reason(postgres_server):
    with pytest.raises(StorageError, match="no database of that name"):
        await Database.open(f"postgresql://postgres@/nothing?host={postgres_server}")


@pytest.mark.postgres
async def test_words_for_encryption_that_hosts_hand_out_are_understood(postgres_url, opened):
    database = await opened(postgres_url.replace("postgresql://", "postgres://") + "&sslmode=disable")

    assert database.dialect == "postgresql"


async def test_a_writer_waits_for_another_program_and_then_says_so(sqlite_url, sqlite_database):
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageUnavailable, match="another program is writing"):
            async with sqlite_database.write() as store:
                await a_school(store)
    finally:
        other.close()

    async with sqlite_database.write() as store:
        await a_school(store)


async def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room_again(sqlite_database):
    async with sqlite_database.write() as store:
        school = await a_school(store)
    async with sqlite_database.write() as store:
        # The database may not grow any more, which is what a full disk comes to.
        await store.connection.exec_driver_sql("PRAGMA max_page_count = 1")

    with pytest.raises(StorageUnavailable, match="The disk is full"):
        async with sqlite_database.write() as store:
            for number in range(100):
                await store.cursors.set("telegram", str(number), "x" * 10_000)

    async with sqlite_database.read() as store:
        assert await store.communities.get(school.community.id) == school.community
        assert await store.cursors.all("telegram") == {}
    async with sqlite_database.write() as store:
        await store.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        await store.cursors.set("telegram", "updates", "1")


async def test_a_database_that_may_only_be_read_says_so(tmp_path, sqlite_template):
    path = tmp_path / "homeroom.db"
    path.write_bytes(Path(sqlite_template).read_bytes())
    url = f"sqlite:///file:{path}?mode=ro&uri=true"

    database = await Database.open(url)
    try:
        with pytest.raises(StorageUnavailable, match="may only be read"):
            async with database.write() as store:
                await a_school(store)
    finally:
        await database.close()


@pytest.mark.postgres
async def test_a_lost_connection_fails_one_transaction_and_the_next_has_another(postgres_url, opened):
    database = await opened(postgres_url)

    with pytest.raises(StorageUnavailable):
        async with database.write() as store:
            await a_school(store)
            await store.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    async with database.write() as store:
        assert await store.communities.all() == []
        await a_school(store)


async def test_an_error_in_the_block_is_not_taken_for_one_of_the_database(database):
    with pytest.raises(ConnectionRefusedError):
        async with database.write():
            raise ConnectionRefusedError("some website")
