"""The dispatcher: what it took is committed, together where it can be; what is poisoned goes alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.batch import BatchResult, House
from bot.dispatch import Dispatcher
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Action, Feature, ListenerContext, Person, Posted
from storage.database import Database
from storage.values import NewDeadEvent
from tests.bot.played import GROUP, Clock, command, posted
from tests.conftest import NOW

NO_TIME = NOW.replace(tzinfo=None)
"""A time without a zone: nothing can be stored under it."""


class Intake:
    """A dispatcher that runs while it is open, over a group that is set up."""

    def __init__(self, database: Database, *more: Feature, **settings: Any) -> None:
        self.database, self.clock = database, Clock()
        features = (*FEATURES, *more)
        self.results: list[BatchResult] = []
        self.dispatcher = Dispatcher(
            database,
            House(features, SettingsBook(features, {}), load_texts()),
            clock=self.clock,
            after_commit=self.results.append,
            **settings,
        )

    async def set_up(self) -> None:
        async with self.database.write() as store:
            _, community = await store.communities.add_space(
                "telegram", GROUP.space, "Data School", language="en", now=self.clock.now
            )
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=self.clock.now
            )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Dispatcher]:
        await self.set_up()
        life = asyncio.create_task(self.dispatcher.run())
        try:
            yield self.dispatcher
        finally:
            self.dispatcher.stop()
            await asyncio.wait_for(life, 10)

    async def count(self, table: str) -> int:
        async with self.database.read() as store:
            return int(await store.connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.fixture
def intake(sqlite_database: Database) -> Intake:
    return Intake(sqlite_database)


async def test_what_take_returns_for_is_committed(intake: Intake):
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(1), posted(2, "Bob", to=1)])
        assert await intake.count("posts") == 2
        assert await intake.count("entries") == 3  # two posts and an answer
        assert dispatcher.backlog == 0


async def test_nothing_to_take_is_taken_at_once(intake: Intake):
    await intake.dispatcher.take([])


async def test_what_waits_is_committed_together_up_to_a_batch(sqlite_database: Database):
    intake = Intake(sqlite_database, batch_size=10)
    takes = [asyncio.create_task(intake.dispatcher.take([posted(n, f"P{n}")])) for n in range(25)]
    await asyncio.sleep(0)
    async with intake.open() as dispatcher:
        await asyncio.gather(*takes)
        assert (dispatcher.counts.batches, dispatcher.counts.largest) == (3, 10)
        assert dispatcher.counts.posts == await intake.count("posts") == 25


async def test_a_load_larger_than_a_batch_stays_whole(sqlite_database: Database):
    intake = Intake(sqlite_database, batch_size=3)
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(n) for n in range(1, 8)])
        assert (dispatcher.counts.batches, dispatcher.counts.largest) == (1, 7)


async def test_the_same_again_changes_nothing(intake: Intake):
    async with intake.open() as dispatcher:
        for _ in range(3):
            await dispatcher.take([posted(1), posted(2, "Bob", to=1), command(3, "/top")])
        assert [await intake.count(table) for table in ("posts", "entries", "inbox")] == [2, 3, 1]
        assert [len(result.waiting) for result in intake.results] == [1, 0, 0]


async def test_a_full_queue_makes_the_next_wait_and_drops_nothing(sqlite_database: Database):
    intake = Intake(sqlite_database, queue_size=3)
    takes = [asyncio.create_task(intake.dispatcher.take([posted(n)])) for n in range(1, 7)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert intake.dispatcher.backlog == 3  # the other three wait outside
    async with intake.open():
        await asyncio.gather(*takes)
    assert await intake.count("posts") == 6


async def test_a_stop_finishes_what_was_taken(intake: Intake):
    takes = [asyncio.create_task(intake.dispatcher.take([posted(n)])) for n in range(1, 4)]
    await asyncio.sleep(0)
    intake.dispatcher.stop()
    await intake.set_up()
    await asyncio.wait_for(intake.dispatcher.run(), 5)
    assert all(take.done() for take in takes)
    assert await intake.count("posts") == 3


async def test_a_poisoned_event_is_set_aside_with_its_id_and_its_neighbours_go_through(intake: Intake):
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(1), posted(2, at=NO_TIME), posted(3, "Bob", to=1)])
        assert await intake.count("posts") == 2
        assert dispatcher.counts.set_aside == 1
    async with intake.database.read() as store:
        [dead] = await store.troubles.dead(10)
        assert (dead.platform, dead.key) == ("telegram", "u2")
        trouble = await store.troubles.get(dead.reason.rpartition("see ")[2])
        assert trouble is not None
        assert "Traceback" in trouble.traceback
        assert not await store.points.differences()


async def test_a_listener_that_fails_loses_its_own_effects_and_no_others(sqlite_database: Database):
    broken = Feature("broken")

    @broken.on(Posted)
    def fail(ctx: ListenerContext, event: Posted) -> Iterable[Action]:
        raise RuntimeError("a defect of one feature")

    intake = Intake(sqlite_database, broken)
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(1)])
        assert dispatcher.counts.set_aside == 0
    assert [await intake.count(table) for table in ("posts", "entries")] == [1, 1]


async def test_what_an_adapter_sets_aside_is_kept_once_with_its_reason(intake: Intake):
    async with intake.open() as dispatcher:
        for _ in range(2):
            await dispatcher.set_aside(
                [NewDeadEvent("telegram", "77", "no chat", '{"update_id": 77}' + "x" * 200_000)]
            )
    async with intake.database.read() as store:
        [dead] = await store.troubles.dead(10)
    assert (dead.key, dead.reason) == ("77", "no chat")


async def test_a_group_that_is_renamed_is_called_so_from_then_on(intake: Intake):
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(1, place=replace(GROUP, space_title="Data School"))])
        await dispatcher.take([posted(2, place=replace(GROUP, space_title="School of Data"))])
        await dispatcher.take([posted(3, place=replace(GROUP, space_title=""))])
    async with intake.database.read() as store:
        space, _ = await store.communities.space(GROUP.platform, GROUP.space) or (None, None)
    assert space is not None
    assert space.title == "School of Data"


async def test_cursors_and_gaps_are_kept(intake: Intake):
    async with intake.open() as dispatcher:
        assert await dispatcher.cursor("discord", "7") is None
        await dispatcher.move_cursor("discord", "7", "100")
        assert await dispatcher.cursor("discord", "7") == "100"
        gap = await dispatcher.add_gap("discord", "1", "7", "100", "200")
        assert await dispatcher.add_gap("discord", "1", "7", "100", "200") == gap
        await dispatcher.narrow_gap(gap, "150")
        assert [(each.after, each.before) for each in await dispatcher.gaps("discord")] == [("150", "200")]
        await dispatcher.close_gap(gap)
        assert await dispatcher.gaps("discord") == []


async def test_posts_before_a_command_are_counted_by_it(intake: Intake):
    """A command of the same load becomes a row of the inbox in the commit of the posts before it."""
    async with intake.open() as dispatcher:
        await dispatcher.take([posted(1), command(2, "/points")])
        [result] = intake.results
    assert (result.new_posts, len(result.waiting)) == (1, 1)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a null \0 byte in it", "a null  byte in it"),
        ("a lone \ud800 surrogate", None),
        ("\0\0\0\0\0", None),
        ("x" * 1_000_000, None),
        ("\u202eright to left\u202c and \u200b", None),
    ],
    ids=["null", "surrogate", "nulls", "long", "turned"],
)
async def test_hostile_texts_are_kept_cleaned_and_stop_nothing(
    database: Database, written: str, kept: str | None
):
    intake = Intake(database)
    async with intake.open() as dispatcher:
        hostile = Person("id-Ann", f"Ann {written[:40]}", "ann")
        await dispatcher.take([posted(1, text=written, person=hostile), posted(2, "Bob", to=1)])
        assert dispatcher.counts.set_aside == 0
    async with database.read() as store:
        post = await store.posts.by_message(1, "-1001/1")
        assert post is not None
        assert post.text is not None
        assert "\0" not in post.text
        if kept is not None:
            assert post.text == kept
        post.text.encode()
