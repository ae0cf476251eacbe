"""Desk: what the running process knows of itself, and the looking at what it lacks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.condition.asking import ask, view_of
from bot.condition.telling import tell
from bot.config import Config
from bot.judging import JudgingDesk
from bot.platforms import Adapter
from bot.tasks import Tasks
from handlers.base import Event, Judging, PlatformCondition
from storage.database import Database
from storage.errors import StorageError

log = structlog.get_logger()


class ConditionDesk:
    """Satisfies handlers.base.Condition."""

    def __init__(
        self,
        database: Database,
        house: House,
        adapters: Mapping[str, Adapter],
        config: Config,
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
        backlog: Callable[[], int],
        take: Callable[[Sequence[Event]], Awaitable[None]],
        copy: Callable[[], Awaitable[None]],
        pause: float = 2.0,
        judging: JudgingDesk | None = None,
    ) -> None:
        """`backlog` and `take` are the dispatcher's; `copy` backs the database up. `judging`: None where
        posts are not read at all.

        For `pause` seconds changes of rights are gathered before the platforms are asked.
        """
        self.started_at = clock()
        self.backs_up = config.backup.enabled
        self._database = database
        self._house = house
        self._adapters = adapters
        self._backlog = backlog
        self._judging = judging
        self._take = take
        self._owners = {"telegram": config.owner.telegram, "discord": config.owner.discord}
        self._clock = clock
        self._on_parcels = on_parcels
        self._copy = copy
        self._pause = pause
        self._tasks = Tasks()
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._looked: dict[int, float] = {}
        self._changed: set[int] = set()
        self._copying: asyncio.Task[None] | None = None
        self._reached: set[str] = set()

    # What is known at once

    @property
    def backlog(self) -> int:
        """Events taken and not yet committed."""
        return self._backlog()

    @property
    def judging(self) -> Judging:
        """Whether posts are read for how good they are."""
        return "off" if self._judging is None else self._judging.state

    def platforms(self) -> list[PlatformCondition]:
        """Every platform that has a token."""
        now = time.monotonic()
        return [
            PlatformCondition(
                platform=name,
                connected=adapter.health.connected,
                silent_seconds=now - adapter.health.last_contact if adapter.health.last_contact else None,
                must_start=adapter.health.must_start,
            )
            for name, adapter in self._adapters.items()
        ]

    def all_reached(self) -> bool:
        """Whether every platform was connected at least once."""
        self._reached |= {name for name, adapter in self._adapters.items() if adapter.health.connected}
        return self._reached >= set(self._adapters)

    # Looking

    async def examine(self, community_id: int) -> None:
        """Ask the platforms how we stand in a community, and keep what is found. Raises StorageError."""
        asked = time.monotonic()
        async with self._locks[community_id]:
            if self._looked.get(community_id, 0.0) >= asked:  # somebody else asked, after we wanted to know
                return
            began = time.monotonic()
            view = await view_of(self._database, community_id)
            if view is None:
                return
            now = self._clock()
            trouble = "" if self._judging is None else self._judging.trouble
            look = await ask(view, self._adapters, self._database, now, judge=trouble)
            if look.news:
                await self._take(look.news)
            async with self._database.write() as store:
                for space in look.mended:
                    await store.communities.mark_unreachable(space, None)
                await store.condition.keep_findings(community_id, look.found, look.unknown, now)
            self._looked[community_id] = began

    async def look_round(self) -> None:
        """Examine every community, and tell its admins what is new. Raises StorageError."""
        async with self._database.read() as store:
            numbers = await store.condition.communities_set_up()
        for number in numbers:
            await self.look(number)

    async def look(self, community_id: int) -> None:
        """Examine one community, and tell its admins what is new. Raises StorageError."""
        await self.examine(community_id)
        async with self._database.write() as store:
            community = await store.communities.get(community_id)
            told = community is not None and await tell(
                store, self._house, self._adapters, self._owners, community, self._clock()
            )
        if told:
            self._on_parcels()

    def rights_changed(self, community_ids: Iterable[int]) -> None:
        """Something changed there: look, in a moment, for changes come in groups."""
        before = bool(self._changed)
        self._changed |= set(community_ids)
        if self._changed and not before:
            self._tasks.start(self._look_soon(), "condition")

    async def _look_soon(self) -> None:
        await asyncio.sleep(self._pause)
        changed, self._changed = self._changed, set()
        for number in sorted(changed):
            try:
                await self.look(number)
            except StorageError as error:
                log.warning("what the bot lacks could not be looked at", reason=error.sentence)

    # Doing

    def back_up(self) -> None:
        """Begin a copy of the database now, beside everything else; one at a time."""
        if self._copying is None or self._copying.done():
            self._copying = self._tasks.start(self._back_up(), "backup")

    async def _back_up(self) -> None:
        try:
            await self._copy()
        except StorageError as error:
            log.warning("a backup failed", reason=error.sentence)

    async def stop(self) -> None:
        """Begin nothing more."""
        await self._tasks.cancel()
