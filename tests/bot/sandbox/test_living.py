"""The sample community lives in the real bot: its first days, live, over a jump of the clock, after a restart."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import utc_now
from bot.config import Config
from bot.sandbox.happened import Happened, Happening
from bot.sandbox.living import somebody_new
from bot.sandbox.run import Sandbox, build
from bot.sandbox.world import BOT, World
from handlers.base import Posted
from storage.database import Database
from storage.tables import posts


@pytest.fixture
def open_sandbox(
    sqlite_database: Database, tmp_path: Path
) -> Callable[[], contextlib.AbstractAsyncContextManager[Sandbox]]:
    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Sandbox]:
        world = World()
        world.open(tmp_path / "chat.jsonl")
        unread = Config(features={"quality": {"enabled": False}})
        sandbox = build(unread, sqlite_database, world, members=20, history=timedelta(days=5))
        sandbox.living.pace = 0.0
        running = asyncio.ensure_future(sandbox.app.run())
        await until(lambda: world.notes.get("begun") or running.done())
        yield sandbox
        sandbox.app.stop()
        await running
        world.close()

    return opened


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):  # as long as a busy machine may take
        while not true():
            await asyncio.sleep(0.01)


async def test_the_community_is_set_up_lives_jumps_and_goes_on_after_a_restart(sqlite_database, open_sandbox):
    async with open_sandbox() as sandbox:
        world = sandbox.world
        admin = next(each for each in world.people.values() if each.roles)
        greeting, setup, answer = world.in_room(world.main, admin.id)[:3]
        assert (greeting.author, answer.author) == (BOT, BOT)
        assert setup.text == "/setup en Europe/London"
        assert answer.reply.plain.startswith("All set.")
        assert abs(sandbox.clock() - utc_now()) < timedelta(seconds=5)
        written = [each for each in world.messages.values() if each.id.startswith("life-")]
        assert len(written) > 5
        assert all(utc_now() - timedelta(days=5, hours=1) < each.at <= utc_now() for each in written)

        sandbox.living.set_pace(0.01)
        await until(lambda: any(isinstance(each.event, Posted) for each in sandbox.happened.latest))
        sandbox.living.set_pace(0.0)
        await asyncio.sleep(0.1)

        newcomer = somebody_new(world, sandbox.life)
        await sandbox.adapter.join(newcomer)
        assert newcomer.name not in {each.name for each in sandbox.life.people}
        before, now = set(world.messages), sandbox.clock()
        await sandbox.living.jump(timedelta(days=7))
        assert timedelta(days=7) <= sandbox.clock() - now < timedelta(days=7, seconds=30)
        new = [each for id, each in world.messages.items() if id not in before]
        assert max(each.at for each in new) > now + timedelta(days=5)
        assert all(now <= each.at <= sandbox.clock() for each in new)

    async with open_sandbox() as sandbox:
        assert set(sandbox.world.messages) == set(world.messages)
        assert sandbox.world.people[newcomer.id] == newcomer
        assert somebody_new(sandbox.world, sandbox.life).id != newcomer.id
        assert timedelta(days=7) <= sandbox.clock() - now < timedelta(days=8)
        await until(lambda: sandbox.world.here == world.here)
        told = len(sandbox.world.messages)
        sandbox.living.set_pace(0.01)
        await until(lambda: len(sandbox.world.messages) > told + 3)
        sandbox.living.set_pace(0.0)
        await asyncio.sleep(0.1)

    written = [each for each in sandbox.world.messages.values() if each.id.startswith("life-")]
    async with sqlite_database.read() as store:
        stored = await store.connection.scalar(
            select(func.count()).select_from(posts).where(posts.c.stub.is_(False))
        )
        assert not await store.points.differences()
        assert await store.troubles.dead_count() == 0
    assert stored == len(written)


async def test_what_just_happened_names_the_event_the_verdicts_and_what_was_written(open_sandbox):
    async with open_sandbox() as sandbox:
        t, happened, robin = sandbox.texts("en"), sandbox.happened, sandbox.world.people["you"]
        admin = next(each for each in sandbox.world.people.values() if each.roles)
        question = await sandbox.adapter.say(robin, "questions", "How do I split data by time?")
        quick = await sandbox.adapter.say(robin, "questions", "And how by person, please?")
        last = await sandbox.adapter.say(admin, "questions", "thanks, a good question", reply_to=question.id)
        ids = [question.id, quick.id, last.id]
        await until(lambda: len(told(happened, ids)) == 3)
        first, second, thanks = told(happened, ids)

        assert happened.sentence(first.event, t) == "Robin wrote in #questions"
        said = await happened.verdicts(first, first.event, t)
        assert (said[0].sentence, said[0].gave) == ("5 for a post", True)
        assert [happened.written_sentence(each, t) for each in first.written] == [
            "+5 for Robin: a post (now 5)"
        ]

        [refusal, idle] = await happened.verdicts(second, second.event, t)
        assert refusal.sentence.startswith("Cooldown: ")
        assert (refusal.gave, idle.gave) == (False, None)
        assert idle.sentence == "Nothing here for: replies, thanks"
        assert second.written == ()

        assert happened.sentence(thanks.event, t) == f"{admin.name} answered Robin in #questions"
        rules = {each.entry.rule: each.name for each in thanks.written}
        assert rules == {"post": admin.name, "reply": "Robin", "thanks": "Robin"}
        robins = [each for each in thanks.written if each.name == "Robin"]
        assert [each.total - each.entry.points for each in robins] == [5, robins[0].total]


def told(happened: Happened, ids: list[str]) -> list[Happening]:
    """What happened to these messages."""
    return [each for each in happened.latest if isinstance(each.event, Posted) and each.event.message in ids]
