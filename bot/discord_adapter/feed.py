"""Feed: what the gateway brings, in its order, into the intake; a slow store slows the reading.

No task waits here for something to do: one is made when something arrives and ends when all is taken.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.discord_adapter.cursors import Cursors
from bot.logs import Outages
from bot.platforms import Intake
from bot.tasks import Tasks
from handlers.base import Event
from storage.values import NewDeadEvent

log = structlog.get_logger()

BOUND, BATCH = 1000, 200
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """Events, what was not understood, or something to do at this point of the order."""

    events: Sequence[Event] = ()
    channel: str | None = None
    """The guild channel whose cursor moves to `message` once this is taken."""
    message: int = 0
    call: Callable[[], Awaitable[None]] | None = None
    dead: NewDeadEvent | None = None


class Feed:
    """An ordered, bounded way into the intake that drops nothing."""

    def __init__(self, intake: Intake, cursors: Cursors, tasks: Tasks) -> None:
        self._intake = intake
        self._cursors = cursors
        self._tasks = tasks
        self._waiting: deque[Arrival] = deque()
        self._taking: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._outages = Outages(log)

    def put(self, arrival: Arrival) -> None:
        """Queue it. The gateway asks for `room` before it reads on."""
        self._waiting.append(arrival)
        if len(self._waiting) >= BOUND:
            self._room.clear()
        if self._taking is None:
            self._taking = self._tasks.start(self._take_all(), "discord feed")

    @property
    def has_room(self) -> bool:
        """Whether more may be read."""
        return self._room.is_set()

    async def room(self, within: float) -> None:
        """Return when there is room for more, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._room.wait(), within)

    @property
    def busy(self) -> bool:
        """Whether something is still to be taken."""
        return self._taking is not None

    async def idle(self) -> None:
        """Return when all that came has been taken."""
        while self._taking is not None:
            await asyncio.wait([self._taking])

    async def _take_all(self) -> None:
        try:
            while self._waiting:
                batch = self._next_batch()
                if batch[0].call is not None:
                    await self._insist(batch[0].call)
                else:
                    await self._take(batch)
                if len(self._waiting) < BOUND // 2:
                    self._room.set()
        finally:
            self._taking = None

    def _next_batch(self) -> list[Arrival]:
        """One thing to do, or as much as came before the next."""
        batch = [self._waiting.popleft()]
        if batch[0].call is not None:
            return batch
        count = len(batch[0].events)
        while self._waiting and self._waiting[0].call is None and count < BATCH:
            count += len(self._waiting[0].events) or 1
            batch.append(self._waiting.popleft())
        return batch

    async def _take(self, batch: Sequence[Arrival]) -> None:
        if dead := [arrival.dead for arrival in batch if arrival.dead is not None]:
            await self._insist(lambda: self._intake.set_aside(dead))
        if events := [event for arrival in batch for event in arrival.events]:
            await self._insist(lambda: self._intake.take(events))
        for arrival in batch:
            if arrival.channel is not None:
                self._cursors.taken(arrival.channel, arrival.message)
        await self._insist(self._cursors.flush)

    async def _insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Until it is done: what cannot be stored now is stored later, and nothing overtakes it."""
        pause = 0.5
        while True:
            try:
                await work()
            except Exception as error:  # whatever the store's trouble is, losing an event is worse
                if self._outages.trouble("storing what Discord brings", type(error).__name__):
                    log.warning("will try again", exc_info=error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._outages.over("storing what Discord brings")
                return
