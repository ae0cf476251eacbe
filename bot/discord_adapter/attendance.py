"""Attendance: when we were there and when not, and the catching up after each time away."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bot.clock import Clock
from bot.discord_adapter.backfill import Backfill, Round, Spot, spot_of, spots_of
from bot.discord_adapter.cursors import Cursors
from bot.discord_adapter.feed import Arrival, Feed
from bot.discord_adapter.reading import Body, flag, moment, snowflake
from bot.platforms import DeliveryError, Health
from storage.errors import StorageUnavailable

log = structlog.get_logger()

CONTACT_EVERY = 60.0


class Attendance:
    """Keeps the cursor that says when we were last there, and runs one round of catching up at a time."""

    def __init__(
        self,
        cursors: Cursors,
        backfill: Backfill,
        feed: Feed,
        health: Health,
        spawn: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
        clock: Clock,
    ) -> None:
        self._cursors = cursors
        self._backfill = backfill
        self._feed = feed
        self._health = health
        self._spawn = spawn
        self._clock = clock
        self._since: datetime | None = None
        self._outages: dict[str, datetime] = {}
        self._rounds: deque[Round] = deque()
        self._task: asyncio.Task[None] | None = None
        self._noted = 0.0

    # -- coming and going -------------------------------------------------------------------------

    def ready(self) -> None:
        """A new session began: what came between it and the last one is told by nobody."""
        self._feed.put(Arrival(call=self._ready))

    async def _ready(self) -> None:
        self._since = await self._cursors.contact()
        self._noted = time.monotonic()

    def came_back(self, body: Body) -> None:
        """GUILD_CREATE. Raises Malformed."""
        guild, spots, joined = snowflake(body, "id"), list(spots_of(body)), moment(body, "joined_at")
        self._feed.put(Arrival(call=partial(self._enter, guild, spots, joined)))

    def went_away(self, body: Body) -> None:
        """GUILD_DELETE; an outage will have to be caught up with. Raises Malformed."""
        if flag(body, "unavailable"):
            self._outages.setdefault(snowflake(body, "id"), self._clock())

    async def _enter(self, guild: str, spots: list[Spot], joined: datetime | None) -> None:
        """The gaps are written down before anything newer is taken; reading them can wait."""
        times = [at for at in (self._since, self._outages.pop(guild, None)) if at is not None]
        since = min(times) if times else None
        if since is not None and joined is not None:
            since = max(since, joined)
        self._rounds.append(await self._backfill.enter(spots, since))
        if self._task is None:
            self._task = self._spawn(self._catch_up(), "discord backfill")

    def new_channel(self, body: Body) -> None:
        """A channel made before our eyes begins empty; a thread we were only added to, at its end."""
        spot = spot_of(body, snowflake(body, "guild_id"))
        if body.get("newly_created", True):
            spot.last = None
        self._feed.put(Arrival(call=partial(self._begin, spot)))

    async def _begin(self, spot: Spot) -> None:
        if await self._cursors.get(spot.id) is None:
            await self._backfill.enter([spot], None)

    # -- being there ------------------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """Connected, and nothing left to catch up with."""
        return self._health.connected and not self._rounds and self._task is None

    def tick(self) -> None:
        """Now and then, note that we are there, at this point of the order of what comes."""
        now = time.monotonic()
        if now - self._noted >= CONTACT_EVERY and self.complete:
            self._noted = now
            self._feed.put(Arrival(call=partial(self._note, self._clock())))

    async def _note(self, at: datetime) -> None:
        await self._cursors.flush(now=True)
        await self._cursors.in_contact(at)

    async def leave(self, at: datetime | None) -> None:
        """Write down where things stand; `at` is when we were last there, None while still catching up."""
        await self._cursors.flush(now=True)
        if at is not None:
            await self._cursors.in_contact(at)

    # -- catching up ------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        pause = 1.0
        try:
            while self._rounds:
                try:
                    await self._backfill.catch_up(self._rounds[0])
                except (DeliveryError, StorageUnavailable) as error:
                    asked = error.retry_after if isinstance(error, DeliveryError) else None
                    await asyncio.sleep(asked or pause)
                    pause = min(pause * 2, 60.0)
                    continue
                except Exception:  # the gaps stay written down, and are read when we come back again
                    log.exception("catching up failed")
                self._rounds.popleft()
        finally:
            self._task = None

    async def break_off(self) -> None:
        """Stop catching up; what is not read stays written down."""
        if self._task is not None:
            task = self._task
            task.cancel()
            await asyncio.wait([task])
