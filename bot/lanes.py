"""Lanes: what waits in the inbox is run in its order, one command at a time a community."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from bot.clock import Clock, utc_now
from bot.tasks import Tasks
from storage.database import Database
from storage.values import Waiting

log = structlog.get_logger()
LEFT_OVER = timedelta(minutes=1)
"""What waited longer than this before a crash is dropped: its answer would surprise."""


class Lanes:
    """Hands each waiting command to `run` when it is its community's next."""

    def __init__(
        self, database: Database, run: Callable[[Waiting], Awaitable[None]], *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._run = run
        self._clock = clock
        self._tasks = Tasks()
        self._lanes: dict[str, deque[Waiting]] = {}

    async def recover(self) -> None:
        """After a start: run what was left over if it is fresh, else drop it, and say how many."""
        now = self._clock()
        async with self._database.write() as store:
            dropped = await store.inbox.drop_older_than(now - LEFT_OVER, now)
            left = await store.inbox.pending()
        if dropped:
            log.warning("commands from before the stop were dropped as too old", dropped=dropped)
        for waiting in left:
            await self._queue(waiting)

    def enqueue(self, ids: Sequence[int]) -> None:
        """Run these rows of the inbox soon, in their order."""
        self._tasks.start(self._fetch(ids), "inbox")

    async def _fetch(self, ids: Sequence[int]) -> None:
        async with self._database.read() as store:
            found = [waiting for id in ids if (waiting := await store.inbox.get(id)) is not None]
        for waiting in found:
            await self._queue(waiting)

    async def _queue(self, waiting: Waiting) -> None:
        lane = await self._lane(waiting)
        if lane in self._lanes:
            self._lanes[lane].append(waiting)
        else:
            self._lanes[lane] = deque([waiting])
            self._tasks.start(self._run_lane(lane), "commands")

    async def _lane(self, waiting: Waiting) -> str:
        space = waiting.payload["place"]["space"]
        async with self._database.read() as store:
            found = await store.communities.space(waiting.platform, space)
        return f"community {found[1].id}" if found else f"{waiting.platform} {space}"

    async def _run_lane(self, lane: str) -> None:
        try:
            while self._lanes[lane]:
                await self._run(self._lanes[lane].popleft())
        finally:
            left = self._lanes.pop(lane)
            if left:  # ended in the middle: they stay in the inbox
                log.info("commands wait for the next start", left=len(left))

    async def finish(self, within: float) -> None:
        """Let what runs end, for so many seconds."""
        await self._tasks.finish(within)

    async def idle(self) -> None:
        """Return when nothing waits and everything is answered."""
        await self._tasks.idle()
