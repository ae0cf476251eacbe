"""Reading: posts a second when each is read, and how long commands wait while posts come in."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bot.app import App
from bot.benchmark.fill import fill
from bot.benchmark.ground import measuring_in, set_up
from bot.benchmark.ingest import PAGE, feed
from bot.benchmark.traffic import PLACE, person, posts
from bot.clock import utc_now
from bot.config import Config
from bot.platforms import Answered, Health, Intake
from bot.tasks import Tasks
from handlers.base import Answer, Command, Event, Feature, Pressed

EVERY = 0.2
"""Seconds from one command to the next."""
PACE = 0.5
"""Commands are asked while posts come in at this share of what was measured before."""
ASKED = ("rank", "top", "why")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found.

    posts_per_s: as the clock has it; posts_per_core_s: in processor time of all threads, which others on the
    machine do not change; ready_s: from the start until posts are read; read: the share of posts that were.
    """

    posts_per_s: float
    posts_per_core_s: float
    command_p95_ms: float
    ready_s: float
    read: float


class _Silent:
    """A platform that takes every answer at once, and notes when."""

    platform = PLACE.platform

    def __init__(self) -> None:
        self.health = Health(connected=True, last_contact=time.monotonic())
        self.intake: Intake | None = None
        self.answered: dict[str, asyncio.Future[float]] = defaultdict(
            asyncio.get_running_loop().create_future
        )
        self._end = asyncio.Event()

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        self.intake = intake

    async def wait(self) -> None:
        await self._end.wait()

    async def stop_intake(self) -> None: ...

    async def stop(self) -> None:
        self._end.set()

    async def answer(self, event: Command | Pressed, answer: Answer, **_: Any) -> Answered:
        self.answered[event.key].set_result(time.perf_counter())
        return Answered(f"{PLACE.space}/answer-{event.key}")

    async def deliver(self, delivery: Any, *, nonce: str) -> str | None:
        return None

    async def standing_of(self, place: Any, person: Any) -> frozenset[str]:
        return frozenset()


async def measure_reading(
    count: int, *, stored: int = 0, told: Callable[[str], None] = lambda _: None
) -> Reading:
    """Feed `count` posts as fast as they are taken, then as many at half of that pace, with commands."""
    async with _running(stored) as (app, adapter, ready):
        source = posts(utc_now(), first=stored)
        await feed(app.dispatcher, list(islice(source, PAGE)))
        before = app.judging.counts.read
        events, busy = list(islice(source, count)), time.process_time()
        pace = count / await feed(app.dispatcher, events)
        on_core = count / (time.process_time() - busy)
        read = (app.judging.counts.read - before) / count
        told(f"{pace:,.0f} posts a second, {read:.0%} of them read")
        waits = await _asked(app, adapter, list(islice(source, count)), pace * PACE)
        return Reading(pace, on_core, float(np.percentile(waits, 95)) * 1e3, ready, read)


@asynccontextmanager
async def _running(stored: int) -> AsyncIterator[tuple[App, _Silent, float]]:
    with TemporaryDirectory(prefix="homeroom-") as folder:
        async with measuring_in(None) as database:
            async with database.write() as store:
                await set_up(store)
            if stored:
                await fill(database, stored)
            adapter, tasks = _Silent(), Tasks()
            app = App(database, [adapter], Config(data_folder=Path(folder)), judges=True)
            begun = time.perf_counter()
            running = tasks.start(app.run(), "the bot")
            await app.judging.settled()
            try:
                yield app, adapter, time.perf_counter() - begun
            finally:
                app.stop()
                await running


async def _asked(app: App, adapter: _Silent, events: Sequence[Event], pace: float) -> list[float]:
    """Seconds from the arrival of each command to its answer, while posts come at this pace."""
    asked: dict[str, float] = {}
    tasks = Tasks()
    begun = time.perf_counter()
    for at, event in enumerate(events):
        due = begun + at / pace
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        tasks.start(app.dispatcher.take([event]), "a post")
        if len(asked) < (time.perf_counter() - begun) / EVERY:
            command = _command(len(asked))
            asked[command.key] = time.perf_counter()
            tasks.start(app.dispatcher.take([command]), "a command")
    await tasks.idle()
    return [await adapter.answered[key] - at for key, at in asked.items()]


def _command(number: int) -> Command:
    return Command(
        key=f"command-{number}",
        at=utc_now(),
        place=PLACE,
        name=ASKED[number % len(ASKED)],
        person=person(number),
        message=f"{PLACE.space}/command-{number}",
    )
