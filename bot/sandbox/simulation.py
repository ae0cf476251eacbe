"""Simulation: the sample community's life through the real intake, rules and ledger, as fast as they go."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import open_database
from bot.batch import House
from bot.clock import MovableClock
from bot.config import Config
from bot.dispatch import Dispatcher
from bot.sandbox.life import PLATFORM, SPACE, Life
from bot.sandbox.studying import Studying, bring_catalogue
from bot.settings_book import SettingsBook, installation_settings
from bot.tasks import Tasks
from bot.texts import load_texts
from handlers import FEATURES
from storage.calendar import ALL
from storage.database import Database
from storage.errors import StorageError

BATCH = 200
"""Events that are committed together, so that the ledger does not depend on how quick the machine is."""
OCCUPIED = (
    "There is a community in this database ({name}), and a simulation is not mixed with it. Name another"
    " database: homeroom simulate --database sqlite:///sample.db"
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was written."""

    members: int
    posts: int
    entries: int
    points: int
    days: int
    seconds: float


async def simulate(
    config: Config,
    *,
    days: int,
    members: int,
    seed: int,
    language: str,
    start: datetime,
    told: Callable[[float, str], None] = lambda _share, _sentence: None,
) -> Simulated:
    """Fill the configured database with so many days. Raises StorageError; refuses one that is in use."""
    began = time.perf_counter()
    clock = MovableClock()
    clock.stand(start)
    life = Life(seed, members, language, start)
    database = await open_database(config, clock=clock)
    try:
        community = await _set_up(database, life, start)
        filling = _Filling(database, config, clock)
        await filling.live(life, start, days, told)
        async with database.read() as store:
            board = await store.points.board(community, ALL, rows=members, page=1)
            return Simulated(
                members=await store.people.count(community),
                posts=await store.posts.count(community),
                entries=await store.points.count(community),
                points=sum(row.points for row in board),
                days=days,
                seconds=round(time.perf_counter() - began, 1),
            )
    finally:
        await database.close()


async def _set_up(database: Database, life: Life, start: datetime) -> int:
    """The sample community, ready to earn; its number. Raises StorageError where there is another."""
    async with database.write() as store:
        for other in await store.communities.all():
            raise StorageError(OCCUPIED.format(name=other.name))
        school = life.school
        _, made = await store.communities.add_space(
            PLATFORM, SPACE, school.name, language=school.language, now=start
        )
        await store.communities.finish_setup(
            made.id, name=school.name, language=school.language, zone=school.zone, week_start=0, now=start
        )
        await bring_catalogue(store, made.id, school, now=start)
    return made.id


class _Filling:
    """Feeds life to the dispatcher, the clock beside it."""

    def __init__(self, database: Database, config: Config, clock: MovableClock) -> None:
        self._database = database
        self._clock = clock
        book = SettingsBook(FEATURES, installation_settings(FEATURES, config.features))
        self._house = House(FEATURES, book, load_texts(), config.language)
        self.dispatcher = Dispatcher(database, self._house, batch_size=BATCH, clock=clock)

    async def live(self, life: Life, start: datetime, days: int, told: Callable[[float, str], None]) -> None:
        """Day after day, each to its end."""
        consumer = Tasks()
        consumer.start(self.dispatcher.run(), "dispatcher")
        studying = Studying(self._house)
        try:
            for day in range(1, days + 1):
                events = life.until(start + timedelta(days=day))
                for at in range(0, len(events), BATCH):
                    page = events[at : at + BATCH]
                    self._clock.stand(page[-1].at)
                    await self.dispatcher.take(page)
                self._clock.stand(start + timedelta(days=day))
                async with self._database.write() as store:
                    await studying.take(store, life.learnt(self._clock()), now=self._clock())
                await self._deliver_to_nobody()
                if day % 10 == 0 or day == days:
                    told(day / days, f"day {day} of {days}: {self.dispatcher.counts.posts:,} posts")
        finally:
            self.dispatcher.stop()
            await consumer.finish(10)
        async with self._database.write() as store:
            await store.points.tend_boards()

    async def _deliver_to_nobody(self) -> None:
        """What would have been said is past: a sandbox that opens this database does not say it again."""
        now = self._clock()
        async with self._database.write() as store:
            for parcel in await store.outbox.due(now, 10_000, PLATFORM):
                await store.outbox.sent(parcel.id, None, now)
