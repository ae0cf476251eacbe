"""The sandbox's clock: a cohort's two weeks run in less than a minute, and are what they would have been."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Config
from bot.sandbox.run import Sandbox, build
from bot.sandbox.world import BOT, PRIVATE, World
from storage.calendar import Calendar
from storage.database import Database
from tests.handlers.room import button
from tests.proofs import Proofs

LONDON = Calendar("Europe/London")


@contextlib.asynccontextmanager
async def opened(database: Database, folder: Path) -> AsyncIterator[Sandbox]:
    world = World()
    world.open(folder / "chat.jsonl")
    sandbox = build(Config(), database, world, members=20, history=timedelta(days=2))
    sandbox.living.pace = 0.0
    running = asyncio.ensure_future(sandbox.app.run())
    async with asyncio.timeout(60):
        while not (
            world.notes.get("begun") and sandbox.adapter.health.connected and not sandbox.living.moving
        ):
            assert not running.done()
            await asyncio.sleep(0.01)
    yield sandbox
    sandbox.app.stop()
    await running
    world.close()


async def say(sandbox: Sandbox, who: str, line: str):
    asked = await sandbox.adapter.say(sandbox.world.people[who], sandbox.world.main, line)
    return await sandbox.adapter.answer_to(asked.id)


async def jump(sandbox: Sandbox, database: Database, days: int) -> None:
    """Move the clock, and wait until what was said on the way is there."""
    await sandbox.living.jump(timedelta(days=days))
    async with asyncio.timeout(30):
        while await _unsent(database):
            await asyncio.sleep(0.02)


async def _unsent(database: Database) -> bool:
    async with database.read() as store:
        return bool((await store.outbox.counts()).keys() & {"pending", "sending"})


@pytest.mark.prove
async def test_a_cohort_runs_two_weeks_in_a_minute(sqlite_database: Database, tmp_path: Path, proofs: Proofs):
    async with opened(sqlite_database, tmp_path) as sandbox:
        admin = next(each.id for each in sandbox.world.people.values() if each.roles)
        begun_at = sandbox.clock()
        made = await say(sandbox, admin, "/cohort_new tomorrow 1 spanish for the road")
        card = await say(sandbox, "you", "/cohorts")
        robin = sandbox.world.people["you"]
        join = button(card.reply, "Join the cohort")
        await sandbox.adapter.answer_to(await sandbox.adapter.press(robin, card, join.data))
        days = await sandbox.adapter.press(
            sandbox.world.people[admin], made, button(made.reply, "Its days").data
        )
        lessons = [
            line for line in (await sandbox.adapter.answer_to(days)).reply.plain.splitlines() if "·" in line
        ]
        begun = time.monotonic()
        await jump(sandbox, sqlite_database, 7)
        first = time.monotonic() - begun
    async with opened(sqlite_database, tmp_path) as sandbox:  # it was stopped in between
        begun = time.monotonic()
        await jump(sandbox, sqlite_database, 7)
        seconds = first + time.monotonic() - begun
        said = [each for each in sandbox.world.messages.values() if each.author == BOT and each.reply]

    first_day = LONDON.day(begun_at) + timedelta(days=1)
    told = [
        (LONDON.day(each.at), each.reply.plain.splitlines()[0])
        for each in said
        if "is open:" in each.reply.plain
    ]
    [nudge] = [each for each in said if each.room == f"{PRIVATE}you" and "Next in" in each.reply.plain]
    assert told == [
        (
            first_day + timedelta(days=at),
            f"📖 Lesson {at + 1} is open: {lesson.partition(' ')[2].rpartition(' · ')[0]}",
        )
        for at, lesson in enumerate(lessons)
        if "live lesson" not in lesson
    ]
    assert (LONDON.day(nudge.at) - first_day).days == 5
    assert "0 of 12 lessons are done." in nudge.reply.plain
    proofs.record(
        "5.9",
        "a cohort's two weeks in the sandbox run in a minute of the clock",
        figure=f"{seconds:.0f} s",
        target="at most 60 s",
        met=seconds <= 60,
    )
