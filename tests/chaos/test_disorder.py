"""R7: delivered twice, late, and by two at once, the same events leave the same posts, entries and totals."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.batch import House
from bot.dispatch import Dispatcher
from bot.settings_book import SettingsBook, installation_settings
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Event, Person, Place, Posted, Reacted, RepliedTo
from storage.database import Database
from storage.tables import accounts, entries, members, posts, reactions, totals
from tests.chaos.ground import Ground

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PLACE = Place(platform="discord", space="1", space_title="Data School", channel="2", channel_title="general")
SAID = (
    "Split data by time",
    "Sort it and cut it",
    "thanks, that helped",
    "+",
    "谢谢你",
    "ok",
    "🔥",
)
"""Short enough not to count as another's words: who said those first is decided by the order, too."""
UNLIMITED = {
    "thanks": {"pair_limit": 1000, "daily_limit": 1000},
    "reactions": {"pair_limit": 1000, "daily_limit": 1000},
    "replies": {"pair_limit": 1000, "daily_limit": 1000},
}
"""Which of two people reaches a common limit first is decided by the order; that is no matter of this proof."""


def happenings(chance: random.Random, count: int) -> list[Event]:
    """What five people say, answer and feel, in its order."""
    people = [Person(id=str(n), name=f"Member {n}") for n in range(5)]
    said: list[Posted] = []
    held: dict[tuple[str, str], str] = {}
    events: list[Event] = []
    at = NOW
    for number in range(1, count + 1):
        at += timedelta(seconds=chance.choice((0, 1, 20, 70, 4000)))
        who = chance.choice(people)
        if said and chance.random() < 0.35:
            post = chance.choice(said)
            emoji = chance.choice("👍🔥")
            key = (post.message, who.id)
            back = held.get(key)
            gone, come = ((back,), ()) if back is not None else ((), (emoji,))
            if back is None:
                held[key] = emoji
            else:
                del held[key]
            events.append(
                Reacted(
                    key=f"r{number}", at=at, place=PLACE, order=number,
                    message=post.message, person=who, added=come, removed=gone, to=post.person,
                )
            )  # fmt: skip
            continue
        answered = chance.choice(said) if said and chance.random() < 0.5 else None
        text = chance.choice(SAID) if chance.random() < 0.4 else f"{number} {chance.random()} is my question"
        reply = RepliedTo(answered.message, answered.person) if answered else None
        posted = Posted(
            key=str(number), at=at, place=PLACE, order=number,
            message=str(number), person=who, text=text, reply_to=reply,
        )  # fmt: skip
        said.append(posted)
        events.append(posted)
    return events


def disordered(chance: random.Random, events: Sequence[Event]) -> list[Event]:
    """Each one to three times. Everybody's own first deliveries keep their order; all else is any."""
    queues: dict[str, list[Event]] = {}
    for event in events:
        queues.setdefault(event.person.id, []).append(event)  # type: ignore[attr-defined]  # all have one
    mixed: list[Event] = []
    while queues:
        who = chance.choice(sorted(queues))
        mixed.append(queues[who].pop(0))
        if not queues[who]:
            del queues[who]
    for event in events:
        for _ in range(chance.choice((0, 0, 1, 2))):
            mixed.insert(chance.randint(mixed.index(event) + 1, len(mixed)), event)
    return mixed


class Bot:
    """A dispatcher on a database."""

    def __init__(self, database: Database, house: House) -> None:
        self.database = database
        self.dispatcher = Dispatcher(database, house, clock=lambda: NOW + timedelta(days=1))

    async def hears(self, events: Sequence[Event], chance: random.Random) -> None:
        """All of them, in pages of any size."""
        begun = 0
        while begun < len(events):
            size = chance.choice((1, 2, 5, 40))
            await self.dispatcher.take(events[begun : begun + size])
            begun += size


async def outcome(file: Path, streams: Sequence[Sequence[Event]], seed: int) -> dict[str, Any]:
    """What is stored after one bot for each stream has heard it, all of them at once."""
    ground = Ground(file.parent)
    ground.file = file
    await ground.set_up("discord", "1")
    house = House(FEATURES, SettingsBook(FEATURES, installation_settings(FEATURES, UNLIMITED)), load_texts())
    bots = [Bot(await Database.open(ground.url), house) for _ in streams]
    try:
        lives = [asyncio.create_task(bot.dispatcher.run()) for bot in bots]
        chance = random.Random(seed)
        await asyncio.gather(*(bot.hears(stream, chance) for bot, stream in zip(bots, streams, strict=True)))
        for bot in bots:
            bot.dispatcher.stop()
        await asyncio.gather(*lives)
        assert not sum(bot.dispatcher.counts.set_aside for bot in bots)
        return await kept(bots[0].database)
    finally:
        for bot in bots:
            await bot.database.close()


async def kept(database: Database) -> dict[str, Any]:
    """Posts, what stands in the ledger, totals and reactions, with people named as the platform does."""
    async with database.read() as store:
        rows = {
            table.name: (await store.connection.execute(table.select())).mappings().all()
            for table in (accounts, entries, members, posts, reactions, totals)
        }
        assert await store.points.differences() == []
    people = {row["id"]: row["external_id"] for row in rows["accounts"]}
    owners = {row["member_id"]: people[row["account_id"]] for row in rows["entries"]}
    stands: dict[tuple[str, str, str], int] = {}
    for row in rows["entries"]:
        key = (row["rule"], row["source"], people[row["account_id"]])
        stands[key] = stands.get(key, 0) + row["points"]
    return {
        "posts": sorted(
            (row["message"], people.get(row["account_id"]), row["text"], row["stub"], row["posted_at"])
            for row in rows["posts"]
        ),
        "stands": {key: points for key, points in stands.items() if points},
        "totals": sorted(
            (owners[row["member_id"]], row["period"], row["points"])
            for row in rows["totals"]
            if row["points"]
        ),
        "reactions": sorted(
            (row["message"], people[row["account_id"]], row["emoji"])
            for row in rows["reactions"]
            if row["emoji"]
        ),
    }


def differs(template: Path, seed: int, count: int, pollers: int) -> None:
    chance = random.Random(seed)
    events = happenings(chance, count)
    streams = [disordered(chance, events) for _ in range(pollers)]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("clean.db", "disorder.db")]
        for file in files:
            shutil.copyfile(template, file)
        clean = asyncio.run(outcome(files[0], [events], seed))
        found = asyncio.run(outcome(files[1], streams, seed))
    for what, wanted in clean.items():
        assert found[what] == wanted, what


def cases(examples: int) -> Any:
    """So many cases: a seed, up to forty events, one poller or two."""

    def decorate(test: Any) -> Any:
        limits = settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )
        wanted = given(
            seed=st.integers(0, 2**32), count=st.integers(1, 40), pollers=st.sampled_from((1, 1, 2))
        )
        return limits(wanted(test))

    return decorate


@cases(20)
def test_duplicates_and_disorder_change_nothing(sqlite_template, seed, count, pollers):
    differs(sqlite_template, seed, count, pollers)


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_a_thousand_cases_of_disorder(sqlite_template, proofs):
    @cases(1000)
    def every(seed: int, count: int, pollers: int) -> None:
        differs(sqlite_template, seed, count, pollers)

    every()
    proofs.record(
        "R7",
        "duplicates, disorder and two pollers",
        figure="1,000 cases: posts, entries and totals equal the clean run",
        target="every case equal",
        met=True,
    )
