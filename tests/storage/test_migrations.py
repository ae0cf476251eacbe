"""Migrations: up, down and up again; all or nothing; one at a time; after a backup."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.backup import backups, verify
from storage.errors import StorageError
from storage.migrations import alembic_config, current, head, upgrade
from tests.storage.making import NOW, a_member, a_school, earn

ROOT = Path(__file__).parents[2]


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def downgrade(database, target: str) -> None:
    async with database.write() as store:
        await store.connection.run_sync(
            lambda connection: command.downgrade(alembic_config(connection), target)
        )


async def test_every_migration_goes_up_down_and_up_again(empty_database_url, opened):
    database = await opened(empty_database_url)
    for before, revision in zip([None, *revisions()], revisions(), strict=False):
        await upgrade(database, None, now=NOW, target=revision)
        await downgrade(database, before or "base")
        assert await current(database) == before
        await upgrade(database, None, now=NOW, target=revision)
        assert await current(database) == revision

    assert await current(database) == head()


async def test_migrations_have_one_line_and_one_end():
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]
    assert head() == revisions()[-1]


async def test_an_empty_database_needs_no_backup_and_a_current_one_nothing(
    empty_database_url, opened, tmp_path
):
    database = await opened(empty_database_url)
    assert await current(database) is None

    assert await upgrade(database, tmp_path / "backups", now=NOW) is None
    assert await upgrade(database, tmp_path / "backups", now=NOW) is None

    assert await current(database) == head()
    assert backups(tmp_path / "backups", f"before-{head()}") == []


async def test_what_is_stored_is_copied_before_it_is_migrated_and_kept_by_it(database, tmp_path):
    async with database.write() as store:
        school = await a_school(store)
        ann, bob = await a_member(store, school, "Ann"), await a_member(store, school, "Bob")
        await earn(store, ann, 5)
        await earn(store, bob, 8)
    await downgrade(database, "0001")

    made = await upgrade(database, tmp_path, now=NOW)

    assert backups(tmp_path, f"before-{head()}") == [made]
    verified = await verify(made)
    assert verified.revision == "0001"
    assert verified.rows["members"] == 2
    async with database.read() as store:
        assert await store.points.members_on(school.community.id, "all") == 2
        assert [r.name for r in await store.points.board(school.community.id, "all", rows=9, page=1)] == [
            "Bob",
            "Ann",
        ]


async def test_two_processes_that_start_at_once_migrate_once(empty_database_url, opened):
    one, other = await opened(empty_database_url), await opened(empty_database_url)

    await asyncio.gather(upgrade(one, None, now=NOW), upgrade(other, None, now=NOW))

    assert await current(one) == await current(other) == head()


async def test_a_database_of_a_newer_homeroom_is_left_alone(database, tmp_path):
    async with database.write() as store:
        await store.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StorageError, match="newer Homeroom"):
        await upgrade(database, tmp_path / "backups", now=NOW)

    assert await current(database) == "9999"
    assert not (tmp_path / "backups").exists()


async def interrupt_and_resume(url: str, opened, statements: int) -> None:
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.storage.interrupted", url, str(statements)],
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == 9
    database = await opened(url)
    assert await current(database) is None

    await upgrade(database, None, now=NOW)

    assert await current(database) == head()


@pytest.mark.parametrize("statements", [9, 45])
async def test_a_migration_that_is_killed_midway_is_done_again_from_the_start(
    empty_database_url, opened, statements
):
    await interrupt_and_resume(empty_database_url, opened, statements)


@pytest.mark.prove
@pytest.mark.parametrize("statements", range(4, 50, 4))
async def test_a_migration_that_is_killed_anywhere_is_done_again_from_the_start(
    empty_database_url, opened, statements
):
    await interrupt_and_resume(empty_database_url, opened, statements)
