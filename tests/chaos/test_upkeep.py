"""R16 and R17: a backup taken under load is of one moment, and a large database is migrated in a minute."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select

from bot.benchmark.fill import fill
from bot.benchmark.ground import a_house, set_up
from bot.benchmark.traffic import posts as traffic
from bot.clock import utc_now
from bot.dispatch import Dispatcher
from storage.backup import backup, restore, verify
from storage.database import Database
from storage.migrations import alembic_config, current, head, upgrade
from storage.tables import entries, posts
from tests.proofs import Proofs

FIRST_REVISION = "0001"
MINUTE = 60.0


# R16


async def back_up_under_load(
    database: Database, tmp_path: Path, proofs: Proofs, *, backups: int, stored: int
) -> None:
    async with database.write() as store:
        await set_up(store)
    await fill(database, stored, members=min(5_000, stored // 10))
    dispatcher = Dispatcher(database, a_house())
    running = asyncio.create_task(dispatcher.run())
    source, stop = traffic(utc_now(), first=stored), asyncio.Event()

    async def pour() -> None:
        while not stop.is_set():
            await dispatcher.take([next(source) for _ in range(20)])

    pouring = asyncio.create_task(pour())
    made, differences, torn, sizes = [], 0, 0, []
    for number in range(backups):
        await asyncio.sleep(0.1)
        made.append(await backup(database, tmp_path / f"{number}", utc_now(), keep=1))
    stop.set()
    await pouring
    dispatcher.stop()
    await running

    for number, path in enumerate(made):
        await verify(path)
        url = f"sqlite:///{tmp_path / f'restored-{number}.db'}"
        await restore(path, url, now=utc_now())
        again = await Database.open(url)
        async with again.read() as store:
            differences += len(await store.points.differences())
            counted = await store.connection.scalar(select(func.count()).select_from(posts)) or 0
            paid = await store.connection.execute(
                select(entries.c.message).where(
                    entries.c.rule == "post", entries.c.message.not_in(select(posts.c.message))
                )
            )
            torn += len(paid.all())
            sizes.append(counted)
        await again.close()
    proofs.record(
        "R16",
        f"backups while posts are written, {database.dialect}",
        figure=f"{backups} backups of {sizes[0]:,} to {sizes[-1]:,} posts restored: {differences} totals that differ"
        f" from the ledger, {torn} entries without their post, integrity ok",
        target="each restores, ledger and totals equal, integrity ok",
        met=not differences and not torn and sizes == sorted(sizes) and sizes[-1] > stored,
    )


async def test_a_backup_under_load_restores(database, tmp_path, proofs):
    await back_up_under_load(database, tmp_path, proofs, backups=2, stored=2_000)


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_ten_backups_of_a_large_database_restore(database, tmp_path, proofs):
    await back_up_under_load(database, tmp_path, proofs, backups=10, stored=50_000)


# R17


async def migrate(database: Database, proofs: Proofs, *, stored: int) -> None:
    async with database.write() as store:
        await set_up(store)
    await fill(database, stored, members=min(5_000, stored // 10))
    before = await what_counts(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), FIRST_REVISION))
    started = time.perf_counter()
    await upgrade(database, None, now=utc_now())
    seconds = time.perf_counter() - started
    now = await what_counts(database)
    proofs.record(
        "R17",
        f"a database of {stored:,} posts is migrated from {FIRST_REVISION} to {head()}, {database.dialect}",
        figure=f"{seconds:.1f} s, {'nothing' if now == before else 'something'} changed in posts and ledger",
        target=f"{MINUTE:.0f} s, nothing lost",
        met=seconds <= MINUTE and now == before and await current(database) == head(),
    )


async def what_counts(database: Database) -> tuple[int, int, int]:
    async with database.read() as store:
        counted = await store.connection.execute(
            select(
                select(func.count()).select_from(posts).scalar_subquery(),
                select(func.count()).select_from(entries).scalar_subquery(),
                select(func.sum(entries.c.points)).scalar_subquery(),
            )
        )
        found = counted.one()
        assert not await store.points.differences()
        return int(found[0]), int(found[1]), int(found[2])


async def test_a_database_is_migrated_soon(database, proofs):
    await migrate(database, proofs, stored=2_000)


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_a_million_posts_are_migrated_within_a_minute(database, proofs):
    await migrate(database, proofs, stored=1_000_000)
