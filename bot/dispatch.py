"""Dispatch: events wait in a bounded queue, and one consumer commits whatever is waiting at once.

What `take` returned for is committed. A full queue makes `take` wait; nothing is dropped. While the
database cannot be used the consumer waits and tries the same events again; a batch that fails for
another reason is run one event at a time, and only the event that fails is set aside.
"""

import asyncio
import secrets
import time
import traceback
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import structlog

from bot.batch import UNREAD, BatchResult, House, run_batch
from bot.clock import Clock, utc_now
from bot.logs import Outages
from bot.meters import BATCH_SECONDS, BATCH_SIZES, Meter
from bot.tasks import awaited
from bot.wire import event_to_json
from handlers.base import Command, Edited, Event, Posted, Readings, shape_of
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.values import Gap, NewDeadEvent, Trouble

log = structlog.get_logger()
T = TypeVar("T")
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)


Suggest = Callable[[Command, str, str], Awaitable[list[tuple[str, str]]]]
Read = Callable[[Sequence[Event], float], Coroutine[Any, Any, Readings]]
"""Of events, and how many seconds the first of them has waited already."""


@dataclass(slots=True)
class _Load:
    """Events of one call, and the call that waits for them."""

    events: Sequence[Event]
    done: asyncio.Future[None]
    at: float
    """When it came."""


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Loads that are committed together, their events, and how the posts among these are read."""

    loads: list[_Load]
    events: list[Event]
    readings: asyncio.Task[Readings] | None


@dataclass(slots=True)
class Counts:
    """What went through since the start."""

    events: int = 0
    posts: int = 0
    batches: int = 0
    set_aside: int = 0
    retries: int = 0
    largest: int = 0
    kinds: Counter[type[Event]] = field(default_factory=Counter)
    seconds: Meter = field(default_factory=lambda: Meter(BATCH_SECONDS))
    sizes: Meter = field(default_factory=lambda: Meter(BATCH_SIZES))


class Dispatcher:
    """The intake of every adapter. `run` is its one consumer."""

    def __init__(
        self,
        database: Database,
        house: House,
        *,
        batch_size: int = 200,
        queue_size: int = 5_000,
        clock: Clock = utc_now,
        after_commit: Callable[[BatchResult], None] = lambda _: None,
        suggest: Suggest | None = None,
        read: Read | None = None,
    ) -> None:
        """`read` says how the posts of a batch are read, before its transaction; None: nobody reads."""
        self._database = database
        self._house = house
        self._batch_size = batch_size
        self._queue_size = queue_size
        self._clock = clock
        self._after_commit = after_commit
        self._suggest = suggest
        self._read = read
        self._waiting: deque[_Load] = deque()
        self._backlog = 0
        self._something = asyncio.Event()
        self._room = asyncio.Condition()
        self._stopping = False
        self._outages = Outages(log)
        self.counts = Counts()

    @property
    def backlog(self) -> int:
        """How many events wait."""
        return self._backlog

    async def take(self, events: Sequence[Event]) -> None:
        """Return when the events' effects are committed. Waits while the queue is full."""
        if not events:
            return
        for event in events:  # here, because the consumer mostly waits for the database meanwhile
            if isinstance(event, Posted):
                shape_of(event.text)
        async with self._room:
            await self._room.wait_for(lambda: self._backlog < self._queue_size)
            load = _Load(events, asyncio.get_running_loop().create_future(), time.monotonic())
            self._waiting.append(load)
            self._backlog += len(events)
        self._something.set()
        await load.done

    async def set_aside(self, dead: Sequence[NewDeadEvent]) -> None:
        """Keep what could not be understood, with its reason; the log says it without its content."""
        self.counts.set_aside += len(dead)
        for each in dead:
            log.warning("an event was set aside", platform=each.platform, reason=each.reason)
        await self._patiently(lambda: self._add_dead(dead))

    async def _add_dead(self, dead: Sequence[NewDeadEvent]) -> None:
        async with self._database.write() as store:
            await store.troubles.add_dead(dead, now=self._clock())

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        """(value, label) pairs to offer while an option is typed."""
        return await self._suggest(command, option, typed) if self._suggest else []

    async def cursor(self, platform: str, name: str) -> str | None:
        """A stored cursor."""
        async with self._database.read() as store:
            return await store.cursors.get(platform, name)

    async def known(self, platform: str, channel: str, after: str, before: str) -> list[str]:
        """Ids of the posts held of this stretch of a channel (ends excluded), without the deleted."""
        async with self._database.read() as store:
            return await store.posts.between(platform, channel, int(after), int(before))

    async def move_cursor(self, platform: str, name: str, value: str) -> None:
        """Store a cursor."""
        async with self._database.write() as store:
            await store.cursors.set(platform, name, value)

    async def gaps(self, platform: str) -> list[Gap]:
        """The stretches of history that are not read yet."""
        async with self._database.read() as store:
            return await store.cursors.gaps(platform)

    async def add_gap(self, platform: str, space: str, channel: str, after: str, before: str | None) -> int:
        """Remember a stretch of history to be read."""
        async with self._database.write() as store:
            return await store.cursors.add_gap(platform, space, channel, after, before, now=self._clock())

    async def narrow_gap(self, gap: int, after: str) -> None:
        """A page of a stretch is read and committed."""
        async with self._database.write() as store:
            await store.cursors.narrow_gap(gap, after)

    async def close_gap(self, gap: int) -> None:
        """The last page of a stretch is read and committed."""
        async with self._database.write() as store:
            await store.cursors.close_gap(gap)

    async def run(self) -> None:
        """Consume until `stop`; what was taken before it is finished first."""
        while True:
            await self._something.wait()
            self._something.clear()
            while batch := await self._next_batch():
                while batch is not None:
                    readings = await batch.readings if batch.readings is not None else UNREAD
                    # The posts that wait already are read while these are written.
                    ahead = await self._next_batch() if self._read is not None else None
                    await self._commit(batch, readings)
                    batch = ahead
            if self._stopping:
                return

    async def _next_batch(self) -> _Batch | None:
        """What is written next, and its posts are being read. None: nothing waits."""
        loads = await self._next_loads()
        if not loads:
            return None
        events = [event for load in loads for event in load.events]
        reads = any(isinstance(event, Posted | Edited) for event in events)
        if self._read is None or not reads:
            return _Batch(loads, events, None)
        waited = time.monotonic() - loads[0].at
        return _Batch(loads, events, awaited(self._read(events, waited), "reading posts"))

    async def _next_loads(self) -> list[_Load]:
        """Whatever is waiting, up to a batch; a larger load goes alone."""
        loads: list[_Load] = []
        size = 0
        while self._waiting and (not loads or size + len(self._waiting[0].events) <= self._batch_size):
            loads.append(self._waiting.popleft())
            size += len(loads[-1].events)
        if loads:
            async with self._room:
                self._backlog -= size
                self._room.notify_all()
        return loads

    async def _commit(self, batch: _Batch, readings: Readings) -> None:
        events = batch.events
        self.counts.batches += 1
        self.counts.events += len(events)
        self.counts.largest = max(self.counts.largest, len(events))
        self.counts.kinds.update(map(type, events))
        self.counts.sizes.note(len(events))
        begun = time.perf_counter()
        try:
            await self._together(events, readings)
        except Exception:
            log.exception("a batch failed; its events are run one at a time", events=len(events))
            for event in events:
                await self._alone(event, readings)
        self.counts.seconds.note(time.perf_counter() - begun)
        for load in batch.loads:
            if not load.done.done():
                load.done.set_result(None)

    async def _together(self, events: Sequence[Event], readings: Readings) -> None:
        async def once() -> BatchResult:
            async with self._database.write() as store:
                return await run_batch(self._house, store, events, self._clock(), readings)

        result = await self._patiently(once)
        self.counts.posts += result.new_posts
        self._after_commit(result)

    async def _alone(self, event: Event, readings: Readings) -> None:
        try:
            await self._together([event], readings)
        except Exception as error:
            ref = secrets.token_hex(4)
            log.exception("an event was set aside", ref=ref, kind=type(event).__name__)
            trouble = Trouble(ref, self._clock(), "dispatch", event_to_json(event), traceback.format_exc())
            self.counts.set_aside += 1
            reason = f"{type(error).__name__}, see {ref}"
            dead = NewDeadEvent(event.place.platform, event.key, reason, str(trouble.event))

            async def keep() -> None:
                async with self._database.write() as store:
                    await store.troubles.add(trouble)
                    await store.troubles.add_dead([dead], now=self._clock())

            await self._patiently(keep)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it; while the database cannot be used, wait and do it again. Said once in the log."""
        for attempt in count():
            try:
                done = await work()
            except StorageUnavailable as error:
                self.counts.retries += 1
                self._outages.trouble("database", error.sentence)
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            else:
                self._outages.over("database")
                return done
        raise AssertionError("unreachable: count() does not end")

    def stop(self) -> None:
        """End `run` once everything that was taken is committed."""
        self._stopping = True
        self._something.set()
