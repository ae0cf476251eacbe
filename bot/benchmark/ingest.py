"""Ingest: how many posts a second go the whole way, beside the driver alone writing the same rows."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.benchmark.fill import fill
from bot.benchmark.floor import Floor
from bot.benchmark.ground import a_house, measuring_in, set_up
from bot.benchmark.traffic import posts
from bot.clock import utc_now
from bot.dispatch import Dispatcher
from bot.tasks import Tasks
from handlers.base import Event

PAGE = 100
"""As many events an adapter hands over at once."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Posts per second, by both ways."""

    posts_per_s: float
    floor_per_s: float

    @property
    def ratio_raw(self) -> float:
        """The whole path against the driver alone."""
        return self.posts_per_s / self.floor_per_s


async def measure_ingest(
    count: int,
    url: str | None = None,
    *,
    stored: int = 0,
    slices: int = 10,
    told: Callable[[str], None] = lambda _: None,
) -> Ingest:
    """Feed `count` posts, after `stored` older ones. Both take turns, and so see the same machine."""
    async with measuring_in(url) as database:
        async with database.write() as store:
            await set_up(store)
        if stored:
            told(f"storing {stored:,} older posts")
            await fill(database, stored)
        dispatcher, tasks = Dispatcher(database, a_house()), Tasks()
        running = tasks.start(dispatcher.run(), "dispatcher")
        source = posts(utc_now(), first=stored)
        size = max(PAGE, count // slices)
        await feed(dispatcher, list(islice(source, size)))  # what is done once, at a start, is done
        floor = await Floor.beside(database)
        try:
            ours = raw = 0.0
            for number in range(slices):
                events = list(islice(source, size))
                ours += await feed(dispatcher, events)
                raw += await floor.follow()
                told(f"slice {number + 1} of {slices}: {size * (number + 1) / ours:,.0f} posts a second")
        finally:
            dispatcher.stop()
            await running
            await floor.close()
    return Ingest(size * slices / ours, size * slices / raw)


async def feed(dispatcher: Dispatcher, events: Sequence[Event]) -> float:
    """The seconds in which these are committed, handed over in pages as by an adapter."""
    started = time.perf_counter()
    pages = [events[at : at + PAGE] for at in range(0, len(events), PAGE)]
    await asyncio.gather(*(dispatcher.take(page) for page in pages))
    return time.perf_counter() - started
