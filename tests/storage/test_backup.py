"""Backups: whole, of one moment, rotated; and the way back, which is refused to a broken one."""

import asyncio
import gzip
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from storage.backup import backup, backups, restore, verify
from storage.database import Database
from storage.errors import StorageError
from storage.migrations import current, head
from storage.tables import metadata, outbox, totals
from storage.values import NewChannel, NewParcel, NewWaiting
from tests.storage.making import NOW, a_member, a_school, earn


async def fill(database: Database) -> None:
    """Something in every kind of column."""
    async with database.write() as store:
        school = await a_school(store, zone="Asia/Shanghai")
        ann = await a_member(store, school, "Ann 学\0生", handle="Ann_Li")
        (entry,) = await earn(store, ann, 2**40, space=school.space)
        await store.points.void(entry.id, note="“quoted”\n", now=NOW)
        await earn(store, ann, 5)
        (account,) = await store.people.accounts_of(ann.id)
        await store.people.set_roles(account.id, school.space.id, ["a", "b"], NOW)
        await store.communities.see_channels(
            [NewChannel(space_id=school.space.id, external_id="2", kind="thread", parent="1")]
        )
        await store.settings.set(school.community.id, "x", {"a": [1, None, "文"]}, by=account.id, now=NOW)
        await store.inbox.add([NewWaiting(platform="telegram", key="1", payload={}, received_at=NOW)])
        await store.outbox.add(
            [
                NewParcel(
                    key="a",
                    kind="post",
                    platform="telegram",
                    target="-1",
                    payload={"text": "hi"},
                    due_at=NOW,
                    created_at=NOW,
                    picture=bytes(range(256)),
                )
            ]
        )


async def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with database.read() as store:
        return {
            table.name: [tuple(row) for row in await store.connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }  # fmt: skip


async def test_a_backup_restores_to_what_was_stored(database, database_url, tmp_path, opened):
    await fill(database)
    before = await everything(database)

    path = await backup(database, tmp_path / "backups", NOW, keep=3)
    verified = await verify(path)
    restored = tmp_path / "restored.db"
    assert await restore(path, f"sqlite:///{restored}", now=NOW) is None

    again = await opened(f"sqlite:///{restored}")
    assert await everything(again) == before
    assert verified.revision == head()
    assert verified.rows["entries"] == 3
    assert path.stat().st_mode & 0o077 == 0
    async with again.read() as store:
        assert await store.points.differences() == []
    async with again.write() as store:
        await a_school(store)  # new rows get numbers of their own


@pytest.mark.postgres
async def test_a_dump_of_postgres_restores_into_an_empty_postgres(postgres_url_of_two, tmp_path, opened):
    one, other = postgres_url_of_two
    database = await opened(one)
    await fill(database)
    path = await backup(database, tmp_path, NOW, keep=3)

    await restore(path, other, now=NOW)

    again = await opened(other)
    assert await everything(again) == await everything(database)
    async with again.write() as store:
        school = await a_school(store)
        await earn(store, await a_member(store, school, "Bob"), 5)
    with pytest.raises(StorageError, match="not empty"):
        await restore(path, other, now=NOW, force=True)


async def test_a_backup_under_writes_is_of_one_moment(database, tmp_path, opened):
    async with database.write() as store:
        school = await a_school(store)
        people = [await a_member(store, school, f"M{n}") for n in range(5)]
        for member in people:
            await earn(store, member, 1)
    stop = asyncio.Event()

    async def write_on() -> int:
        done = 0
        while not stop.is_set():
            async with database.write() as store:
                for member in people:
                    await earn(store, member, 1)
            done += 1
            await asyncio.sleep(0)
        return done

    writer = asyncio.create_task(write_on())
    paths = []
    for n in range(3):
        await asyncio.sleep(0.05)
        paths.append(await backup(database, tmp_path, NOW + timedelta(seconds=n), keep=9))
    stop.set()
    assert await writer > 3

    for n, path in enumerate(paths):
        await restore(path, f"sqlite:///{tmp_path / f'restored{n}.db'}", now=NOW)
        again = await opened(f"sqlite:///{tmp_path / f'restored{n}.db'}")
        async with again.read() as store:
            assert await store.points.differences() == []
            rows = await store.connection.execute(select(totals.c.points).where(totals.c.period == "all"))
            points = rows.scalars().all()
            assert len(set(points)) == 1, "a transaction gives everybody one point, or nobody"


async def test_the_newest_backups_are_kept_and_those_before_migrations_apart(database, tmp_path):
    for day in range(5):
        await backup(database, tmp_path, NOW + timedelta(days=day), keep=2)
    await backup(database, tmp_path, NOW - timedelta(days=1), keep=2, label="before-0009")
    (tmp_path / "homeroom-notes.txt").write_text("mine")

    days = [path.name[9:17] for path in backups(tmp_path)]
    assert days == ["20261129", "20261128"]
    assert len(backups(tmp_path, "before-0009")) == 1
    assert (tmp_path / "homeroom-notes.txt").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def damaged(path, kind: str) -> None:
    content = path.read_bytes()
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "letter":
            path.write_text("no backup at all")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flipped":
            page = len(content) // 2 // 4096 * 4096  # a whole one: the room between rows means nothing
            wrong = bytes(byte ^ 0xFF for byte in content[page : page + 4096])
            path.write_bytes(content[:page] + wrong + content[page + 4096 :])


@pytest.mark.parametrize("kind", ["empty", "letter", "cut", "flipped"])
async def test_a_damaged_backup_is_refused_and_what_is_there_stays(
    database, sqlite_url, tmp_path, kind, opened
):
    await fill(database)
    path = await backup(database, tmp_path / "backups", NOW, keep=3)
    await damaged(path, kind)
    target = tmp_path / "kept.db"
    target.write_bytes(b"precious")

    with pytest.raises(StorageError, match="Use another one"):
        await restore(path, f"sqlite:///{target}", now=NOW, force=True)

    assert target.read_bytes() == b"precious"


async def test_a_backup_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(StorageError, match="There is no file"):
        await restore(tmp_path / "no.db", f"sqlite:///{tmp_path / 'x.db'}", now=NOW)


async def test_a_database_of_another_program_is_no_backup(tmp_path):
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE notes (id INTEGER)")
    connection.close()

    with pytest.raises(StorageError, match="no whole backup"):
        await verify(tmp_path / "other.db")


async def test_a_dump_without_its_last_line_is_known_as_cut_short(tmp_path):
    path = tmp_path / "homeroom-20261125T000000Z.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write('{"homeroom": 1, "revision": "0001"}\n{"table": "communities", "columns": ["id"]}\n[1]\n')

    with pytest.raises(StorageError, match="cut short"):
        await verify(path)


async def test_a_database_is_only_replaced_by_force_and_the_old_file_is_kept(sqlite_url, tmp_path, opened):
    database = await Database.open(sqlite_url)
    await fill(database)
    path = await backup(database, tmp_path / "backups", NOW, keep=3)
    async with database.write() as store:
        await store.cursors.set("telegram", "after", "the backup")
    await database.close()

    with pytest.raises(StorageError, match="add --force"):
        await restore(path, sqlite_url, now=NOW)
    kept = await restore(path, sqlite_url, now=NOW, force=True)

    restored, replaced = await opened(sqlite_url), await opened(f"sqlite:///{kept}")
    async with restored.read() as store:
        assert await store.cursors.get("telegram", "after") is None
    async with replaced.read() as store:
        assert await store.cursors.get("telegram", "after") == "the backup"


async def test_a_database_is_not_replaced_under_a_running_homeroom(sqlite_url, sqlite_database, tmp_path):
    path = await backup(sqlite_database, tmp_path / "backups", NOW, keep=3)

    with pytest.raises(StorageError, match="Stop Homeroom"):
        await restore(path, sqlite_url, now=NOW, force=True)

    async with sqlite_database.write() as store:
        await a_school(store)


async def test_a_damaged_database_is_replaced_and_kept(sqlite_url, tmp_path, opened):
    database = await Database.open(sqlite_url)
    await fill(database)
    path = await backup(database, tmp_path / "backups", NOW, keep=3)
    file = database.path
    await database.close()
    file.write_bytes(b"nothing that could be opened" * 1000)

    kept = await restore(path, sqlite_url, now=NOW, force=True)

    assert kept.read_bytes().startswith(b"nothing")
    async with (await opened(sqlite_url)).read() as store:
        assert await store.points.count() == 3


async def test_a_copy_of_an_older_homeroom_is_restored_as_it_is_and_migrated_at_the_next_start(
    sqlite_database, tmp_path, opened
):
    from alembic import command

    from storage.migrations import alembic_config, upgrade

    await fill(sqlite_database)
    async with sqlite_database.write() as store:
        await store.connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0001"))
    path = await backup(sqlite_database, tmp_path / "backups", NOW, keep=3)

    await restore(path, f"sqlite:///{tmp_path / 'again.db'}", now=NOW)

    again = await opened(f"sqlite:///{tmp_path / 'again.db'}")
    assert await current(again) == "0001"
    await upgrade(again, None, now=NOW)
    async with again.read() as store:
        assert (await store.points.board(1, "all", rows=9, page=1))[0].points == 5


async def test_a_folder_that_cannot_be_written_is_named_as_the_reason(sqlite_database, tmp_path):
    (tmp_path / "backups").write_text("a file, no folder")

    with pytest.raises(StorageError, match="cannot be written"):
        await backup(sqlite_database, tmp_path / "backups", NOW, keep=3)


@pytest.mark.postgres
async def test_a_restored_postgres_goes_on_numbering_where_it_stopped(postgres_url_of_two, tmp_path, opened):
    one, other = postgres_url_of_two
    database = await opened(one)
    async with database.write() as store:
        await store.connection.execute(
            insert(outbox),
            [
                {"id": 500, "key": "x", "platform": "p", "kind": "post", "target": "t", "payload": {},
                 "priority": 1, "state": "sent", "tries": 1, "due_at": NOW, "created_at": NOW}
            ],
        )  # fmt: skip
    path = await backup(database, tmp_path, NOW, keep=1)

    await restore(path, other, now=NOW)

    again = await opened(other)
    async with again.write() as store:
        (id,) = await store.outbox.add(
            [
                NewParcel(
                    key="y", kind="post", platform="p", target="t", payload={}, due_at=NOW, created_at=NOW
                )
            ]
        )
        assert id == 501


@pytest.fixture
def postgres_url_of_two(postgres_url_of) -> tuple[str, str]:
    return postgres_url_of(), postgres_url_of(empty=True)
